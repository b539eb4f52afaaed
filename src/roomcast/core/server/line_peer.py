"""The peer that speaks the starter protocol: a player from the moment at which it connects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.messages import Act
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.server.peer import Peer, Stage
from roomcast.errors import ProtocolError, Refused

if TYPE_CHECKING:
    from roomcast.core.server.directory import Directory


class LinePeer(Peer):
    """A peer that speaks the starter protocol. It has a seat from the start, and cannot come back."""

    __slots__ = ("_lines",)

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(directory, connection, wire, address, now)
        self._lines = line_protocol.LineReader(directory.limits)

    def enter(self, room_name: str, free_names: tuple[str, ...], now: float) -> None:
        """Give the client its place in the room, under the first free name. Raises `Refused`."""
        room = self.directory.room(room_name, now)
        again = free_names[len(room.sessions) % len(free_names)]  # gets a number, for all names are taken
        name = next((name for name in free_names if name not in room.sessions), again)
        session = room.join(name, "", now, wanted_id=name)
        self._take_place(room, session)

        def begin() -> None:
            if session.peer is self and self.stage is Stage.PRESENT:
                seq, snapshot = room.snapshot()
                others = [record.id for record in snapshot.players if record.id != session.id]
                self.connection.write(line_protocol.greeting(others, session.id))
                self._attach(room, session, seq)

        room.when_committed(room.log.last, begin)

    def _cut(self, data: bytes) -> Iterable[bytes]:
        return self._lines.feed(data)

    def _take(self, line: bytes, now: float) -> None:
        room, session = self.room, self.session
        try:
            words = line_protocol.parse(line)
            if not words or room is None or session is None:
                return
            arguments = line_protocol.arguments(words[1:], self.directory.limits)
            seq = room.do(session, Act(session.n + 1, words[0], arguments), now)
        except (ProtocolError, Refused) as error:
            self.disconnect(error.code, error.message)
            return
        self.directory.commands += 1
        if room.watcher is not None:
            room.watcher.received(room, seq, line, now, starter=True)

    def _break_off(self, error: ProtocolError) -> None:
        self.disconnect(error.code, error.message)

    def _say_bye(self, code: str, message: str) -> None:
        if code != "closing":
            self.connection.write(line_protocol.complaint(message))

    def _can_be_silent_no_longer(self) -> bool:
        return False  # it has no ping to answer: it may be silent for as long as it is connected
