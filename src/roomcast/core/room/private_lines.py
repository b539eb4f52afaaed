"""Entries that not everyone reads as the public line: private commands, and turns of rooms with rules."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final, TypeAlias

import msgspec
from msgspec import Raw, Struct

OVERHEAD: Final = 50  # bytes, about: what an entry takes beside its text
_EACH: Final = 100  # bytes, about: what a reader of a line of its own takes in a dict


class PrivateLine(Struct, frozen=True, gc=False):
    """A private entry: its full text, and the players who may read it."""

    line: bytes
    readers: frozenset[str]  # player ids; the sender is one of them
    tails: ClassVar[dict[str, bytes]] = {}  # as in `TurnLines`

    @property
    def size(self) -> int:
        """Bytes that it takes beside the public line, about; a room keeps each set of readers once for many entries."""
        return len(self.line) + OVERHEAD

    def line_of(self, player: str) -> bytes:
        """What a reader reads."""
        return self.line


class TurnLines(Struct, frozen=True, gc=False):
    """An entry of a room with rules: what is public of it, and what single players read in its place."""

    line: bytes  # public: of those who are not named here
    own: dict[str, bytes]  # by player, one in which there is more or less; those who see the same have the same object
    tails: dict[str, bytes]  # by player: more fields, and its end, `,"ok":[4]}`, which nobody else is sent
    size: int  # bytes that it takes beside the public line, about: `size_of`

    @property
    def readers(self) -> Collection[str]:
        """The players who read something else than the public line."""
        return self.own.keys() | self.tails.keys() if self.own else self.tails.keys()

    def line_of(self, player: str) -> bytes:
        """What a reader reads."""
        line, tail = self.line, self.tails.get(player)
        if self.own:
            line = self.own.get(player, line)
        return line if tail is None else line[:-1] + tail


def turn_lines(line: bytes, own: dict[str, bytes], tails: dict[str, bytes]) -> TurnLines:
    """The arguments are as in `TurnLines`."""
    size = OVERHEAD + _EACH * (len(own) + len(tails))
    for tail in tails.values():
        size += len(tail)
    if own:
        size += sum({id(one): len(one) for one in own.values()}.values())
    return TurnLines(line, own, tails, size)


# ---------------------------------------------------------------------- on disk

_Kept: TypeAlias = tuple[list[tuple[str, list[str]]], dict[str, str]]
"""The lines of single players, each with those who read it; and the tails, by player."""

_decode: Final = msgspec.json.Decoder(_Kept).decode


def kept_text(turn: TurnLines) -> Raw:
    """What is not public of a turn, as JSON; `read_kept` reads it."""
    readers: dict[int, tuple[str, list[str]]] = {}
    for player, line in turn.own.items():
        readers.setdefault(id(line), (line.decode(), []))[1].append(player)
    return Raw(
        msgspec.json.encode((list(readers.values()), {one: tail[:-1].decode() for one, tail in turn.tails.items()}))
    )


def read_kept(line: bytes, text: Raw) -> TurnLines:
    """A turn with that public line. Raises `msgspec.MsgspecError`."""
    lines, tails = _decode(text)
    own = {}
    for one, players in lines:
        own.update(dict.fromkeys(players, one.encode()))
    return turn_lines(line, own, {player: tail.encode() + b"}" for player, tail in tails.items()})
