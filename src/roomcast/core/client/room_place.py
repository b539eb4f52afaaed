"""Into which room a client core goes: what it asks for, and what the server has said of the room that it came into."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello, Resume, Welcome

TOO_OLD: Final = "this server is too old to find a room for somebody: update it, or join a room by its name"


class RoomPlace:
    """The part of a client core that knows where it is.

    `room`: a name or a code; where it looks for a room or makes one, the kind, until it is in there.
    """

    __slots__ = ("code", "credential", "meet", "name", "near", "room", "ticket")

    def __init__(self, room: str = "", name: str = "") -> None:
        self.room = room
        self.name = name  # the player's
        self.code = ""  # the room's
        self.ticket = ""  # with which others of our party take the seats that we have reserved
        self.near: tuple[str, ...] = ()  # where we have made the room: others whose names are nearly the same
        self.meet: Meet | None = None  # what is said of the room: which one is looked for, how a new one is to be

        self.credential: str | None = None  # said with each hello: only the server knows whether it knows our session

    def hello(self, resume: Resume | None, start: str) -> Hello:
        """What to say first on a connection."""
        return Hello(self.room, self.name, VERSIONS, resume, start=start, meet=self.meet, credential=self.credential)

    def come_back_to(self, room: str) -> None:
        """An earlier run of the program had found that room: there, if it is known in it, else as it is looked for."""
        if self.meet is not None and self.meet.how:
            self.meet, self.room = replace(self.meet, kind=self.room), room

    def come_into(self, welcome: Welcome) -> bool:
        """Remember where we are, to come back to that room. Returns whether it is the one that we asked for."""
        self.code, self.near = welcome.code, welcome.near
        if self.meet is not None:
            sought = self.meet.how and not self.meet.kind
            reserves = self.meet.party > 1 and not welcome.resumed
            if (sought and not welcome.room) or (reserves and not welcome.ticket):
                return False
            # From now on it is that room; where it is lost, it is made again.
            self.meet = replace(self.meet, how="", party=0, ticket="", kind="")
        self.ticket = welcome.ticket or self.ticket
        self.room = welcome.room or self.room  # we may have asked by the code, which another server does not know
        return True
