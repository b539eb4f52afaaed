"""Simulated programs: each has a room as `roomcast.join` returns it, on its own machine in the simulated network."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.client.client_room import ClientRoom
from roomcast.client.link import Link
from roomcast.client.where import Where
from roomcast.core.client import client_core
from roomcast.core.protocol.messages import Json
from roomcast.errors import TooFast
from roomcast.testing import invariants
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


class SimulatedRoom(ClientRoom):
    """A room in a simulated program. It has everything that `roomcast.Room` has.

    What arrives is run without a call, after up to 20 ms; `pump` runs it at once.
    """

    def __init__(self, environment: Environment, server: SimulatedServer, room: str, name: str) -> None:
        self.machine = Machine(environment.timeline)
        chance = environment.chance.random
        super().__init__(Where("ws://simulated/", room), name, chance=chance, clock=lambda: self.machine.clock)
        self.view = ProgramView(name)
        self.joined = False
        self.leaving = False
        self._environment = environment
        self._counts = environment.trace.counts
        self._server = server
        self._audit = ProgramAudit(self.view, environment.trace)
        self._pumping = False
        self._busy_until = 0.0  # by its clock
        self._wake_pending = False
        self._network = SimulatedClientNetwork(environment, self.machine, server, self.view.actions)
        self.core = self._client = AuditedCore(
            room,
            name,
            chance=chance,
            network=self._network,
            server=server,
            audit=self._audit,
            trace=environment.trace,
        )
        self._link = Link(
            self._where,
            self.core,
            self._lock,
            network=self._network,
            scheduler=self.machine,
            clock=self._clock,
            arrived=_Signal(self._arrived),
            ended=_Signal(),
        )

    @property
    def end(self) -> SimulatedConnection | None:
        """Its end of the open connection, if it has one."""
        connection = self._network.connection
        return connection if connection is not None and connection.is_open else None

    @property
    def connected(self) -> bool:
        """Whether it has a connection that works in both directions."""
        return self.end is not None and self.end.other.open and not self.end.out.dead

    def up_to_date(self, newest: TrueLog) -> bool:
        """Whether it is connected, has run the whole log, and everything that it sent is acknowledged."""
        return (
            self.connected
            and self._client.stage is client_core.Stage.LIVE
            and not self.unacknowledged
            and not self._waiting
            and not self._client.has_output
            and self.view.log is newest
            and self.seq == newest.last
        )

    # ------------------------------------------------------------------ what a program does

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived. Returns the number of entries run. `budget` and `wait` have no effect here."""
        count = 0
        while True:
            while self._calls:
                self._calls.popleft()()
            if not self._waiting:
                return count
            was_in, self.joined = self.joined, self.joined or isinstance(self._client.events[0], client_core.Joined)
            if self._next() is not None:
                count += 1
            if self.joined and not was_in:  # let the program register functions before more is run
                self._arrived()
                return count

    def __enter__(self) -> SimulatedRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<simulated room {self.name}, as {self.view}>"

    def leave(self) -> None:
        """Leave the room for good, once everything sent is acknowledged, or after two seconds."""
        if not self.leaving and self._client.over is None:
            self.leaving = True
            self.view.present = False
            self._link.leave()

    def hang(self, seconds: float) -> None:
        """Run nothing for `seconds`. The connection stays up: another thread of the program keeps it."""
        self._busy_until = max(self._busy_until, self.machine.clock + seconds)

    def crash(self) -> None:
        """End the program at once, without leaving the room."""
        self.view.present = False
        if self._network.connection is not None:
            self._network.connection.abort()  # the system closes its socket
        self.machine.end()

    def twin(self) -> SimulatedRoom | None:
        """A second program with the same session. It has not seen the room yet. None if this one is not in the room."""
        if not self.joined or self._client.over is not None:
            return None
        one = SimulatedRoom(self._environment, self._server, self.name, f"{self.view.name}'")
        one._client._secret, one._client._epoch = self._client._secret, self._client._epoch
        one._client.outbox.n = self._client.outbox.n
        one._client.me = one.view.me = self._client.me
        one._me = one._player(self._client.me)
        one._log = one._client.log = 1
        one.view.shared = self.view.shared = True
        one.view.log, one.view.sessions, one.joined = self.view.log, 1, True
        return one

    def _do(self, command: str, arguments: Raw, blobs: Blobs, to: tuple[str, ...] | None) -> None:
        try:
            super()._do(command, arguments, blobs, to)
        except TooFast:
            self._counts["program: send raised TooFast"] += 1
            raise
        if blobs:
            self._counts["program: call with bytes"] += 1
        else:
            self.view.actions.sent.append((command, bytes(arguments), to))
            self._counts["program: command"] += 1

    def _set(self, of: str, patch: dict[str, Json], *, whole: bool) -> None:
        super()._set(of, patch, whole=whole)
        self.view.actions.sent.append((of, patch, whole))
        self._counts["program: patch of shared state"] += 1

    # ------------------------------------------------------------------ what comes in

    def _next(self) -> Any:
        if self._came:
            return super()._next()
        event = self._client.events[0]
        entry = super()._next()
        welcome = isinstance(event, client_core.Joined | client_core.Resumed)
        self._audit.ran(event, self._fold, self.core.welcomes.popleft() if welcome else None)
        return entry

    def _arrived(self) -> None:
        if not self._pumping and self._waiting:
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

    def _wake(self) -> None:
        if not self._wake_pending:
            self._wake_pending = True
            self.machine.call_later(0.0, self._flush)

    def _flush(self) -> None:
        self._wake_pending = False
        invariants.little_unacknowledged(self.view.name, self.unacknowledged)
        self._link.flush()
