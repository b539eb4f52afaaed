"""The server's end of a simulated connection: implements the core's `Connection` strictly by its contract."""

from __future__ import annotations

from typing import Protocol

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.room import Room
from roomcast.core.server.peer import Peer
from roomcast.testing.actions import ActionLog, RemoteProgram
from roomcast.testing.environment import Environment
from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End
from roomcast.testing.session_times import SessionTimes
from roomcast.testing.timeline import Machine
from roomcast.transports.connection_timers import ReadThrottle, abort_later


class OwningServer(Protocol):
    """What a connection needs of the server that it belongs to."""

    limits: Limits
    machine: Machine
    sessions: SessionTimes

    def check(self, sender: RemoteProgram | None) -> None:
        """Check the promises after the server has done something; `sender`: whose bytes it handled."""
        ...

    def look_at(self, reader: RemoteProgram, data: bytes) -> None:
        """Check what is written to a connection."""
        ...

    def let_in(self, room: Room, program: RemoteProgram) -> None:
        """Note that a program is a player of a room."""
        ...


class ServerEnd(End):
    """The server's end of a connection to a program that speaks the JSON protocol."""

    peer: Peer  # from `accepted` on

    def __init__(self, environment: Environment, server: OwningServer, actions: ActionLog) -> None:
        super().__init__(environment.network, server.machine)
        self.sender = RemoteProgram(actions)
        self.room: Room | None = None  # that the program was let into
        self.written_while_paused = 0  # bytes
        self._counts = environment.trace.counts
        self._born = environment.timeline.now
        self._server = server
        self._accepted = False
        self._closing = False
        self._clean = False  # the other end has closed with a closing handshake
        self.behind = False
        self._throttle = ReadThrottle(self, self, self.machine)

    def accepted(self, peer: Peer) -> None:
        """The server has accepted the connection: from now on, its peer is told what happens."""
        self.peer = peer
        self._accepted = True
        self.note_session()
        self._server.check(self.sender)

    # ------------------------------------------------------------------ the core's `Connection`

    def write(self, data: bytes, /) -> bool:
        if not self.open or self._closing:
            return True
        self.note_session()  # before a welcome is on its way
        self._server.look_at(self.sender, data)
        self.out.write(data)
        if self.behind:
            self.written_while_paused += len(data)
        return not (self._falls_behind() or self.behind)

    def _falls_behind(self) -> bool:
        """After a write: whether it was one too many."""
        if self.behind or len(self.out.waiting) <= self._server.limits.unread:
            return False
        self.behind = True
        self._counts["server: reader fell behind"] += 1
        return True

    def unread(self) -> int:
        return len(self.out.waiting)

    def read_again(self) -> None:
        self._throttle.read_again()

    def ping(self) -> None:
        self._control(PING)

    def close(self, code: int, reason: str) -> None:
        if self.open and not self._closing:
            self._control(CLOSE + str(code).encode())
            self.note_disconnected()
            self._closing = True
            abort_later(self, self.machine)

    def abort(self) -> None:
        self.shut("the server has ended the connection")

    # ------------------------------------------------------------------ from the network

    def frame_received(self, frame: bytes) -> None:
        if frame == PING:
            self._pause(self.peer.control(0, self.machine.clock))
            if not self.behind:
                self._control(PONG)
        elif frame == PONG:
            self._pause(self.peer.control(0, self.machine.clock))
        elif frame.startswith(CLOSE):
            self._clean = frame == CLOSE + b"1000"
            if not self._closing:
                self._control(frame)
            self.abort()
        else:
            self._handle(frame)

    def drained(self) -> None:
        if self.behind and self.open and len(self.out.waiting) < self._server.limits.unread / 2:
            self.machine.call_soon(self._resumed)  # this may be inside a write

    def _resumed(self) -> None:
        if self.behind and self.open:
            self.behind = False
            self.written_while_paused = 0
            self.peer.resumed()
            self._server.check(self.sender)

    def connection_lost(self, why: str) -> None:
        if self._accepted:
            self.note_disconnected()
            self.peer.gone(self.machine.clock, clean=self._clean)
            self._server.check(self.sender)

    def _control(self, frame: bytes) -> None:
        if self.open and not self._closing:
            self.out.write(WIRE.pack([frame]))
            if self._falls_behind():
                self.machine.call_soon(self._fell_behind)

    def _fell_behind(self) -> None:
        if self.behind and self.open:
            self.peer.fell_behind()
            self._server.check(self.sender)

    # ------------------------------------------------------------------ reading, as fast as the rate allows

    def _handle(self, data: bytes) -> None:
        wait = self.peer.receive(data, self.machine.clock)
        self.note_session()
        self._server.check(self.sender)
        self._pause(wait)

    def _pause(self, wait: float) -> None:
        if wait > 0:
            self._throttle.pause(wait)

    def read_on(self, now: float, /) -> float:
        """What the throttle asks for: take what was held back."""
        wait = self.peer.read_on(now)
        self.note_session()
        self._server.check(self.sender)
        return wait

    def pause_reading(self) -> None:
        self._counts["server: rate limit reached"] += 1
        self.other.out.reading = False

    def resume_reading(self) -> None:
        self.other.out.reading = True
        self.other.out.read()

    def is_closing(self) -> bool:
        return not self.open

    # ------------------------------------------------------------------ for the checks

    @property
    def held_back(self) -> bool:
        """Whether input waits in the peer, because it came too fast."""
        return self.open and self._accepted and bool(self.peer._held)

    def note_session(self) -> None:
        """If the program has been let in: note as which player, and that its session has a connection."""
        if self._accepted and self.peer.session is not None and not self._closing:
            self.room = self.peer.room
            player, secret = self.peer.session.id, self.peer.session.secret
            self.sender.player = player
            self.sender.session = secret or f"{player} since {self._born}"  # without one: one connection only
            self._server.sessions.connected(self.sender.session, self)
            if self.room is not None:
                self._server.let_in(self.room, self.sender)

    def note_disconnected(self) -> None:
        """The server knows that this connection is gone, or has ended it."""
        self._server.sessions.disconnected(self.sender.session, self)


class LineEnd(ServerEnd):
    """The server's end of a connection to a line client: no frames, no pings, no goodbye."""

    def __init__(self, environment: Environment, server: OwningServer, actions: ActionLog) -> None:
        super().__init__(environment, server, actions)
        self._clean = True  # a line client leaves by closing its socket

    def data_received(self, data: bytes) -> None:
        self._handle(data)

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None:
        if self.open and not self._closing:
            self._closing = True
            self.out.finish(lambda: self.other.lose("the server has closed"))
            abort_later(self, self.machine)
