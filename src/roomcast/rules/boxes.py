"""The fields of one owner: of the room, of a player, or of the rules themselves.

Each field has its text as of the last decision that stands and, once it was read, a live value. What a handler set, or
read and may have changed in place, is touched. At its end that is encoded, and compared with the text:

    draft   which texts would change
    keep    they do
    undo    they do not: live values that were touched are made again from their texts, when they are next read
    close   what has changed since the last `close`

What is kept on disk of a box is its texts (`core.room.rules_fold`).

Nearly all fields that change are scalars, by one handler in a batch. Then the values that were set are the patches, and
the drafts are the changes: `keep` and `close` hand on these dicts as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, Final

import msgspec
from msgspec import Raw

from roomcast.core.protocol.tree_patch import diff
from roomcast.core.room.decisions import FieldPatches, FieldTexts
from roomcast.core.room.rules_fold import BoxChange, BoxFields
from roomcast.core.room.shared_map import KEY_OVERHEAD
from roomcast.core.room.turn_costs import COMPARED, LONG
from roomcast.rules.field_hints import FieldHint
from roomcast.rules.json_texts import SCALARS, decoded, encode, encoded, is_text
from roomcast.rules.ledger import Ledger
from roomcast.rules.rejection import RulesMistake

OVERHEAD: Final = 4  # bytes of a field beside its name and its text: quotes, colon, comma
_NO_HINTS: Final[Mapping[str, FieldHint]] = {}
_ANY: Final = FieldHint(decoded, SCALARS)
_NO_DRAFTS: Final[FieldTexts] = {}
_GONE: Final = object()  # in place of the live value of a field that was removed


class Box:
    """Fields by name. `called`: whose they are, as an expression of the maker's code: "self.state".

    `ledger`: to which it adds itself when it is touched; who empties that calls `keep` or `undo`. `hints`: by field,
    where there are some. `owner`: whose state it is, as in `Turned`; None: nobody is sent it.
    """

    __slots__ = ("_before", "_changed", "_drafts", "_hints", "_ledger", "_moved", "_olds", "_patches", "_plain",
                 "_touched", "_values", "called", "grows_by", "live", "owner", "size", "size_then",
                 "texts")  # fmt: skip

    def __init__(
        self, called: str, ledger: Ledger, hints: Mapping[str, FieldHint] = _NO_HINTS, owner: str | None = None
    ) -> None:
        self.called = called
        self._ledger = ledger
        self._hints = hints
        self.owner = owner
        self.size = self.size_then = 2  # bytes, about, of all fields as one JSON object; and once the draft is kept
        self.grows_by = 0  # bytes of memory, about, that it takes more once the draft is kept
        self.texts: dict[str, bytes] = {}  # as of the last decision that stands
        self.live: Final[dict[str, Any]] = {}
        self._touched: Final[dict[str, bool]] = {}  # True: it was set to a value that something else may hold as well
        self._drafts = _NO_DRAFTS  # texts that differ
        self._olds: FieldTexts = {}  # the same before the draft
        self._values: FieldPatches = {}  # the same where they are scalars, as values
        self._before: FieldTexts = {}  # what has changed in the open batch: texts before it
        self._plain = True  # there are only scalars in that, each once; then these two have all of it as it is now:
        self._changed: FieldTexts = {}
        self._patches: FieldPatches = {}
        self._moved = False  # a field was removed in it, and is there again: as the last one

    # ------------------------------------------------------------------ for rules

    def get(self, field: str) -> Any:
        """The value of a field. Raises KeyError."""
        live = self.live
        if field in live:
            value = live[field]
        elif field in self.texts:
            value = live[field] = self._decoded(field, self.texts[field])
        else:
            raise KeyError(field)
        if type(value) not in SCALARS:
            if value is _GONE:
                raise KeyError(field)
            ledger = self._ledger
            if not (ledger.is_open or ledger.outside(self._called(field))):
                return value
            if not self._touched:
                ledger.append(self)
            self._touched.setdefault(field, False)
        return value

    def _decoded(self, field: str, text: bytes) -> Any:
        try:
            return self._hints.get(field, _ANY).decode(text)
        except msgspec.MsgspecError as error:  # it was kept when the class said something else
            raise RulesMistake(f"{self._called(field)} is not what its hint says now: {error}") from None

    def set(self, field: str, value: Any) -> None:
        ledger, touched = self._ledger, self._touched
        if not (ledger.is_open or ledger.outside(self._called(field))):
            raise RulesMistake(f"{self._called(field)} is only to look at: send a command, whose handler sets it")
        if not touched:
            ledger.append(self)
        self.live[field] = value
        touched[field] = True

    def remove(self, field: str) -> None:
        """Raises KeyError."""
        if field not in self:
            raise KeyError(field)
        self.set(field, _GONE)

    def __contains__(self, field: object) -> bool:
        live = self.live.get(field, self) if isinstance(field, str) else self
        return field in self.texts if live is self else live is not _GONE

    def __iter__(self) -> Iterator[str]:
        """The fields there are now, in the order in which they were set."""
        fields = dict.fromkeys(self.texts)
        fields.update(dict.fromkeys(self._touched))
        return iter([field for field in fields if field in self])

    # ------------------------------------------------------------------ at the end of a decision

    def draft(self) -> bool:
        """Find what has changed; returns whether anything has. Raises `RulesMistake`."""
        texts, live, hints = self.texts, self.live, self._hints
        drafts: FieldTexts = {}
        olds: FieldTexts = {}
        values: FieldPatches = {}
        grown = 0
        try:
            for field in self._touched:
                value = live[field]
                kind = type(value)
                if kind not in SCALARS or (hints and field in hints and kind not in hints[field].kinds):
                    return self._draft_any()
                if kind is float and not isfinite(value):
                    return self._draft_any()
                old, text = texts[field], encode(value)
                if text != old:
                    drafts[field], olds[field], values[field] = text, old, value
                    grown += len(text) - len(old)
        except (KeyError, ValueError, OverflowError):  # it is new; or `_draft_any` says why it cannot be
            return self._draft_any()
        self._drafts, self._olds, self._values = drafts, olds, values
        self.size_then = self.size + grown
        self.grows_by = 2 * grown
        return bool(drafts)

    def _draft_any(self) -> bool:
        """As `draft`, where not all that was touched is a scalar that has been there before."""
        texts, live, hints = self.texts, self.live, self._hints
        self._drafts, self._olds, self._values = drafts, olds, values = {}, {}, {}
        size, fields = self.size, 0
        for field, was_set in self._touched.items():
            value, old = live[field], texts.get(field)
            text = self._text(field, value, old, was_set=was_set)
            if text == old:
                continue
            if type(value) in hints.get(field, _ANY).kinds:
                values[field] = value
            drafts[field] = text
            olds[field] = old
            if old is not None:
                size -= len(old)
                if text is None:
                    size -= len(field) + OVERHEAD
                    fields -= 1
                else:
                    size += len(text)
            elif text is not None and is_text(field):
                size += len(text) + len(field) + OVERHEAD
                fields += 1
            else:
                raise RulesMistake(f"the name of a field of {self.called} is {field!a}: it must be a text")
        self.size_then = size
        self.grows_by = 2 * (size - self.size) + fields * KEY_OVERHEAD
        return bool(drafts)

    def _text(self, field: str, value: Any, old: bytes | None, *, was_set: bool) -> bytes | None:
        """The text of a value. None: the field is removed."""
        if value is _GONE:
            return None
        text, back = encoded(value, self._called(field), self._hints.get(field, _ANY).decode, old)
        if back is not value:
            self.live[field] = back  # its own: what was set, a constant or another field may hold, and change
        elif was_set and type(value) not in SCALARS:
            del self.live[field]
        if len(text) > LONG:
            self._ledger.effort += len(text) if text != old else len(text) // COMPARED
        return text

    def keep(self) -> None:
        drafts = self._drafts
        if drafts:
            self.size = self.size_then
            before, olds, values = self._before, self._olds, self._values
            if not before and len(values) == len(drafts):
                self._before, self._changed, self._patches = olds, drafts, values
                self.texts.update(drafts)  # type: ignore[arg-type]  # none of them is removed
            else:
                self._keep_more()
            self._drafts = _NO_DRAFTS
        self._touched.clear()

    def _keep_more(self) -> None:
        """What cannot be handed on as it is."""
        texts, before, drafts, olds = self.texts, self._before, self._drafts, self._olds
        plain = self._plain and len(self._values) == len(drafts) and before.keys().isdisjoint(drafts)
        for field, text in drafts.items():
            if field not in before:
                before[field] = olds[field]
            elif field not in texts:
                self._moved = True
            if text is None:
                del texts[field]
                del self.live[field]
            else:
                texts[field] = text
        if plain:
            self._changed.update(drafts)
            self._patches.update(self._values)
        self._plain = plain

    def undo(self) -> None:
        for field in self._touched:
            if self.live.pop(field, _GONE) is not _GONE and len(old := self.texts.get(field, b"")) > LONG:
                self._ledger.effort += len(old)  # to be decoded again
        self._touched.clear()
        self._drafts = _NO_DRAFTS

    def close(self) -> tuple[FieldTexts, FieldPatches]:
        """What has changed since the last time: texts, and tree patches."""
        changed, patches = self._changed, self._patches
        if self._before:
            if not self._plain:
                changed, patches = self._differences()
            self._before, self._changed, self._patches = {}, {}, {}
            self._plain, self._moved = True, False
        return changed, patches

    def close_unseen(self) -> bool:
        """As `close`, of what nobody sees; returns whether something has changed."""
        texts, before = self.texts, self._before
        changed = any(texts.get(field) != old for field, old in before.items())
        if before:
            self._before, self._changed, self._patches = {}, {}, {}
            self._plain, self._moved = True, False
        return changed

    def _differences(self) -> tuple[FieldTexts, FieldPatches]:
        changed: FieldTexts = {}
        patches: FieldPatches = {}
        for field, old in self._before.items():
            text = self.texts.get(field)
            if text != old and (patch := diff(_raw(old), _raw(text))) is not None:
                changed[field], patches[field] = text, patch
        return changed, patches

    # ------------------------------------------------------------------ on disk

    @property
    def is_empty(self) -> bool:
        """Whether it has no field, and had none before the open batch."""
        return not (self.texts or self._before)

    def changes(self) -> BoxChange:
        """What has changed since the last `close`."""
        texts, before = self.texts, self._before
        if self._moved:
            return Raw(msgspec.json.encode(self.save()))
        return {field: (_raw(old), _raw(texts.get(field))) for field, old in before.items() if texts.get(field) != old}

    def save(self) -> BoxFields:
        """The texts of all fields."""
        return {field: Raw(text) for field, text in self.texts.items()}

    def restore(self, fields: BoxFields) -> None:
        """These are the fields now, of a box that nobody has looked into yet."""
        self.texts = {field: bytes(text) for field, text in fields.items()}
        self.size = self.size_then = 2 + sum(len(text) + len(field) + OVERHEAD for field, text in self.texts.items())

    def _called(self, field: str) -> str:
        return f"self.{field}" if self.called == "self" else f'{self.called}["{field}"]'


def _raw(text: bytes | None) -> Raw | None:
    return None if text is None else Raw(text)
