"""The peer that speaks the starter protocol: a player from the moment at which it connects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.line_protocol import NotText
from roomcast.core.protocol.messages import DoRequest
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.handler_runs import RoomHeld
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session, Start
from roomcast.core.server.asking_peer import AskingPeer
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import contained
from roomcast.core.server.stage import Stage
from roomcast.core.server.starting_gate import StartingGate
from roomcast.errors import BadArgument, ProtocolError, Refused
from roomcast.help_topics import with_link

NOTED_EVERY: Final = 1.0  # seconds between two connections of one address whose lines the log says were passed over


class LinePeer(AskingPeer):
    """A peer that speaks the starter protocol. It has a seat from the start, and cannot come back.

    A line that is no command is passed over, as the servers of first programs do; the log has the first one of a
    connection, and at its end how many there were.
    """

    __slots__ = ("_asked", "_gate", "_lines", "_names", "_noted", "_passed_over")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        super().__init__(directory, connection, wire, address, now)
        self._lines = directory.lines.reader(directory.limits)
        self._asked = ""  # for which room
        self._names: tuple[str, ...] = ()
        self._gate: StartingGate | None = None
        self._passed_over = 0  # lines
        self._noted = False  # in the log

    @contained
    def enter(self, room_name: str, free_names: tuple[str, ...], now: float, gate: StartingGate | None = None) -> None:
        """Give the client a place in the room, under the first of the names that is free there.

        Where that is refused, the client is told, and disconnected. `gate`: it hears nothing until that opens.
        """
        self._asked, self._names, self._gate = room_name, free_names, gate
        self._pay_hello(now)  # it waits for nothing: too many of them are not accepted any more
        self._go_in(now)

    def _go_in(self, now: float) -> None:
        """Into the room, where its rules do not have to be asked first: they are told no name and no credential."""
        try:
            if self._has_to_ask(self.directory.resolve(self._asked), "", None, {}, now):
                return
            room = self.directory.open(self._asked, self, now)
        except Refused as error:
            self._refuse(error)
        except BadArgument as error:
            self.disconnect("bad-name", error.message)
        else:
            if room is None:
                self.stage = Stage.OPENING
            else:
                self._enter(room, now)

    def _enter(self, room: Room, now: float) -> None:
        try:
            if self.arriving is None:
                self.directory.passwords.check(room, "", self.account, now)
                if self._has_to_ask(room.name, "", None, {}, now):  # its rules are others by now
                    return
            session = self._join(room, now)
        except RoomHeld:
            self._wait_for(room)
            return
        except Refused as error:
            self._refuse(error)
            return
        if room.held:
            self._wait_for(room, session)
            return
        self._attach_session(room, session)
        if self._gate is None:
            self.begin_now(now)
        else:
            self.stage = Stage.OPENING  # what it says is held
            self._gate.arrive(self, now)

    def _join(self, room: Room, now: float) -> Session:
        """Raises `Refused` and `RoomHeld`."""
        if self.arriving is not None:
            return self._arrive(room, now)
        name = self.directory.lines.new_id(self._names, room.sessions)
        name, known = self._known.name or name, self._known.auth
        return room.join(name, "", now, wanted_id=name, address=self.account.key, auth=known)

    @property
    def over(self) -> bool:
        return self.stage is Stage.OVER

    @contained
    def begin_now(self, now: float) -> None:
        """Greet the client, once its seat is committed, and let it hear what happens."""
        if self.stage is Stage.OVER or self.room is None or self.session is None:
            return
        self.stage = Stage.PRESENT
        start = self.room.start(self.session, self)
        if start is not None:
            self.begin(start, now)

    @contained
    def begin(self, start: Start, now: float) -> None:
        if self.stage is Stage.PRESENT and self.room is not None and self.session is not None:
            others = [record.id for record in start.snapshot.players if record.id != self.session.id]
            self._owe_start(self.room)
            self._write(self.directory.lines.greeting(others, self.session.id))
            self.room.attach(self.session, self.connection, self.wire, start.seq)

    @contained
    def gone(self, now: float, *, clean: bool) -> None:
        who = self._who
        super().gone(now, clean=clean)
        if self._gate is not None:
            self._gate.leave(self)
        if self._noted and self._passed_over > 1:
            self.directory.log(f"{who}: {self._passed_over} lines in all were passed over")

    def _refuse(self, error: Refused) -> None:
        self.disconnect(error.code, error.message)

    def _split(self, data: bytes) -> Iterable[bytes]:
        return self._lines.feed(data)

    def _handle_line(self, line: bytes, now: float) -> None:
        room, session = self.room, self.session
        if room is None or session is None:
            return
        lines = self.directory.lines
        try:
            lines.check(line)
            words = lines.words(line)
            if not words:
                return
            arguments = line_protocol.arguments(words[1:], self.directory.limits)
        except NotText as error:
            self._owe_message()
            self._pass_over(error.message, now)
            return
        except ProtocolError as error:
            self._fail(error)
            return
        try:
            seq = room.do(session, DoRequest(session.n + 1, words[0], arguments), now)
        except Refused as error:  # it is charged as the command that it is not: its number is used up
            self._pass_over(error.message, now)
            return
        except Exception as error:
            self.failed(error)
            return
        self.directory.commands += 1
        if room.watched and seq:
            room.subscriptions.received(seq, line, now, starter=True)

    @contained
    def refuse(self, code: str, message: str, n: int = 0) -> None:
        if words := self.directory.lines.refusal(message):
            self._write(words)

    @contained
    def _tell_why(self, why: str, now: float) -> None:
        if self.room is not None and (words := self.directory.lines.refusal(why)):
            self.room.flush(now)  # what happened before comes first
            self._write(words)

    def _pass_over(self, why: str, now: float) -> None:
        """A line is no command: go on with the next. The log has the first, but not of all connections in a flood."""
        self._tell_why(why, now)
        self._passed_over += 1
        if self._passed_over == 1 and now - self.account.noted_at >= NOTED_EVERY:
            self.account.noted_at = now
            self._noted = True
            self.directory.log(with_link(f"{self._who}: a line was passed over: {why}", "old-program"))

    @property
    def _who(self) -> str:
        """For the log."""
        if self.room is None or self.session is None:
            return f"A starter client from {self.address}"
        return f"Starter client {self.session.id} in the room {self.room.name!r}"

    def _tell_late(self, why: str) -> None:
        """The protocol has no words for it: the server's log has."""
        if self.room is not None and self.session is not None:
            self.directory.log(f"{self._who}: {why}")

    def _fail(self, error: ProtocolError) -> None:
        self.disconnect(error.code, error.message)

    def _send_bye(self, code: str, message: str) -> None:
        if code != "closing":
            self._write(line_protocol.complaint(message))

    def _must_answer_pings(self) -> bool:
        return False  # the protocol has none: it may be silent for as long as it is connected
