"""Simulated starter clients: lines of words, nothing is sent again, and what they do themselves they do at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roomcast.core.protocol import line_protocol
from roomcast.testing import invariants
from roomcast.testing.chronicle import Chronicle, is_for
from roomcast.testing.network import End, join
from roomcast.testing.simulated_peer import LineEnd
from roomcast.testing.timeline import Machine
from roomcast.testing.views import View

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation


class SimulatedStarter:
    """A program of the starter protocol, in the room that the server has for such."""

    def __init__(self, simulation: Simulation, room: str, name: str) -> None:
        self.simulation = simulation
        self.machine = Machine(simulation.timeline)
        self.view = View(name, simulation.counts, simulation.trace)
        self.view.present = False  # when its connection is lost, so is what it did: nothing is promised to it
        self.end: LineClientEnd | None = None
        self._room = room
        self._left = False
        self.connect()

    def connect(self) -> None:
        simulation = self.simulation
        if self._left or self.end is not None or not simulation.server.machine.on or simulation.outage:
            return
        self.end = LineClientEnd(self)
        theirs = LineEnd(simulation.network, simulation.server, self.view)
        join(self.view.name, self.end, theirs)
        simulation.server.knocked(theirs, simulation.server.accept_lines, self._room, ("Ada", "Alan", "Fran"))

    def say(self, *words: str) -> None:
        """Send an instruction and its details."""
        if self.end is not None and self.end.open and self.end.me:
            self.view.doings.append((words[0], bytes(line_protocol.arguments(list(words[1:]))), None))
            self.simulation.counts["program: command"] += 1
            self.end.out.write(" ".join(words).encode() + b"\n")

    def leave(self) -> None:
        self._left = True
        if self.end is not None:
            self.end.shut("it has left")
            self.end = None


class LineClientEnd(End):
    """A starter client's end of a connection."""

    def __init__(self, program: SimulatedStarter) -> None:
        super().__init__(program.simulation.network, program.machine)
        self.me = ""
        self._program = program
        self.seq = 0  # of the last command that it heard
        self._lines = line_protocol.LineReader(program.simulation.server.limits)

    def take(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            words = line.decode().split()
            if words[0] == "myIDis":
                self.me = words[1]
                self.seq = self._chronicle.joined(self.me)
            elif words[0] == "error":
                return
            elif words[0] != "newPlayer":
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        """A command of somebody else: the next in the log that is for us."""
        self.seq = invariants.heard_by_line(self._program.view, self.me, self._chronicle, self.seq, line)

    @property
    def _chronicle(self) -> Chronicle:
        assert isinstance(self.other, LineEnd)
        assert self.other.room is not None
        return self._program.simulation.truth.of(self.other.room)

    @property
    def heard_all(self) -> bool:
        """Whether nothing is left to be heard of what was said while it was there."""
        return not self.me or not any(is_for(one, self.me) for one in self._chronicle.entries[self.seq :])

    def ended(self, why: str) -> None:
        if self._program.end is self:
            self._program.end = None
            self._program.machine.after(0.5, self._program.connect)
