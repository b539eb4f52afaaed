"""Simulated programs: each has a room as `roomcast.join` returns it, on its own machine in the simulated network."""

from __future__ import annotations

from collections import deque
from itertools import islice
from types import TracebackType
from typing import Any, Final

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.client.client_room import ClientRoom
from roomcast.client.link import LEAVE_WITHIN
from roomcast.client.where import Where
from roomcast.core.client import client_core
from roomcast.core.protocol.messages import Json
from roomcast.errors import ProtocolError, TooFast
from roomcast.testing import invariants
from roomcast.testing.client_end import ClientEnd
from roomcast.testing.environment import Environment
from roomcast.testing.network import PING
from roomcast.testing.program_audit import ProgramAudit
from roomcast.testing.program_view import ProgramView, Welcome
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.timeline import Machine
from roomcast.testing.true_log import TrueLog
from roomcast.transports.client_network import CONNECT_WITHIN, PING_EVERY

MOST_UNSENT: Final = 64 * 1024  # bytes in the send buffer above which a program writes no more
FRAME_TIME: Final = 0.02  # seconds: the longest time until a program runs what has arrived


class SimulatedRoom(ClientRoom):
    """A room in a simulated program. It has everything that `roomcast.Room` has.

    What arrives is run without a call, after up to 20 ms; `pump` runs it at once.
    """

    def __init__(self, environment: Environment, server: SimulatedServer, room: str, name: str) -> None:
        self.machine = Machine(environment.timeline)
        chance = environment.chance.random
        super().__init__(Where("ws://simulated/", room), name, chance=chance, clock=lambda: self.machine.clock)
        self.end: ClientEnd | None = None
        self.view = ProgramView(name)
        self.joined = False
        self.leaving = False
        self.sends_again = False  # after a resume it sends even what the server has: simpler clients may do so
        self._environment = environment
        self._network = environment.network
        self._counts = environment.trace.counts
        self._server = server
        self._audit = ProgramAudit(self.view, environment.trace)
        self._welcomes: deque[Welcome] = deque()  # one for each welcome that has arrived and was not run
        self._pumping = False
        self._busy_until = 0.0  # by its clock
        self._connecting = False
        self._flush_scheduled = False

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
            self._leave_when_done(self.machine.clock + LEAVE_WITHIN)

    def _leave_when_done(self, give_up: float) -> None:
        if self.end is not None and self._client.unacknowledged and self.machine.clock < give_up:
            self.machine.call_later(0.05, self._leave_when_done, give_up)
            return
        self._client.leave()
        self._arrived()
        if self.end is not None:
            self.end.close(1000)

    def hang(self, seconds: float) -> None:
        """Run nothing for `seconds`. The connection stays up: another thread of the program keeps it."""
        self._busy_until = max(self._busy_until, self.machine.clock + seconds)

    def crash(self) -> None:
        """End the program at once, without leaving the room."""
        self.view.present = False
        if self.end is not None:
            self.end.shut("the program has ended")
            self.end = None
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
        self._audit.ran(event, self._fold, self._welcomes.popleft() if welcome else None)
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
        if self._client.over is None and self.end is None and not self._connecting:
            self._connecting = True
            self._environment.timeline.call_later(self._network.latency(), self._reach_server, self.machine.life)

    def _reach_server(self, life: int) -> None:
        """The request to connect has arrived at the server's machine."""
        if life != self.machine.life:
            return
        down = self._network.down
        if down or not self._server.machine.on:
            self.machine.call_later(CONNECT_WITHIN if down else self._network.latency(), self._refused)
            return
        end = ClientEnd(self._network, self.machine, self)
        self._server.connect(end, self.view.actions)
        end.out.drained = self._flush
        self.machine.call_later(self._network.latency(), self._opened, end)

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
        self.machine.call_later(PING_EVERY, self._watch, end)

    def _try_again(self, why: str) -> None:
        self._client.disconnected(why, self.machine.clock)
        self._arrived()
        wait = self._client.wait_before_retry(self.machine.clock)
        self.machine.call_later(wait, self.connect)

    def _watch(self, end: ClientEnd) -> None:
        """Ping the server when it has been quiet; close the connection when it does not answer."""
        if end is not self.end:
            return
        quiet_for = self.machine.clock - end.heard_at
        if quiet_for < PING_EVERY:
            self.machine.call_later(PING_EVERY - quiet_for, self._watch, end)
        elif end.pinged:
            self._counts["program: half-open connection found"] += 1
            end.shut("the server does not answer")
        else:
            end.pinged = True
            end.write(PING)
            self.machine.call_later(PING_EVERY, self._watch, end)

    def _wake(self) -> None:
        if not self._flush_scheduled:
            self._flush_scheduled = True
            self.machine.call_later(0.0, self._flush)

    def _flush(self) -> None:
        self._flush_scheduled = False
        invariants.little_unacknowledged(self.view.name, self.unacknowledged)
        while self.end is not None and len(self.end.out.waiting) < MOST_UNSENT:
            frame = self._client.take_frame(self.machine.clock)
            if not frame:
                return
            self.end.write(frame)

    # ------------------------------------------------------------------ called by the connection

    def receive(self, end: ClientEnd, frame: bytes) -> None:
        """A frame has arrived: give it to the client core, and check the promises."""
        if end is not self.end:
            return
        client = self._client
        greeting, secret = client.stage is client_core.Stage.GREETING, client._secret
        before = len(client.events)
        try:
            client.receive(frame, self.machine.clock)
        except ProtocolError as error:
            raise invariants.Broken(invariants.ORDER, f"{self.view} cannot go on: {error}") from None
        theirs = end.other
        assert isinstance(theirs, ServerEnd)
        if theirs.room is not None:
            log = self._server.audit.log_of(theirs.room)
            if greeting and client.stage is client_core.Stage.LIVE:
                self._welcomed(log, secret)
            invariants.seen_when_on_disk(log, client.seen)
            self._audit.received(islice(client.events, before, None), log)
        self._arrived()
        if client.has_output:
            self._flush()

    def _welcomed(self, log: TrueLog, secret: str) -> None:
        server, outbox = self._server, self._client.outbox
        self._welcomes.append(Welcome(log, server.sessions.away_for(secret), server.limits.resume_window))
        if self.sends_again:
            self._counts["program: message sent twice"] += len(outbox.waiting) - outbox.unsent
            outbox.unsent = len(outbox.waiting)

    def lost(self, end: ClientEnd, why: str) -> None:
        """The connection has ended: connect again, unless the room is closed."""
        if end is self.end:
            self.end = None
            if self._client.over is None:
                self._try_again(why)
            self._arrived()
