"""The names of rooms that a server makes for people who look for one: `duel-kxrhcdfg`.

Such a name says how the room was made: a public room has 8 letters after its kind, a private one 16, which nobody
guesses. So whether strangers are brought into it, and whether it is listed, is known of every room by its name alone:
also of a relay, after a restart, and on another computer.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.errors import BadArgument

PUBLIC: Final = 8  # letters
PRIVATE: Final = 16  # letters, of 4 bits and a little each
LETTERS: Final = "cdfghjkmnpqrtvwxy"  # of room codes, too: they spell no word, and none looks like another


class MadeName(NamedTuple):
    """What the name of a room says that was made so."""

    kind: str
    private: bool


def made_name(kind: str, secret: str, limits: Limits, *, private: bool) -> str:
    """A name for a new room. `secret`: random bits, as text. Raises `BadArgument` for a kind that is too long."""
    length = PRIVATE if private else PUBLIC
    name = f"{kind}-{_drawn(secret, length)}"
    if len(name) > limits.name_length:
        what = f"a name for a new room of the kind {kind!r} would be too long"
        raise BadArgument(exceeded("name_length", limits, len(name), what), topic="bad-name")
    return name


def read_made_name(room: str) -> MadeName | None:
    """What a room's name says of it; None: somebody has chosen the name.

    >>> read_made_name("duel-kxrhcdfg"), read_made_name("duel-friday")
    (MadeName(kind='duel', private=False), None)
    """
    kind, _, letters = room.rpartition("-")
    if not kind or len(letters) not in (PUBLIC, PRIVATE) or letters.strip(LETTERS):
        return None
    return MadeName(kind, len(letters) == PRIVATE)


def is_private(room: str) -> bool:
    """Whether a room is private from the start."""
    made = read_made_name(room)
    return made is not None and made.private


def _drawn(secret: str, length: int) -> str:
    drawn = int.from_bytes(hashlib.sha256(f"room\n{secret}".encode()).digest())
    letters = []
    for _ in range(length):
        drawn, letter = divmod(drawn, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)
