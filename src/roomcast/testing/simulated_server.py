"""The simulated server: the real hub on a machine that may crash, with a disk that may be slow, full, or lie."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.core.server.line_peer import LinePeer
from roomcast.core.server.peer import Peer
from roomcast.errors import BadArgument, Refused
from roomcast.testing.disk import MemoryStore
from roomcast.testing.network import LINES, WIRE, go_dead
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.timeline import Machine

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation

SWEEP_EVERY: Final = 1.0  # seconds, as the real server does
CLOSE_WITHIN: Final = 0.6  # seconds that connections have to take their bye when the server ends


class SimulatedServer:
    """One server: its machine, its disk, and the hub of its present life, None while it is down."""

    def __init__(self, simulation: Simulation, limits: Limits, store: MemoryStore) -> None:
        self.limits = limits
        self.store = store
        self.machine = Machine(simulation.timeline)
        self.directory: Directory | None = None
        self.counts = simulation.counts
        self.ends: dict[ServerEnd, None] = {}
        self.held_by: dict[str, ServerEnd] = {}  # by session: who speaks for it
        self.lost_at: dict[str, float] = {}  # by session: since when nobody speaks for it; inf: somebody does
        self.usual_disk = (0.0005, 0.02)  # seconds that writing takes, and syncing; from … to
        self.disk_delay = self.usual_disk
        self.wall = 1_700_000_000.0  # what the clock on the wall shows at the beginning; it may jump
        self._simulation = simulation
        self._secrets: Iterator[int] = itertools.count(1)
        self._timer_due = math.inf  # when it rings for rooms that wait for their pace
        self._disk_busy = False
        self._disk_turn = 0  # what was planned in an earlier one does not happen

    # ------------------------------------------------------------------ its life

    def start(self) -> None:
        """The program starts, with what is on disk."""
        if self.directory is not None:
            return
        self.machine.start()
        self._timer_due = math.inf
        self._disk_busy = False
        self.directory = Directory(
            self.limits,
            secret=lambda: f"secret-{next(self._secrets)}",
            clock=lambda now: int((now + self.wall) * 1000),
            wake=lambda: self.machine.after(0.0, self._flush),
            store=self.store,
        )
        self.machine.after(SWEEP_EVERY, self._sweep)

    def crash(self, *, power: bool, kept: int | None) -> None:
        """It dies in the middle of everything. `power`: with its computer, so that nobody is told."""
        for end in list(self.ends):
            if power:
                go_dead(end)
            end.shut("the server has crashed")
        self._end()
        self.store.crash(kept)

    def close(self, down: float) -> None:
        """It says bye, writes all down, ends, and starts again after so many seconds."""
        if self.directory is not None and not self.directory.closing:
            self.directory.close("the server is closing", self.machine.clock)
            self.look(None)
            self.machine.after(CLOSE_WITHIN, self._close, down)

    def _close(self, down: float) -> None:
        for end in list(self.ends):
            end.abort()
        for peer in list(self.directory_.peers):
            peer.gone(self.machine.clock, clean=False)
        self.look(None)
        self.store.save()
        self.look(None)
        self._simulation.truth.closed_well(self.directory_)
        self._end()
        self.store.crash()
        self._simulation.timeline.after(down, self.start)

    def _end(self) -> None:
        for end in list(self.held_by.values()):
            end.note_loss()
        self.ends.clear()
        self.machine.end()
        self.directory = None

    def look(self, end: ServerEnd | None) -> None:
        """Something has happened here, and by which connection: is all as promised?"""
        if self.directory is not None:
            self._simulation.truth.look(self.directory, self.store, end)

    # ------------------------------------------------------------------ connections

    def knocked(self, end: ServerEnd, accept: Callable[..., None], *args: Any) -> None:
        """A program has connected; the server's program takes it when it runs."""
        self.ends[end] = None
        self.machine.after(0.0, accept, end, *args)

    def accept(self, end: ServerEnd) -> None:
        """A program of the JSON protocol has connected."""
        if self._greet(end, JsonPeer(self.directory_, end, WIRE, "10.0.0.1", self.machine.clock)):
            self.look(end)

    def accept_lines(self, end: ServerEnd, room: str, names: tuple[str, ...]) -> None:
        """A starter client has connected."""
        peer = LinePeer(self.directory_, end, LINES, "10.0.0.2", self.machine.clock)
        if self._greet(end, peer):
            try:
                peer.enter(room, names, self.machine.clock)
            except (Refused, BadArgument) as error:
                peer.disconnect(error.code if isinstance(error, Refused) else "bad-name", str(error))
            end.note_place()
            self.look(end)

    def _greet(self, end: ServerEnd, peer: Peer) -> bool:
        end.peer = peer
        end.out.drained = end.drained
        try:
            self.directory_.enter(peer)
        except Refused as error:
            peer.disconnect(error.code, error.message)
            return False
        return True

    @property
    def directory_(self) -> Directory:
        assert self.directory is not None
        return self.directory

    # ------------------------------------------------------------------ its loop

    def _flush(self) -> None:
        again = self.directory_.flush(self.machine.clock)
        self.look(None)
        if again is not None and again < self._timer_due:
            self._timer_due = again
            self.machine.after(max(1e-6, again - self.machine.clock), self._flush_paced, again)

    def _flush_paced(self, due: float) -> None:
        if due == self._timer_due:  # else it was set anew, for earlier
            self._timer_due = math.inf
            self._flush()

    def _sweep(self) -> None:
        self.directory_.sweep(self.machine.clock)
        for end in [end for end in self.ends if not end.open]:
            del self.ends[end]
        self.look(None)
        self._simulation.swept()
        self.machine.after(SWEEP_EVERY, self._sweep)

    # ------------------------------------------------------------------ its disk

    def disk_given(self) -> None:
        """There is something to write: the store says so."""
        if not self._disk_busy and self.directory is not None:
            self._disk_busy = True
            self.machine.after(self._disk_takes(), self._disk_writes, self._disk_turn)

    def free_disk(self) -> None:
        """The disk is as fast as usual again, and does not go on with what took it so long."""
        self.disk_delay = self.usual_disk
        self._disk_busy = False
        self._disk_turn += 1
        if self.store.waits:
            self.disk_given()

    def _disk_takes(self) -> float:
        least, most = self.disk_delay
        return least + (most - least) * self._simulation.chance.random()

    def _disk_writes(self, turn: int) -> None:
        if turn == self._disk_turn:
            part = self._simulation.chance.random()
            self.store.write(None if part < 0.5 else 1 + int(part * self.store.waits))
            self.machine.after(self._disk_takes(), self._disk_syncs, turn)

    def _disk_syncs(self, turn: int) -> None:
        if turn == self._disk_turn:
            self.store.sync()
            self.look(None)
            self._disk_busy = False
            if self.store.waits:
                self.disk_given()
