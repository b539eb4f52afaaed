"""Simulated programs that look on, without a seat: through the players' protocol, or as observers.

Each folds what it reads, and is checked after each entry: it has what those may see who only look on.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from roomcast.core.protocol import codec
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Entry, Hello, Hidden, Skipped, Snapshot, Welcome
from roomcast.core.protocol.observer_messages import History, HistoryRequest, Watch, Watching
from roomcast.core.room.fold import EMPTY, apply, restore
from roomcast.testing import state_invariants
from roomcast.testing.actions import ActionLog
from roomcast.testing.environment import Environment
from roomcast.testing.promises import ORDER, Broken
from roomcast.testing.simulated_client_network import SimulatedClientNetwork
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.timeline import Machine
from roomcast.testing.true_log import TrueLog
from roomcast.transports.client_network import ConnectionEnd

_AGAIN_AFTER: Final = 0.5  # seconds after a lost connection


class SimulatedOnlooker:
    """`observes`: as an observer, else as a spectator."""

    def __init__(self, environment: Environment, server: SimulatedServer, room: str, *, observes: bool) -> None:
        self.machine = Machine(environment.timeline)
        self.seq = -1  # of the newest entry that it has; -1: it has no state yet
        self._server = server
        self._room = room
        self._observes = observes
        self._counts = environment.trace.counts
        self._network = SimulatedClientNetwork(environment, self.machine, server, ActionLog("onlooker"))
        self._state = EMPTY
        self._at = 0  # the time of that entry
        self._log: TrueLog | None = None  # in which it reads
        self._left = False
        self.connect()

    def __str__(self) -> str:
        return "an observer" if self._observes else "a spectator"

    def connect(self) -> None:
        """Connect to the server, unless it has left."""
        if not self._left:
            self.seq, self._log = -1, None
            self._network.connect("", "", self)

    def leave(self) -> None:
        """Look on no more."""
        self._left = True
        if self._network.connection is not None:
            self._network.connection.close()

    # ------------------------------------------------------------------ what the network tells

    def opened(self) -> None:
        if self._observes:
            self._say(Watch(self._room, v=VERSIONS), HistoryRequest())
        else:
            self._say(Hello(self._room, "Eve", VERSIONS, meet=Meet(spectate=True)))

    def writable(self) -> None: ...

    def closed(self, end: ConnectionEnd) -> None:
        self.machine.call_later(_AGAIN_AFTER, self.connect)

    def received(self, frame: bytes) -> None:
        for message in codec.messages_of(frame):
            if isinstance(message, Watching):
                self.seq, self._log = -1, None
            elif isinstance(message, Welcome) and message.snapshot is not None:
                self._begin(message.s, message.snapshot)
            elif isinstance(message, Skipped):
                self._begin(message.last, message.snapshot)
            elif isinstance(message, History):
                self._take_page(message)
            elif isinstance(message, Entry | Hidden) and self.seq >= 0:
                self._follow(message)

    def _say(self, *messages: Struct) -> None:
        assert self._network.connection is not None
        for message in messages:
            self._network.connection.write(codec.encode(message))

    # ------------------------------------------------------------------ what it has

    def _take_page(self, page: History) -> None:
        if page.snapshot is not None:
            self._begin(page.after, page.snapshot)
        for line in page.entries:
            entry = codec.decode_server(bytes(line))
            assert isinstance(entry, Entry | Hidden)
            self._follow(entry)
        if page.entries and self.seq < page.last:
            self._say(HistoryRequest(self.seq, self._at))

    def _begin(self, seq: int, snapshot: Snapshot) -> None:
        room = self._server.running.rooms.get(self._room) if self._server.directory is not None else None
        self._log = None if room is None else self._server.audit.log_of(room)
        self.seq, self._state = seq, restore(snapshot)
        self._look()

    def _follow(self, entry: Entry | Hidden) -> None:
        if self._observes and entry.s != self.seq + 1:
            return  # what comes before its page, or was sampled away
        if entry.s != self.seq + 1:
            raise Broken(ORDER, f"{self} got entry {entry.s} after {self.seq}")
        self.seq, self._at = entry.s, entry.at
        if isinstance(entry, Entry):
            self._state = apply(self._state, entry)  # type: ignore[arg-type]  # each entry is one of the kinds
        self._look()

    def _look(self) -> None:
        """Compare what it has with the log, as long as that is the one in which it has begun."""
        log = self._log
        if log is not None and self.seq <= log.last and self._server.audit.newest(log) is log:
            self._counts["onlooker: state compared"] += 1
            state_invariants.is_the_fold(self, self._state, log, self.seq)
