"""The client core of a simulated program: the real one, and every frame that it receives is checked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice

from msgspec import Raw

from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.core.client.parcels import ArgumentKey
from roomcast.core.protocol.messages import Json
from roomcast.errors import ProtocolError, TooFast
from roomcast.testing import invariants
from roomcast.testing.program_audit import ProgramAudit
from roomcast.testing.program_view import WelcomeContext
from roomcast.testing.simulated_client_network import SimulatedClientNetwork
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.trace import Trace
from roomcast.testing.true_log import TrueLog


class AuditedCore(ClientCore):
    """Records what the program sends; compares what arrives with what the server's side looks like at that moment."""

    def __init__(
        self,
        room: str,
        name: str,
        *,
        chance: Callable[[], float],
        network: SimulatedClientNetwork,
        server: SimulatedServer,
        audit: ProgramAudit,
        trace: Trace,
    ) -> None:
        super().__init__(room, name, chance=chance)
        self.sends_again = False  # after a resume it sends even what the server has: simpler clients may do so
        self.welcomes: deque[WelcomeContext] = deque()  # one for each welcome that has arrived and was not run
        self._network = network
        self._server = server
        self._audit = audit
        self._counts = trace.counts

    def do(self, command: str, arguments: Raw, to: tuple[str, ...] | None, now: float) -> int:
        try:
            n = super().do(command, arguments, to, now)
        except TooFast:
            self._counts["program: send raised TooFast"] += 1
            raise
        self._audit.view.actions.sent.append((command, bytes(arguments), to))
        self._counts["program: command"] += 1
        return n

    def send(
        self, command: str, arguments: Raw, blobs: Mapping[ArgumentKey, bytes], to: tuple[str, ...] | None
    ) -> None:
        try:
            super().send(command, arguments, blobs, to)
        except TooFast:
            self._counts["program: send raised TooFast"] += 1
            raise
        self._counts["program: call with bytes"] += 1

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> int:
        n = super().set(of, patch, whole=whole)
        self._audit.view.actions.sent.append((of, patch, whole))
        self._counts["program: patch of shared state"] += 1
        return n

    def receive(self, frame: bytes, now: float) -> None:
        greeting, secret = self.stage is Stage.GREETING, self._secret
        before = len(self.events)
        try:
            super().receive(frame, now)
        except ProtocolError as error:
            raise invariants.Broken(invariants.ORDER, f"{self._audit.view} cannot go on: {error}") from None
        connection = self._network.connection
        assert connection is not None
        theirs = connection.other
        assert isinstance(theirs, ServerEnd)
        if theirs.room is not None:
            log = self._server.audit.log_of(theirs.room)
            if greeting and self.stage is Stage.LIVE:
                self._let_in(log, secret)
            invariants.seen_when_on_disk(log, self.seen)
            self._audit.received(islice(self.events, before, None), log)

    def _let_in(self, log: TrueLog, secret: str) -> None:
        server, outbox = self._server, self.outbox
        self.welcomes.append(WelcomeContext(log, server.sessions.away_for(secret), server.limits.resume_window))
        if self.sends_again:
            self._counts["program: message sent twice"] += len(outbox.waiting) - len(outbox.unsent)
            outbox.send_all_again()
