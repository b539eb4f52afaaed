"""Simulated programs: each has a room as `roomcast.join` returns it, on its own machine in the simulated network."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final

from roomcast.client.asking import Answer
from roomcast.client.client_room import ClientRoom
from roomcast.client.json_types import Argument
from roomcast.client.link import Link
from roomcast.client.running import RunningCall
from roomcast.client.where import Where
from roomcast.client.world import World
from roomcast.core.client.client_events import Joined
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol.messages import Entry, Json
from roomcast.testing import bounds_invariants
from roomcast.testing.audited_core import AuditedCore
from roomcast.testing.environment import Environment
from roomcast.testing.program_audit import ProgramAudit
from roomcast.testing.program_view import ProgramView
from roomcast.testing.simulated_client_network import SimulatedClientNetwork, SimulatedConnection
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.timeline import Machine
from roomcast.testing.true_log import TrueLog

FRAME_TIME: Final = 0.02  # seconds: the longest time until a program runs what has arrived


class _Signal:
    """Calls back at once when it is set, where real programs set an event."""

    def __init__(self, callback: Callable[[], None] = lambda: None) -> None:
        self.set = callback

    def is_set(self) -> bool:
        return False


class SimulatedRoom(ClientRoom):
    """A room in a simulated program. It has everything that `roomcast.Room` has.

    What arrives is run without a call, after up to 20 ms; `pump` runs it at once.
    """

    def __init__(self, environment: Environment, server: SimulatedServer, room: str, name: str) -> None:
        self.machine = Machine(environment.timeline)
        self.view = ProgramView(name)
        self.joined = False
        self.leaving = False
        self.when_joined: Callable[[], None] = lambda: None  # called once, before anything is run
        self._environment = environment
        self._server = server
        self._audit = ProgramAudit(self.view, environment.trace)
        self._pumping = False
        self._busy_until = 0.0  # by its clock
        self._wake_pending = False
        self._wires = SimulatedClientNetwork(environment, self.machine, server, self.view.actions)
        self.core = AuditedCore(
            room,
            name,
            chance=environment.chance.random,
            network=self._wires,
            server=server,
            audit=self._audit,
            trace=environment.trace,
        )
        self.view.ruled = bool(self.core.handled)
        where = Where("ws://simulated/", room)
        super().__init__(where, name, core=self.core, clock=self.machine.now)
        self._sender.waker = self
        self._link = Link(
            where.url,
            self.core,
            network=self._wires,
            scheduler=self.machine,
            arrived=_Signal(self._arrived),
            ended=_Signal(),
        )

    @property
    def end(self) -> SimulatedConnection | None:
        """Its end of the open connection, if it has one."""
        connection = self._wires.connection
        return connection if connection is not None and connection.is_open else None

    @property
    def connected(self) -> bool:
        """Whether it has a connection that works in both directions."""
        return self.end is not None and self.end.other.open and not self.end.out.dead

    @property
    def runs(self) -> bool:
        """Whether it runs what arrives: it neither sleeps nor hangs."""
        return self.machine.awake and self.machine.clock >= self._busy_until

    def up_to_date(self, newest: TrueLog) -> bool:
        """Whether it runs, is connected, has run the whole log, and everything that it sent is acknowledged."""
        return (
            self.runs
            and self.connected
            and self._core.stage is Stage.LIVE
            and not self.unacknowledged
            and not self._inbox.waiting
            and not self._core.has_output
            and self.view.log is newest
            and self.seq == newest.last
        )

    # ------------------------------------------------------------------ what a program does

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived. Returns the number of entries run. `budget` and `wait` have no effect here."""
        count, queue = 0, self._inbox.queue
        while True:
            while queue.calls:
                queue.calling = True
                queue.calls.popleft()()
            queue.calling = False
            if self._inbox.timer_runner.take(self._core.ticked):
                continue
            if not self._inbox.waiting:
                if self._link.paused:
                    self.wake()
                self._inbox.timer_runner.ask_for_time()
                return count
            was_in, self.joined = self.joined, self.joined or isinstance(self._core.events[0], Joined)
            if self._run_next() is not None:
                count += 1
            if self.joined and not was_in:  # let the program register functions before more is run
                self.when_joined()
                self._arrived()
                return count

    def _running_call(self) -> RunningCall | None:
        return self._inbox.queue.running_call()

    def ask(self, name: str, /, *args: Argument, **kwargs: Argument) -> Answer:
        """Ask the rules of the room, as `roomcast.Room.ask`. No thread brings the answer: `then` tells of it."""
        answer = Answer(name)
        self._ask(name, args, kwargs, answer.pending)
        return answer

    def world(self, save: Callable[[], Json]) -> World:
        self.view.keeps_world = True
        return super().world(save)

    def __enter__(self) -> SimulatedRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<simulated room {self.name}, as {self.view}>"

    def leave(self) -> None:
        """Leave the room for good, once everything sent is acknowledged, or after two seconds."""
        if not self.leaving and self._core.over is None:
            self.leaving = True
            self.view.present = False
            self._link.leave()

    def hang(self, seconds: float) -> None:
        """Run nothing for `seconds`. The connection stays up: another thread of the program keeps it."""
        self._busy_until = max(self._busy_until, self.machine.clock + seconds)

    def crash(self) -> None:
        """End the program at once, without leaving the room."""
        self.view.present = False
        if self._wires.connection is not None:
            self._wires.connection.abort()  # the system closes its socket
        self.machine.end()

    def twin(self) -> SimulatedRoom | None:
        """A second program with the same session. It has not seen the room yet. None if this one is not in the room."""
        if not (self.joined and self.view.has_begun) or self._core.over is not None:
            return None
        one = SimulatedRoom(self._environment, self._server, self.name, f"{self.view.name}'")
        one._core._secret, one._core._epoch = self._core._secret, self._core._epoch
        one._core.outbox.n = one._core.outbox.newest = self._core.outbox.n
        one._core.follower.settlement.begin(self._core.follower.settlement.began)
        one._core.me = one.view.me = self._core.me
        one._replica.me = one._replica.player(self._core.me)
        one._replica.log = one._core.follower.log = 1
        one.view.shared = self.view.shared = True
        one.view.log, one.view.sessions, one.joined = self.view.log, 1, True
        return one

    # ------------------------------------------------------------------ what comes in

    def _run_next(self) -> Entry | None:
        self._inbox.worlds.skip_what_came_before()
        if self._inbox.queue.calls:
            return None
        event = self._inbox.upcoming
        entry = self._inbox.next()
        if event is not None:
            self._audit.ran(event, self._replica.fold, self.core.welcome(event))
        return entry

    def _arrived(self) -> None:
        # Where nothing is to run, a tick may have come for a timer that was cancelled: the next one is asked for.
        if not self._pumping and (self._inbox.ready or self._inbox.timer_runner.timers is not None):
            self._pumping = True
            self.machine.call_later(FRAME_TIME * self._environment.chance.random(), self._pump)

    def _pump(self) -> None:
        if self.machine.clock < self._busy_until:
            self.machine.call_later(self._busy_until - self.machine.clock, self._pump)
        else:
            self._pumping = False
            self.pump()

    # ------------------------------------------------------------------ the connection

    def connect(self) -> None:
        """Connect to the server, and again whenever the connection is lost, until the room is closed."""
        self._link.start()

    def wake(self) -> None:
        """Something was sent: write it in the next turn of the program's event loop."""
        if not self._wake_pending:
            self._wake_pending = True
            self.machine.call_later(0.0, self._flush)

    def measure(self) -> None:
        """Ping the server now and then."""
        self.machine.call_later(0.0, self._link.measure)

    def _flush(self) -> None:
        self._wake_pending = False
        bounds_invariants.little_unacknowledged(self.view.name, self.unacknowledged)
        self._link.flush()
