"""The simulated server: the real core's directory on a machine that can crash, with a disk that can fail."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.room.commit_log import Level
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.core.server.peer import Peer
from roomcast.server.acceptors import JsonAcceptor, LineAcceptor
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.server.driver import Driver
from roomcast.testing import bounds_invariants, rules_invariants
from roomcast.testing.actions import ActionLog, RemoteProgram
from roomcast.testing.audited_rules import AuditedKinds
from roomcast.testing.disk import MemoryStore
from roomcast.testing.disk_timing import DiskTiming
from roomcast.testing.environment import Environment
from roomcast.testing.handler_tasks import HandlerTasks
from roomcast.testing.marked_secrets import Secrets
from roomcast.testing.network import LINES, WIRE, End, connect_ends, make_half_open
from roomcast.testing.random_rules import Lab
from roomcast.testing.server_audit import ServerAudit
from roomcast.testing.session_times import SessionTimes
from roomcast.testing.simulated_peer import LineEnd, ServerEnd
from roomcast.testing.timeline import Callback, Machine, ScheduledCall

Acceptor: TypeAlias = Callable[[Connection, Wire, str, float], Peer]

CHECK_EVERY: Final = 1.0  # seconds between checks that are too slow to be made after each step


class CheckedScheduler:
    """The machine's event loop, for the driver: after each call, the promises are checked."""

    def __init__(self, machine: Machine, check: Callable[[], None]) -> None:
        self.now = machine.now
        self._machine = machine
        self._check = check

    def call_soon(self, call: Callback, /, *args: Any) -> ScheduledCall:
        return self._machine.call_soon(self._run, call, args)

    def call_later(self, delay: float, call: Callback, /, *args: Any) -> ScheduledCall:
        return self._machine.call_later(delay, self._run, call, args)

    def _run(self, call: Callback, args: tuple[Any, ...]) -> None:
        call(*args)
        self._check()


