"""What a room's rules hold, secrets among it, and what each entry changes of that: for the disk alone.

It is boxes of fields by name: the room's state, that of each player, what the rules keep for themselves, and whatever
else is to go on after a restart. A patch has tree patches (`core.protocol.tree_patch`), by box and field:

    {"self": {"deck": {"": [51, 1, []]}}, "@Ada": []}       a card is taken, and the box of Ada is gone

Neither `Truth` nor `TruthPatch` is a type that a codec can encode, so that no message can hold one by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec import Raw

from roomcast.core.protocol.tree_patch import REMOVED, diff, patched
from roomcast.errors import ProtocolError

BoxFields: TypeAlias = dict[str, Raw]
"""The fields of a box, in their order: their JSON texts."""

BoxChange: TypeAlias = Mapping[str, tuple[Raw | None, Raw | None]] | Raw | None
"""What has become of a box. By field: its text before and now (None: it is not there). Or all of it, as a JSON object.
None: it is gone.
"""

_boxes: Final = msgspec.json.Decoder(dict[str, BoxFields])
_members: Final = msgspec.json.Decoder(dict[str, Raw])
_encode: Final = msgspec.json.encode
_LIST: Final = ord("[")


class Truth:
    """All boxes of one room, by name."""

    __slots__ = ("boxes",)

    def __init__(self, boxes: dict[str, BoxFields]) -> None:
        self.boxes = boxes

    @property
    def text(self) -> bytes:
        return _encode(self.boxes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Truth) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


class TruthPatch:
    """What one entry changes of it: `text` is JSON."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TruthPatch) and self.text == other.text

    __hash__ = None  # type: ignore[assignment]


def read_truth(text: bytes) -> Truth:
    """The truth of a text. Raises `msgspec.MsgspecError`."""
    return Truth({name: {field: one.copy() for field, one in box.items()} for name, box in _boxes.decode(text).items()})


def truth_patch(changes: Mapping[str, BoxChange]) -> TruthPatch | None:
    """The patch of what has changed, by box; None: nothing has."""
    patch: dict[str, object] = {}
    for name, change in changes.items():
        if change is None:
            patch[name] = REMOVED
        elif isinstance(change, Raw):
            patch[name] = [change]
        elif fields := {field: _exactly(*texts) for field, texts in change.items() if texts[0] != texts[1]}:
            patch[name] = fields
    return TruthPatch(_encode(patch)) if patch else None


def _exactly(before: Raw | None, now: Raw | None) -> Raw:
    """The patch that leads to the same text: other programs may read a dict in any order, and rules in theirs."""
    patch = diff(before, now)
    if patch is not None and (before is None or now is None or patched(before, patch) == now):
        return patch
    assert now is not None, "both are not there"
    return Raw(b"[%b]" % bytes(now))


def fold(start: Truth | None, patches: Iterable[TruthPatch]) -> Truth:
    """The truth after patches, in their order. Raises `ProtocolError` where one does not fit."""
    boxes = {} if start is None else {name: dict(box) for name, box in start.boxes.items()}
    try:
        for one in patches:
            for name, change in _members.decode(one.text).items():
                _apply(boxes, name, change)
    except msgspec.MsgspecError as error:
        raise ProtocolError("bad-message", f"a patch of the rules' truth cannot be read: {error}") from None
    return Truth(boxes)


def _apply(boxes: dict[str, BoxFields], name: str, change: Raw) -> None:
    if memoryview(change)[0] == _LIST:
        whole = patched(None, change)
        if whole is None:
            boxes.pop(name, None)
        else:
            boxes[name] = {field: one.copy() for field, one in _members.decode(whole).items()}
        return
    box = boxes.setdefault(name, {})
    for field, patch in _members.decode(change).items():
        text = patched(box.get(field), patch)
        if text is None:
            box.pop(field, None)
        else:
            box[field] = text
