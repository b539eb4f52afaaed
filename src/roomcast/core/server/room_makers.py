"""Which address made which room, so that none makes so many that no room is left for the others.

A room counts for the address that made it while nobody of another address is in it. Rooms in which nobody is connected
give way, the oldest first, and those before the others in which nothing was ever said: of one address when it has its
share, and of the address with the most when the server has all the rooms that it may have. What is kept on disk stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from roomcast.core.protocol.limits import Limits, exceeded, share_of
from roomcast.core.room.room import Room
from roomcast.core.server.accounts import Account
from roomcast.errors import Refused


class RoomMakers:
    """The rooms of one server, by the address that made each."""

    def __init__(self, limits: Limits, rooms: Mapping[str, Room]) -> None:
        self._limits = limits
        self._rooms = rooms
        self._most = min(limits.connections_address, share_of(limits.rooms, limits))
        self._made: dict[Account, dict[str, None]] = {}  # names, in the order of making
        self._makers: dict[str, Account] = {}  # the same the other way round

    def made(self, name: str, account: Account) -> None:
        self._made.setdefault(account, {})[name] = None
        self._makers[name] = account
        account.rooms += 1

    def closed(self, name: str) -> None:
        """A room has been closed, or could not be opened; does nothing where nobody made it."""
        account = self._makers.pop(name, None)
        if account is not None:
            account.rooms -= 1
            del self._made[account][name]
            if not self._made[account]:
                del self._made[account]

    def gives_way(self, account: Account, taken: int) -> Room | None:
        """The room that gives way to one more of this address; None: none has to. Raises `Refused` ("rooms-full").

        `taken`: how many rooms there are, those included that are being opened.
        """
        room = self._of_address(account)
        if room is not None or taken < self._limits.rooms:
            return room
        room = self._of_any_address()
        if room is None:
            what = "this server has no room left to open"
            raise Refused("rooms-full", exceeded("rooms", self._limits, taken, what))
        return room

    def _of_address(self, account: Account) -> Room | None:
        if account.rooms < self._most:
            return None
        counted = self._counted(account)
        if len(counted) < self._most:
            return None
        oldest = _oldest_empty(counted)
        if oldest is None:
            what = f"{account.key} has made so many rooms"
            raise Refused("rooms-full", exceeded("connections_address", self._limits, len(counted), what))
        return oldest

    def _of_any_address(self) -> Room | None:
        by_address = sorted((self._counted(account) for account in self._made), key=len, reverse=True)
        return next((room for rooms in by_address if (room := _oldest_empty(rooms)) is not None), None)

    def _counted(self, account: Account) -> list[Room]:
        """The rooms that count for an address, the oldest first."""
        rooms = [self._rooms[name] for name in self._made.get(account, ()) if name in self._rooms]
        key = account.key
        return [
            room for room in rooms if not room.sessions or all(one.address == key for one in room.sessions.values())
        ]


def _oldest_empty(rooms: list[Room]) -> Room | None:
    """The first in which nobody is connected and nothing was said; else the first in which nobody is connected."""
    oldest = None
    for room in rooms:
        if room.settled and (not room.sessions or all(one.peer is None for one in room.sessions.values())):
            if not room.seats.used:
                return room
            oldest = oldest or room
    return oldest