class SimulatedServer:
    """One server: its machine, its disk, and the directory of the running process (None while it is down)."""

    def __init__(
        self,
        environment: Environment,
        limits: Limits,
        *,
        level: Level,
        levels: Mapping[str, Level],
        snapshot_every: int,
        lab: Lab | None = None,
    ) -> None:
        self.limits = limits
        self.machine = Machine(environment.timeline)
        self.directory: Directory | None = None
        self.ends: dict[ServerEnd, None] = {}
        self.sessions = SessionTimes(environment.timeline)
        self.wall = 1_700_000_000.0  # the wall clock at the start, in seconds since 1970; it can jump
        self.audit = ServerAudit(environment.trace.counts)
        self.store = MemoryStore(
            level,
            levels=dict(levels),
            kept=limits.kept_entries,
            snapshot_every=snapshot_every,
            given=lambda: self.disk.wake(),
            appended=lambda *entry: self.kinds.appended(*entry),
        )
        self.lab = lab or Lab(environment.chance, Secrets())
        self.kinds = AuditedKinds(self.lab, self.store.last)
        self.disk = DiskTiming(environment, self.machine, self.store, lambda: self.check(None))
        self._environment = environment
        self._secrets: Iterator[int] = itertools.count(1)
        self._seeds: Iterator[int] = itertools.count(1)

    # ------------------------------------------------------------------ start and end

    def start(self) -> None:
        """Start the process, with what is on disk."""
        if self.directory is not None:
            return
        self.machine.start()
        self._closes = False
        self.disk.restart()
        self._runs = AsyncHandlers()
        self._driver = Driver(lambda: self.machine.clock + self.wall)
        self.directory = Directory(
            self.limits,
            secret=lambda: f"secret-{next(self._secrets)}",
            seed=lambda: f"seed-{next(self._seeds)}",
            clock=self._driver.clock,
            wake=self._driver.wake,
            store=self.store,
            show=self._show if self.kinds.classes else None,
            kinds=self.kinds,
            runs=self._runs,
        )
        self._tasks = HandlerTasks(self.machine, lambda: self.check(None))
        self._runs.serve(self.directory, self._tasks, self.machine.now)
        self._driver.start(self.directory, CheckedScheduler(self.machine, lambda: self.check(None)))
        self.store.start(lambda: self.machine.call_soon(self._poll_store))
        self.machine.call_later(CHECK_EVERY, self._check_all)

    def crash(self, *, power: bool, kept: int | None) -> None:
        """Kill the process. `power`: its machine loses power, so nobody is told; `kept` as in `MemoryStore.crash`."""
        self.check(None)
        for end in list(self.ends):
            if power:
                make_half_open(end)
            end.shut("the server has crashed")
        self._end()
        self.store.crash(kept)

    def close(self, down: float) -> None:
        """Shut down gracefully, and start again `down` seconds later."""
        if self.directory is not None and not self.closing:
            self._closes = True
            if self._runs:
                self._tasks.loop.create_task(self._close_runs(down))
            else:
                self._close(down)

    async def _close_runs(self, down: float) -> None:
        await self._runs.close()
        self.machine.call_soon(self._close, down)

    def _close(self, down: float) -> None:
        self._driver.close("the server is closing", lambda: self._closed(down))
        self.check(None)

    def _closed(self, down: float) -> None:
        """All connections have ended, but for those that were not accepted yet: these end with the process."""
        for end in list(self.ends):
            end.shut("the server has ended")
        self.check(None)
        self.store.save()
        self.check(None)
        self.audit.after_shutdown(self.running)
        self._end()
        self.store.crash()
        self._environment.timeline.call_later(down, self.start)

    def _end(self) -> None:
        self._runs.abandon_all()
        self._tasks.drain()
        self.sessions.all_disconnected()
        self.ends.clear()
        self.machine.end()
        self.directory = None

    def check(self, sender: RemoteProgram | None) -> None:
        """Check the promises after the server has done something; `sender`: whose bytes it handled."""
        if self.directory is not None:
            self.audit.after_step(self.directory, self.store, sender, self.machine.clock)

    def look_at(self, reader: RemoteProgram, data: bytes) -> None:
        """Check what is written to a connection: nothing in it is for others."""
        rules_invariants.nothing_leaks(self.lab.secrets, reader.actions.name, reader.player, data)

    def let_in(self, room: Room, program: RemoteProgram) -> None:
        """Note that a program is a player of a room."""
        self.audit.let_in(room, program)

    def _show(self, trace: CommandTrace) -> None:
        """What a screen beside the server shows."""
        shown = repr((trace.came, trace.went, trace.arguments)).encode()
        rules_invariants.nothing_leaks(self.lab.secrets, "the screen", "", shown)

    @property
    def closing(self) -> bool:
        """Whether it is being shut down."""
        return self._closes or (self.directory is not None and self.directory.closing)

    def _check_all(self) -> None:
        for end in [end for end in self.ends if not end.open]:
            del self.ends[end]
        self.audit.every_second(self.running)
        for end in self.ends:
            bounds_invariants.little_unread(end.sender.actions.name, end.written_while_paused)
        self.machine.call_later(CHECK_EVERY, self._check_all)

    @property
    def running(self) -> Directory:
        """The directory of the running process."""
        assert self.directory is not None
        return self.directory

    # ------------------------------------------------------------------ connections

    def connect(self, client: End, actions: ActionLog) -> ServerEnd:
        """A program connects with the JSON protocol. Its connection is accepted when the server next runs."""
        end = ServerEnd(self._environment, self, actions)
        self._connect(client, end, JsonAcceptor(self.running), WIRE, "10.0.0.1")
        return end

    def connect_lines(self, client: End, actions: ActionLog, room: str, names: tuple[str, ...]) -> LineEnd:
        """A line client connects to the listener of `room`, where players have these `names`."""
        end = LineEnd(self._environment, self, actions)
        self._connect(client, end, LineAcceptor(self.running, room, names), LINES, "10.0.0.2")
        return end

    def _connect(self, client: End, end: ServerEnd, acceptor: Acceptor, wire: Wire, address: str) -> None:
        connect_ends(end.sender.actions.name, client, end)
        client.out.reading = False  # nobody reads a connection that is not accepted
        self.ends[end] = None
        self.machine.call_soon(self._accept, end, acceptor, wire, address)

    def _accept(self, end: ServerEnd, acceptor: Acceptor, wire: Wire, address: str) -> None:
        if end.open:  # else it was lost before the server came to it
            end.accepted(acceptor(end, wire, address, self.machine.clock))
            end.resume_reading()

    def _poll_store(self) -> None:
        self._driver.poll_store()
        if self.directory is None:
            return
        admitted: dict[tuple[str, str], RemoteProgram] = {}
        for end in self.ends:  # some had waited for a room
            end.note_session()
            if end.room is not None:
                admitted[end.room.name, end.sender.player] = end.sender
        self.audit.after_step(self.directory, self.store, None, self.machine.clock, admitted)
