"""What a room says of itself to those who look for one, and the contract of whoever knows the rooms with free seats."""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeVar

from msgspec import Raw, Struct

RoomT = TypeVar("RoomT", contravariant=True)


class Meeting(Struct, frozen=True, gc=False):
    """Who may come into a room, and how it is found. A room's rules may change it."""

    options: dict[str, Any] = {}  # with which it was made
    private: bool = False  # in no list, and nobody is brought into it: who comes knows its name or code
    locked: bool = False  # nobody comes in any more but those whose seat is kept
    listing: Raw = Raw(b"{}")  # JSON: what lists show of it
    password: str = ""  # a salted hash; "": there is none
    seats: int = 0  # how many players its rules let in; 0: as many as the server allows


OPEN_TO_ALL: Final = Meeting()
PRIVATE: Final = Meeting(private=True)


class SeatBoard(Protocol[RoomT]):
    """Where a room says that it may have a free seat."""

    def changed(self, room: RoomT, /) -> None:
        """Somebody has left the room, or its rules say otherwise who may come."""
        ...


class NoBoard:
    """Of a room into which nobody is brought."""

    def changed(self, room: object, /) -> None:
        pass


NO_BOARD: Final = NoBoard()
