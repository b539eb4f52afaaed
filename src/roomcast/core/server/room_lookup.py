"""Which room somebody asks for, by its name or by its code; guesses at codes are charged."""

from __future__ import annotations

from collections.abc import Container

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.room_codes import RoomCodes, parse
from roomcast.core.server.accounts import Account
from roomcast.core.server.prices import WRONG_CODE


class RoomLookup:
    """Of one server. `rooms`: the names of those that are open."""

    def __init__(self, limits: Limits, rooms: Container[str], codes: RoomCodes) -> None:
        self._limits = limits
        self._rooms = rooms
        self._codes = codes

    def resolve(self, asked: str) -> str:
        """The name of the room that somebody asks for, open or not. Raises `BadArgument`."""
        name = names.clean_room_name(asked, self._limits)
        return name if name in self._rooms else self._codes.room(name) or name

    def look_up(self, asked: str, account: Account, now: float) -> str:
        """As `resolve`. What is written as a code, and is that of no room, is charged as a guess at one."""
        name = self.resolve(asked)
        if name not in self._rooms and parse(asked) is not None and self._codes.room(asked) is None:
            account.charge(WRONG_CODE, now)
        return name
