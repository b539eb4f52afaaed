"""The client core of a simulated program: the real one, and every frame that it receives is checked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.errors import ProtocolError
from roomcast.testing import invariants
from roomcast.testing.program_audit import ProgramAudit
from roomcast.testing.program_view import Welcome
from roomcast.testing.simulated_client_network import SimulatedClientNetwork
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.trace import Trace
from roomcast.testing.true_log import TrueLog


class AuditedCore(ClientCore):
    """Compares what arrives with what the server's side looks like at that moment."""

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
        self.welcomes: deque[Welcome] = deque()  # one for each welcome that has arrived and was not run
        self._network = network
        self._server = server
        self._audit = audit
        self._counts = trace.counts

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
        self.welcomes.append(Welcome(log, server.sessions.away_for(secret), server.limits.resume_window))
        if self.sends_again:
            self._counts["program: message sent twice"] += len(outbox.waiting) - outbox.unsent
            outbox.unsent = len(outbox.waiting)
