"""A relay in which the host alone sets the room's state: nobody else overwrites what is everyone's."""

from __future__ import annotations

from typing import ClassVar

from roomcast.core.protocol.messages import SetRequest
from roomcast.core.room.fold import host_of
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.errors import Refused


class HostStateRoom(Room):
    """As a relay, but for `set` of the room's own state, operations among it. Each player sets its own, as ever."""

    __slots__ = ()

    _JUDGES: ClassVar[bool] = True

    def _judge_patch(self, session: Session, request: SetRequest, now: float) -> None:
        host = host_of(self.log.state)
        if request.of == "room" and session.id != host:
            raise Refused("rejected", f"in this room, its host alone sets room.state: that is {host} now", request.n)
