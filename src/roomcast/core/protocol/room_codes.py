"""Room codes: a few letters that stand for a room on a server, to be said across a class room and typed on a phone.

    KXRH        also kxrh, K X R H, kx-rh

A code holds no letter that looks like another one or like a digit (B, I, L, O, S, Z), and no vowels, so that it
spells no word. Its last letter is a check: one wrong letter, or two that changed places, make something that is no
code. It is made from the room's name and the server's, so it is the same after a restart.

Codes are no secrets: who may list the rooms may know their codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final

from roomcast.core.protocol.made_names import LETTERS, is_private
from roomcast.errors import BadArgument

ALPHABET: Final = LETTERS.upper()  # 17 of them: a prime, so that the check finds every single mistake
LENGTH: Final = 4  # letters, the check included: 4,913 codes; longer where these are taken
PRIVATE_LENGTH: Final = 6  # the same for private rooms: 1.4 million codes, for strangers guess
MAX_CLOSED: Final = 10_000  # codes that are remembered of rooms that are not open

_MAX_LENGTH: Final = len(ALPHABET) - 1  # letters: each place has a weight of its own
_TRIES: Final = 8  # codes of one length, before a longer one is tried
_BETWEEN: Final = str.maketrans("uU", "VV", " -.")  # people group letters; a U is a V that was read as one


def parse(text: str) -> str | None:
    """The code that somebody typed, as it is written; None if that is no code.

    >>> parse(" kx-rh "), parse("KXHR"), parse("dots")
    ('KXRH', None, None)
    """
    code = text.translate(_BETWEEN).upper()
    return code if looks_like_code(code) and _sum(code) == 0 else None


def looks_like_code(text: str) -> bool:
    """Whether this looks like a code: its letters are those of codes; its check letter may be wrong."""
    code = text.translate(_BETWEEN).upper()
    return LENGTH <= len(code) <= _MAX_LENGTH and all(letter in ALPHABET for letter in code)


def candidates(server: str, room: str) -> Iterator[str]:
    """Codes that a room may have on a server, the best first: always the same ones."""
    for length in range(PRIVATE_LENGTH if is_private(room) else LENGTH, _MAX_LENGTH + 1):
        for count in range(_TRIES):
            drawn = int.from_bytes(hashlib.sha256(f"{server}\n{room}\n{length}\n{count}".encode()).digest())
            yield _with_check(drawn, length)


class RoomCodes:
    """Which code stands for which room of a server. A code is never assigned to another room.

    A room that is *named* like a code has its own name as its code, and its name is never the code of another: so
    whatever people type means one room.

    `kept` returns the rooms that were there before. They have their codes before the first is given or read, so that
    codes outlive the server.
    """

    def __init__(self, server: str = "", kept: Callable[[], Iterable[str]] = tuple) -> None:
        self.server = server  # tells this server from others; to be set before the first room opens
        self._kept: Callable[[], Iterable[str]] | None = kept  # None: they have their codes
        self._rooms: dict[str, str] = {}  # by code
        self._codes: dict[str, str] = {}  # by room, in the order of giving

    def of(self, room: str) -> str:
        """The code of a room; it is remembered."""
        self._assign_kept()
        known = self._codes.get(room)
        if known is not None:
            return known
        own = parse(room)
        choices = candidates(self.server, room) if own is None else (own, *candidates(self.server, room))
        code = next(code for code in choices if code not in self._rooms)
        self._rooms[code] = room
        self._codes[room] = code
        return code

    def knows(self, room: str) -> bool:
        """Whether the room of that name has a code."""
        self._assign_kept()
        return room in self._codes

    def check_new(self, room: str) -> None:
        """Raise `BadArgument` for a name that is a code with a wrong letter, unless a room was called so before.

        With a U it is a word (jump, duck), for no code is shown with one.
        """
        if is_slip(room) and room not in self._codes:
            raise BadArgument(
                f"no room has the code {room!r} here: one of its letters is wrong. (A new room's name must not look "
                "like a code: add a letter or a digit)",
                topic="wrong-code",
            )

    def room(self, typed: str) -> str | None:
        """The room whose code this is, if it is one."""
        self._assign_kept()
        code = parse(typed)
        return None if code is None else self._rooms.get(code)

    def _assign_kept(self) -> None:
        if self._kept is not None:
            rooms = self._kept()
            self._kept = None
            self.assign(rooms)

    def assign(self, rooms: Iterable[str]) -> None:
        """Give codes to rooms that were there before, as many as are remembered: first to those named like codes."""
        for room in sorted(rooms, key=lambda room: parse(room) is None)[:MAX_CLOSED]:
            self.of(room)

    def trim(self, open_rooms: Container[str]) -> None:
        """Forget the oldest codes of rooms that are not open, where there are too many."""
        if len(self._codes) <= 2 * MAX_CLOSED:  # not one by one: looking through them all costs something
            return
        closed = [room for room in self._codes if room not in open_rooms]
        for room in closed[: max(0, len(closed) - MAX_CLOSED)]:
            del self._rooms[self._codes.pop(room)]


def is_slip(room: str) -> bool:
    """Whether a name is written as codes are, and is none: one of its letters is wrong."""
    return len(room) == LENGTH and all(letter in ALPHABET for letter in room.upper()) and parse(room) is None


def _with_check(drawn: int, length: int) -> str:
    letters = []
    for _ in range(length - 1):
        drawn, letter = divmod(drawn, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return next(code for last in ALPHABET if _sum(code := "".join((*letters, last))) == 0)


def _sum(code: str) -> int:
    """Each letter's number times its place, counted from 1; 0 for a code. (ISBN-10 checks so, modulo 11.)"""
    return sum(place * ALPHABET.index(letter) for place, letter in enumerate(code, 1)) % len(ALPHABET)
