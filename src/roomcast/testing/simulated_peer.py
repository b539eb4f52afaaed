"""The server's ends of connections: the `Connection` of the core, kept to the letter of its contract."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from roomcast.core.room.room import Room
from roomcast.core.server.peer import Peer
from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End, Network

if TYPE_CHECKING:
    from roomcast.testing.simulated_server import SimulatedServer
    from roomcast.testing.views import View

GOODBYE_WITHIN: Final = 1.0  # seconds that the other end may take to answer our close


class ServerEnd(End):
    """The server's end of a connection to a program of the JSON protocol."""

    peer: Peer

    def __init__(self, network: Network, server: SimulatedServer, view: View) -> None:
        super().__init__(network, server.machine)
        self.view = view  # of the program at the other end: whose commands these are
        self.room: Room | None = None  # to which it has been let in
        self.player = ""  # as whom
        self.session = ""  # its secret; who has none, has one connection only
        self.written_while_paused = 0  # bytes
        self.born = network.timeline.now
        self._server = server
        self._closing = False
        self._paused = False
        self._held = False

    # -- what the core asks for

    def write(self, data: bytes, /) -> None:
        if not self.open or self._closing:
            return
        self.out.write(data)
        if self._paused:
            self.written_while_paused += len(data)
        elif len(self.out.waiting) > self._server.limits.unread:
            self._paused = True
            self._server.counts["server: connection did not read"] += 1
            self.peer.paused()

    def unread(self) -> int:
        return len(self.out.waiting)

    def ping(self) -> None:
        self._control(PING)

    def close(self, code: int, reason: str) -> None:
        if self.open and not self._closing:
            self._control(CLOSE + str(code).encode())
            self.note_loss()
            self._closing = True
            self.machine.after(GOODBYE_WITHIN, self._end)

    def _end(self) -> None:
        if not self.unread():  # who still reads is given time: the core sees to it
            self.abort()

    def abort(self) -> None:
        self.shut("the server has ended the connection")

    # -- what the network brings

    def frame(self, frame: bytes) -> None:
        if frame == PING:
            self.peer.heard = True
            if not self._paused:
                self._control(PONG)
        elif frame == PONG:
            self.peer.heard = True
        elif frame.startswith(CLOSE):
            self._clean = frame == CLOSE + b"1000"
            if not self._closing:
                self._control(frame)
            self.abort()
        else:
            self._receive(frame)

    _clean = False

    def drained(self) -> None:
        if self._paused and self.open and len(self.out.waiting) < self._server.limits.unread / 2:
            self._paused = False
            self.written_while_paused = 0
            self.peer.resumed()
            self._server.look(self)

    def ended(self, why: str) -> None:
        self.note_loss()
        self.peer.gone(self.machine.clock, clean=self._clean)
        self._server.look(self)

    def _control(self, frame: bytes) -> None:
        if self.open and not self._closing:
            self.out.write(WIRE.pack([frame]))

    def _receive(self, data: bytes) -> None:
        wait = self.peer.receive(data, self.machine.clock)
        self.note_place()
        self._server.look(self)
        if wait > 0 and not self._held:
            self._held = True
            self._server.counts["server: somebody was too fast"] += 1
            self.other.out.reading = False
            self.machine.after(wait, self._read_on)

    def note_loss(self) -> None:
        """The server knows that this connection is gone, or has sent it away."""
        if self.session and self._server.held_by.get(self.session) is self:
            del self._server.held_by[self.session]
            self._server.lost_at[self.session] = self.network.timeline.now

    def note_place(self) -> None:
        if self.peer.session is not None and not self._closing:
            self.room, self.player = self.peer.room, self.peer.session.id
            self.session = self.peer.session.secret or f"{self.player} since {self.born}"
            self._server.held_by[self.session] = self
            self._server.lost_at[self.session] = inf

    def _read_on(self) -> None:
        if not self.open:
            return
        wait = self.peer.read_on(self.machine.clock)
        self.note_place()
        self._server.look(self)
        if wait > 0:
            self.machine.after(wait, self._read_on)
        else:
            self._held = False
            self.other.out.reading = True
            self.other.out.read()


class LineEnd(ServerEnd):
    """The server's end of a connection to a starter client: lines, no frames, no pings."""

    _clean = True  # the end of its connection is all that it can say

    def take(self, data: bytes) -> None:
        self._receive(data)

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None:
        if self.open and not self._closing:
            self._closing = True
            self.network.timeline.at(self.out.arrival(), self.other.lose, "the server has closed")
            self.machine.after(GOODBYE_WITHIN, self._end)
