"""The fields of one owner: of the room, of a player, or of the rules themselves.

Each field has its text as of the last decision that stands and, once it was read, a live value. What a handler set, or
read and may have changed in place, is touched. At its end that is encoded, and compared with the text:

    draft   which texts would change
    keep    they do
    undo    they do not: live values that were touched are made again from their texts, when they are next read
    close   what has changed since the last `close`

What is kept on disk of a box is its texts (`core.room.rules_fold`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from roomcast.core.room.rules_fold import BoxChange, BoxFields
from roomcast.core.room.turn_costs import COMPARED, LONG
from roomcast.rules.json_texts import PLAIN, decoded, encode_plain, encoded, is_text
from roomcast.rules.rejection import RulesMistake

OVERHEAD: Final = 4  # bytes of a field beside its name and its text: quotes, colon, comma
_PLAIN_JSON: Final[Mapping[str, Callable[[bytes], Any]]] = {}
_GONE: Final = object()  # in place of the live value of a field that was removed


class Ledger(list["Box"]):
    """The boxes that the decision which is being made has touched. Emptied with each; `effort` is counted apart."""

    __slots__ = ("effort",)

    def __init__(self) -> None:
        super().__init__()
        self.effort = 0  # since it was asked for last: as `TurnCosts.handled`


class Box:
    """Fields by name. `called`: whose they are, as an expression of the maker's code: "self.state".

    `ledger`: to which it adds itself when it is touched; who empties that calls `keep` or `undo`. `decoders`: by field,
    what makes a value of its text, where that is more than JSON.
    """

    __slots__ = ("_before", "_decoders", "_drafts", "_ledger", "_live", "_moved", "_touched", "called", "size",
                 "size_then", "texts")  # fmt: skip

    def __init__(
        self, called: str, ledger: Ledger, decoders: Mapping[str, Callable[[bytes], Any]] = _PLAIN_JSON
    ) -> None:
        self.called = called
        self._ledger = ledger
        self._decoders = decoders
        self.size = self.size_then = 2  # bytes, about, of all fields as one JSON object; and once the draft is kept
        self.texts: dict[str, bytes] = {}  # as of the last decision that stands
        self._live: dict[str, Any] = {}
        self._touched: dict[str, bool] = {}  # True: another value was set, which something else may hold as well
        self._drafts: dict[str, bytes | None] = {}  # texts that differ; None: the field is removed
        self._before: dict[str, bytes | None] = {}  # what has changed in the open batch: texts before it
        self._moved = False  # a field was removed in it, and is there again: as the last one

    # ------------------------------------------------------------------ for rules

    def get(self, field: str) -> Any:
        """The value of a field. Raises KeyError."""
        try:
            value = self._live[field]
        except KeyError:
            if field not in self.texts:
                raise KeyError(field) from None
            value = self._live[field] = self._decoded(field, self.texts[field])
        if type(value) not in PLAIN:
            if value is _GONE:
                raise KeyError(field)
            if not self._touched:
                self._ledger.append(self)
            self._touched.setdefault(field, False)
        return value

    def _decoded(self, field: str, text: bytes) -> Any:
        try:
            return self._decoders.get(field, decoded)(text)
        except msgspec.MsgspecError as error:  # it was kept when the class said something else
            raise RulesMistake(f"{self._called(field)} is not what its hint says now: {error}") from None

    def set(self, field: str, value: Any) -> None:
        if not self._touched:
            self._ledger.append(self)
        self._live[field] = value
        self._touched[field] = True

    def remove(self, field: str) -> None:
        """Raises KeyError."""
        if field not in self:
            raise KeyError(field)
        self.set(field, _GONE)

    def __contains__(self, field: object) -> bool:
        live = self._live.get(field, self) if isinstance(field, str) else self
        return field in self.texts if live is self else live is not _GONE

    def __iter__(self) -> Iterator[str]:
        """The fields there are now, in the order in which they were set."""
        fields = dict.fromkeys(self.texts)
        fields.update(dict.fromkeys(self._touched))
        return iter([field for field in fields if field in self])

    # ------------------------------------------------------------------ at the end of a decision

    def draft(self) -> bool:
        """Find what has changed; returns whether anything has. Raises `RulesMistake`."""
        texts, live, drafts, decoders = self.texts, self._live, self._drafts, self._decoders
        size = self.size
        for field, was_set in self._touched.items():
            value, old = live[field], texts.get(field)
            if value is _GONE:
                if old is not None:
                    drafts[field] = None
                    size -= len(old) + len(field) + OVERHEAD
                continue
            text = encode_plain(value) if type(value) in PLAIN and field not in decoders else b""
            if not text:
                text, back = encoded(value, self._called(field), decoders.get(field, decoded), old)
                if back is not value:
                    live[field] = back  # its own: what was set, a constant or another field may hold, and change
                elif was_set:
                    del live[field]
                if len(text) > LONG:
                    self._ledger.effort += len(text) if text != old else len(text) // COMPARED
            if text == old:
                continue
            drafts[field] = text
            if old is not None:
                size += len(text) - len(old)
            elif is_text(field):
                size += len(text) + len(field) + OVERHEAD
            else:
                raise RulesMistake(f"the name of a field of {self.called} is {field!a}: it must be a text")
        self.size_then = size
        return bool(drafts)

    def keep(self) -> None:
        texts, before, drafts = self.texts, self._before, self._drafts
        if drafts:
            self.size = self.size_then
            for field, text in drafts.items():
                if field not in before:
                    before[field] = texts.get(field)
                elif field not in texts:
                    self._moved = True
                if text is None:
                    del texts[field]
                    del self._live[field]
                else:
                    texts[field] = text
            drafts.clear()
        self._touched.clear()

    def undo(self) -> None:
        for field in self._touched:
            if self._live.pop(field, _GONE) is not _GONE and len(old := self.texts.get(field, b"")) > LONG:
                self._ledger.effort += len(old)  # to be decoded again
        self._touched.clear()
        self._drafts.clear()

    def close(self) -> dict[str, bytes | None]:
        """The texts of the fields that have changed since the last time; None: it was removed."""
        texts, before = self.texts, self._before
        if not before:
            return before
        self._before, self._moved = {}, False
        return {field: text for field, old in before.items() if (text := texts.get(field)) != old}

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
