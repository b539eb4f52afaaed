"""What rules say to players when they join, until they begin to read.

A newcomer begins after its own join, so what that join says to it is said again, to it alone, in a turn of its own.
Until then it is a part of what is kept of the room, so that a restart in between leaves nobody without.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec import Raw

from roomcast.core.protocol.turn_effects import Event
from roomcast.core.room.decisions import Emitted
from roomcast.core.room.rules_fold import BoxChange, BoxFields

BOX: Final = "greetings"  # its name in the truth


class _Greeting(NamedTuple):
    seq: int  # of the join
    events: tuple[Event, ...]


_decode: Final = msgspec.json.Decoder(_Greeting).decode


class Greetings:
    """The greetings of one room, by player. `kept`: the room is on disk, and they with it."""

    __slots__ = ("_before", "_begun", "_kept", "_waiting")

    def __init__(self, *, kept: bool) -> None:
        self._kept = kept
        self._waiting: dict[str, _Greeting] = {}
        self._begun: dict[str, bool] = {}  # who of them has begun to read; False: before its join, so it reads of that
        self._before: dict[str, _Greeting | None] = {}  # of those that were changed since `changes` was called last

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def waiting(self) -> set[str]:
        """Players who have not begun to read."""
        return self._waiting.keys() - self._begun.keys()

    @property
    def due(self) -> bool:
        """Whether somebody has begun to read."""
        return bool(self._begun)

    def joined(self, player: str, seq: int, events: tuple[Emitted, ...]) -> None:
        """A player's join says this, by the entry `seq`."""
        for_it = tuple(one.event for one in events if one.readers is None or player in one.readers)
        if for_it:
            self._set(player, _Greeting(seq, for_it))

    def forget(self, player: str) -> None:
        """A player has left."""
        if player in self._waiting:
            self._set(player, None)

    def began(self, player: str, seq: int) -> None:
        """A player begins to read after `seq`."""
        if (greeting := self._waiting.get(player)) is not None:
            self._begun[player] = seq >= greeting.seq

    def take(self) -> tuple[Emitted, ...]:
        """What to say now to those who have begun to read."""
        said = [(player, self._waiting[player].events) for player, after in self._begun.items() if after]
        for player in list(self._begun):
            self._set(player, None)
        return tuple(Emitted(event, frozenset((player,))) for player, events in said for event in events)

    def _set(self, player: str, greeting: _Greeting | None) -> None:
        self._begun.pop(player, None)
        before = self._waiting.pop(player, None)
        if self._kept:
            self._before.setdefault(player, before)
        if greeting is not None:
            self._waiting[player] = greeting

    # ------------------------------------------------------------------ on disk

    def changes(self) -> BoxChange:
        """What has changed since the last time."""
        before, self._before = self._before, {}
        return {player: (_text(one), _text(self._waiting.get(player))) for player, one in before.items()}

    def save(self) -> BoxFields:
        return {player: _encoded(greeting) for player, greeting in self._waiting.items()}

    def restore(self, fields: BoxFields) -> None:
        """Raises `msgspec.MsgspecError`."""
        self._waiting = {player: _decode(text) for player, text in fields.items()}


def _encoded(greeting: _Greeting) -> Raw:
    return Raw(msgspec.json.encode(greeting))


def _text(greeting: _Greeting | None) -> Raw | None:
    return None if greeting is None else _encoded(greeting)
