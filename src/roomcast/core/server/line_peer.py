"""The peer that speaks the starter protocol: a player from the moment at which it connects."""

from __future__ import annotations

from collections.abc import Iterable

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.messages import DoRequest
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.room import Room
from roomcast.core.room.session import Start
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer, Stage
from roomcast.errors import BadArgument, ProtocolError, Refused


class LinePeer(Peer):
    """A peer that speaks the starter protocol. It has a seat from the start, and cannot come back."""

    __slots__ = ("_lines", "_names")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(directory, connection, wire, address, now)
        self._lines = line_protocol.LineReader(directory.limits)
        self._names: tuple[str, ...] = ()

    def enter(self, room_name: str, free_names: tuple[str, ...], now: float) -> None:
        """Give the client a place in the room, under the first of the names that is free there.

        Where that is refused, the client is told, and disconnected.
        """
        self._names = free_names
        try:
            room = self.directory.open(room_name, self, now)
        except Refused as error:
            self._refuse(error)
        except BadArgument as error:
            self.disconnect("bad-name", str(error))
        else:
            if room is None:
                self.stage = Stage.OPENING
            else:
                self._enter(room, now)

    def _enter(self, room: Room, now: float) -> None:
        again = self._names[len(room.sessions) % len(self._names)]  # gets a number, for all names are taken
        name = next((name for name in self._names if name not in room.sessions), again)
        try:
            session = room.join(name, "", now, wanted_id=name)
        except Refused as error:
            self._refuse(error)
            return
        self._attach_session(room, session)
        start = room.start(session, self)
        if start is not None:
            self.begin(start, now)

    def begin(self, start: Start, now: float) -> None:
        if self.stage is Stage.PRESENT and self.room is not None and self.session is not None:
            others = [record.id for record in start.snapshot.players if record.id != self.session.id]
            self._write(line_protocol.greeting(others, self.session.id))
            self.room.attach(self.session, self.connection, self.wire, start.seq)

    def _refuse(self, error: Refused) -> None:
        self.disconnect(error.code, error.message)

    def _split(self, data: bytes) -> Iterable[bytes]:
        return self._lines.feed(data)

    def _handle_line(self, line: bytes, now: float) -> None:
        room, session = self.room, self.session
        try:
            words = line_protocol.parse(line)
            if not words or room is None or session is None:
                return
            arguments = line_protocol.arguments(words[1:], self.directory.limits)
            seq = room.do(session, DoRequest(session.n + 1, words[0], arguments), now)
        except (ProtocolError, Refused) as error:
            self.disconnect(error.code, error.message)
            return
        self.directory.commands += 1
        if room.watched:
            room.subscriptions.received(seq, line, now, starter=True)

    def _fail(self, error: ProtocolError) -> None:
        self.disconnect(error.code, error.message)

    def _send_bye(self, code: str, message: str) -> None:
        if code != "closing":
            self._write(line_protocol.complaint(message))

    def _must_answer_pings(self) -> bool:
        return False  # the protocol has none: it may be silent for as long as it is connected
