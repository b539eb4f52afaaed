"""Simulated programs: each has a room as `roomcast.join` gives one, on a machine of its own in a simulated network."""

from __future__ import annotations

from collections import deque
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.client.client_room import ClientRoom
from roomcast.client.link import LEAVE_WITHIN
from roomcast.client.where import Where
from roomcast.core.client import client_core
from roomcast.core.protocol.messages import Json
from roomcast.errors import ProtocolError, TooFast
from roomcast.testing import invariants
from roomcast.testing.network import CLOSE, PING, PONG, WIRE, End, join
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.timeline import Machine
from roomcast.testing.views import Place, View
from roomcast.transports.client_network import CONNECT_WITHIN, PING_EVERY

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation

MOST_WAITING: Final = 64 * 1024  # bytes written and not sent, above which a program writes no more
FRAME_TIME: Final = 0.02  # seconds at most until a program looks at what has arrived


class ClientEnd(End):
    """A program's end of a connection."""

    def __init__(self, room: SimulatedRoom) -> None:
        super().__init__(room.simulation.network, room.machine)
        self.heard_at = room.machine.clock
        self.pinged = False
        self._room = room
        self._closing = False

    def write(self, frame: bytes) -> None:
        if self.open and not self._closing:
            self.out.write(WIRE.pack([frame]))

    def close(self, code: int) -> None:
        """Say goodbye; the other end closes."""
        self.write(CLOSE + str(code).encode())
        self._closing = True
        self.machine.after(0.5, self.shut, "this program has left")

    def frame(self, frame: bytes) -> None:
        self.heard_at, self.pinged = self.machine.clock, False
        if frame == PING:
            self.write(PONG)
        elif frame.startswith(CLOSE):
            self.write(frame)
            self.shut("the server has closed")
        elif frame != PONG:
            self._room.receive(self, frame)

    def ended(self, why: str) -> None:
        self._room.lost(self, why)


