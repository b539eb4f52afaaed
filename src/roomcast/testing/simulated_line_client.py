"""Simulated line clients (the starter protocol): they send lines of words, and nothing is sent again after a loss."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol import line_protocol
from roomcast.testing import order_invariants
from roomcast.testing.environment import Environment
from roomcast.testing.network import End, Network
from roomcast.testing.program_view import ProgramView
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.timeline import Machine
from roomcast.testing.true_log import TrueLog

_NAMES: Final = ("Ada", "Alan", "Fran")  # that the server gives to line clients
_RECONNECT_AFTER: Final = 0.5  # seconds


class SimulatedLineClient:
    """A program that speaks the line protocol, in one room of the server."""

    def __init__(self, environment: Environment, server: SimulatedServer, room: str, name: str) -> None:
        self.machine = Machine(environment.timeline)
        self.view = ProgramView(name)
        self.view.present = False  # nothing is promised to it: what it sent is lost with its connection
        self.end: LineClientEnd | None = None
        self._environment = environment
        self._server = server
        self._room = room
        self._left = False
        self.connect()

    def connect(self) -> None:
        """Connect to the server, unless it has left, is connected, or cannot."""
        network, server = self._environment.network, self._server
        if not self._left and self.end is None and server.machine.on and not network.down:
            self.end = LineClientEnd(network, server, self)
            server.connect_lines(self.end, self.view.actions, self._room, _NAMES)

    def say(self, *words: str) -> None:
        """Send a line: an instruction and its details. Does nothing before the server has given us a name."""
        if self.end is not None and self.end.open and self.end.me:
            self.view.actions.sent.append((words[0], bytes(line_protocol.arguments(list(words[1:]))), None))
            self._environment.trace.counts["program: command"] += 1
            self.end.out.write(" ".join(words).encode() + b"\n")

    def leave(self) -> None:
        """Leave for good."""
        self._left = True
        if self.end is not None:
            self.end.shut("it has left")
            self.end = None

    def lost(self, end: LineClientEnd) -> None:
        """The connection has ended: connect again."""
        if self.end is end:
            self.end = None
            self.machine.call_later(_RECONNECT_AFTER, self.connect)


class LineClientEnd(End):
    """A line client's end of a connection: checks that each line is the next command in the log."""

    def __init__(self, network: Network, server: SimulatedServer, program: SimulatedLineClient) -> None:
        super().__init__(network, program.machine)
        self.me = ""  # its player's id
        self.seq = 0  # of the last command received
        self.heard = 0  # lines of the entry after that, where rules say several things in one
        self._program = program
        self._server = server
        self._lines = line_protocol.LineReader(server.limits)

    def data_received(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            words = line.decode().split()
            if words[0] == "myIDis":
                self.me = words[1]
                self.seq = self._log.joined_at(self.me)
            elif words[0] == "error":
                return
            elif words[0] != "newPlayer":
                place = self.seq, self.heard
                place = order_invariants.lines_in_order(self._program.view, self.me, self._log, place, line)
                self.seq, self.heard = place

    def connection_lost(self, why: str) -> None:
        self._program.lost(self)

    @property
    def _log(self) -> TrueLog:
        assert isinstance(self.other, ServerEnd)
        assert self.other.room is not None
        return self._server.audit.log_of(self.other.room)

    @property
    def heard_all(self) -> bool:
        """Whether it has received every line that is for it."""
        return not self.me or not self._log.lines_for(self.me, (self.seq, self.heard))
