"""Passwords of rooms: kept as a salted hash, compared in constant time; guesses are answered late."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from roomcast.core.room.room import Room
from roomcast.core.server.accounts import Account
from roomcast.core.server.guesses import Guesses, WrongGuess
from roomcast.core.server.prices import PASSWORD, WRONG_PASSWORD
from roomcast.errors import Refused

MOST_CHARACTERS: Final = 200
_ROUNDS: Final = 1_000  # of PBKDF2: a third of a millisecond, for everyone who comes. It is a game's door, no bank's


def hashed(password: str, salt: str) -> str:
    """What is kept of a password. `salt`: random bits, as text. Raises `Refused` ("bad-argument")."""
    if len(password) > MOST_CHARACTERS:
        why = f"a room's password has {len(password)} characters, and may have {MOST_CHARACTERS}"
        raise Refused("bad-argument", why)
    made = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "replace"), salt.encode(), _ROUNDS)
    return f"{salt}:{made.hex()}"


class RoomPasswords:
    """Of all rooms of a server. `log` is called with a sentence where somebody seems to guess."""

    def __init__(self, log: Callable[[str], object]) -> None:
        self._log = log
        self._guesses = Guesses(WRONG_PASSWORD, self._tell)

    def check(self, room: Room, password: str, account: Account, now: float) -> None:
        """Return if that lets somebody into the room. Raises `Refused` ("bad-password"); `WrongGuess` for a guess."""
        kept = room.meeting.password
        if not kept:
            return
        if not password:
            raise Refused("bad-password", f"the room {room.name!r} has a password: join it with password=")
        account.charge(PASSWORD, now)
        if not hmac.compare_digest(hashed(password, kept.rpartition(":")[0]), kept):
            why = f"that is not the password of the room {room.name!r}: ask whoever made it"
            raise WrongGuess("bad-password", why, self._guesses.wait_after(account, now))

    def _tell(self, address: str, guesses: int) -> None:
        self._log(f"{guesses} wrong passwords of rooms came from {address}: it is answered later each time")