class SimulatedRoom(ClientRoom):
    """A room, as a program in a simulation has it: everything that `roomcast.Room` has works here, too.

    What arrives is run by itself, a moment after; `pump` runs it at once.
    """

    def __init__(self, simulation: Simulation, room: str, name: str) -> None:
        self.simulation = simulation
        self.machine = Machine(simulation.timeline)
        chance = simulation.chance.random
        super().__init__(Where("ws://simulated/", room), name, chance=chance, clock=lambda: self.machine.clock)
        self.end: ClientEnd | None = None
        self.view = View(name, simulation.counts, simulation.trace)
        self.joined = False
        self.leaving = False
        self.sends_again = False  # after a resume, even what the server has had: as a simpler client may
        self._places: deque[Place] = deque()  # for each welcome that has not been run: where it led
        self._pumping = False
        self._busy_until = 0.0  # by its clock
        self._connecting = False
        self._wake_pending = False

    @property
    def connected(self) -> bool:
        """Whether it has a connection that carries."""
        return self.end is not None and self.end.other.open and not self.end.out.dead

    # ------------------------------------------------------------------ what a program does

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived; returns how many entries that were. `budget` and `wait` mean nothing here."""
        count = 0
        while True:
            while self._calls:
                self._calls.popleft()()
            if not self._waiting:
                return count
            was_in, self.joined = self.joined, self.joined or isinstance(self._client.events[0], client_core.Joined)
            if self._next() is not None:
                count += 1
            if self.joined and not was_in:  # a program may want to register functions before more is run
                self._arrived()
                return count

    def __enter__(self) -> SimulatedRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<simulated room {self.name}, as {self.view}>"

    def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        if not self.leaving and self._client.over is None:
            self.leaving = True
            self.view.present = False
            self._leave_when_done(self.machine.clock + LEAVE_WITHIN)

    def _leave_when_done(self, give_up: float) -> None:
        if self.end is not None and self._client.unacknowledged and self.machine.clock < give_up:
            self.machine.after(0.05, self._leave_when_done, give_up)
            return
        self._client.leave()
        self._arrived()
        if self.end is not None:
            self.end.close(1000)

    def hang(self, seconds: float) -> None:
        """The program does not look at what arrives for so long; its connection is kept up by itself."""
        self._busy_until = max(self._busy_until, self.machine.clock + seconds)

    def crash(self) -> None:
        """The program ends in the middle of everything, without a goodbye."""
        self.view.present = False
        if self.end is not None:
            self.end.shut("the program has ended")
            self.end = None
        self.machine.end()

    def twin(self) -> SimulatedRoom | None:
        """Another program that has our session, and has seen nothing of the room yet; None if we are not in."""
        if not self.joined or self._client.over is not None:
            return None
        one = SimulatedRoom(self.simulation, self.name, f"{self.view.name}'")
        one._client._secret, one._client._epoch = self._client._secret, self._client._epoch
        one._client.outbox.n = self._client.outbox.n
        one._client.me = one.view.me = self._client.me
        one._me = one._player(self._client.me)
        one._log = one._client.log = 1
        one.view.shared = self.view.shared = True
        one.view.chronicle, one.view.sessions, one.joined = self.view.chronicle, 1, True
        return one

    def _do(self, command: str, arguments: Raw, blobs: Blobs, to: tuple[str, ...] | None) -> None:
        try:
            super()._do(command, arguments, blobs, to)
        except TooFast:
            self.simulation.counts["program: refused, too much waits"] += 1
            raise
        if blobs:
            self.simulation.counts["program: call with bytes"] += 1
        else:
            self.view.doings.append((command, bytes(arguments), to))
            self.simulation.counts["program: command"] += 1

    def _set(self, of: str, patch: dict[str, Json], *, whole: bool) -> None:
        super()._set(of, patch, whole=whole)
        self.view.doings.append((of, patch, whole))
        self.simulation.counts["program: patch of shared state"] += 1

    # ------------------------------------------------------------------ what comes in

    def _next(self) -> Any:
        if self._came:
            return super()._next()
        event = self._client.events[0]
        entry = super()._next()
        welcome = isinstance(event, client_core.Joined | client_core.Resumed)
        self.view.follow(event, self._fold, self._places.popleft() if welcome else None)
        return entry

    def _arrived(self) -> None:
        if not self._pumping and self._waiting:
            self._pumping = True
            self.machine.after(FRAME_TIME * self.simulation.chance.random(), self._pump)

    def _pump(self) -> None:
        if self.machine.clock < self._busy_until:
            self.machine.after(self._busy_until - self.machine.clock, self._pump)
        else:
            self._pumping = False
            self.pump()

    # ------------------------------------------------------------------ the connection, kept up

    def connect(self) -> None:
        """Connect to the server, and again whenever the connection is lost, until the room is over."""
        if self._client.over is None and self.end is None and not self._connecting:
            self._connecting = True
            self.simulation.network.timeline.after(self.simulation.network.latency(), self._knock, self.machine.life)

    def _knock(self, life: int) -> None:
        """At the server's: is it there?"""
        simulation = self.simulation
        if life != self.machine.life:
            return
        server = simulation.server
        if simulation.outage or not server.machine.on:
            self.machine.after(CONNECT_WITHIN if simulation.outage else simulation.network.latency(), self._refused)
            return
        end = ClientEnd(self)
        theirs = ServerEnd(simulation.network, server, self.view)
        join(self.view.name, end, theirs)
        end.out.drained = self._flush
        server.knocked(theirs, server.accept)
        self.machine.after(simulation.network.latency(), self._opened, end)

    def _refused(self) -> None:
        self._connecting = False
        self._try_again("no server answers")

    def _opened(self, end: ClientEnd) -> None:
        self._connecting = False
        if self._client.over is not None:
            end.shut("this program has left")
            return
        if not end.open:
            self._try_again("closed at once")
            return
        self.end = end
        end.heard_at = self.machine.clock
        self._client.connected()
        self._flush()
        self.machine.after(PING_EVERY, self._watch, end)

    def _try_again(self, why: str) -> None:
        self._client.disconnected(why, self.machine.clock)
        self._arrived()
        wait = self._client.wait_before_retry(self.machine.clock)
        self.machine.after(wait, self.connect)

    def _watch(self, end: ClientEnd) -> None:
        """Is the server still there? Ask when it has been quiet for a while."""
        if end is not self.end:
            return
        quiet_for = self.machine.clock - end.heard_at
        if quiet_for < PING_EVERY:
            self.machine.after(PING_EVERY - quiet_for, self._watch, end)
        elif end.pinged:
            self.simulation.counts["program: half-open link found"] += 1
            end.shut("the server does not answer")
        else:
            end.pinged = True
            end.write(PING)
            self.machine.after(PING_EVERY, self._watch, end)

    def _wake(self) -> None:
        if not self._wake_pending:
            self._wake_pending = True
            self.machine.after(0.0, self._flush)

    def _flush(self) -> None:
        self._wake_pending = False
        while self.end is not None and len(self.end.out.waiting) < MOST_WAITING:
            frame = self._client.take_frame(self.machine.clock)
            if not frame:
                return
            self.end.write(frame)

    def receive(self, end: ClientEnd, frame: bytes) -> None:
        client = self._client
        greeting, secret = client.stage is client_core.Stage.GREETING, client._secret
        theirs = end.other
        assert isinstance(theirs, ServerEnd)
        if end is not self.end:
            return
        before = len(client.events)
        try:
            client.receive(frame, self.machine.clock)
        except ProtocolError as error:
            raise invariants.Broken(invariants.ORDER, f"{self.view} cannot go on: {error}") from None
        if theirs.room is not None:
            chronicle = self.simulation.truth.of(theirs.room)
            if greeting and client.stage is client_core.Stage.LIVE:
                server = self.simulation.server
                away_for = self.simulation.now - server.lost_at.get(secret, 0.0)
                self._places.append(Place(chronicle, away_for, server.limits.resume_window))
                if self.sends_again:
                    waiting = len(client.outbox.waiting)
                    self.simulation.counts["program: message sent twice"] += waiting - client.outbox.unsent
                    client.outbox.unsent = waiting
            invariants.seen_when_on_disk(chronicle, client.seen)
            self.view.receive(islice(client.events, before, None), chronicle)
        self._arrived()
        if client.has_output:
            self._flush()

    def lost(self, end: ClientEnd, why: str) -> None:
        if end is self.end:
            self.end = None
            if self._client.over is None:
                self._try_again(why)
            self._arrived()
