"""A server's connections on a network that is bad on purpose: each direction has a `DelayLine`, and some are cut.

A lagged connection stands between a connection and its peer, and is the other one to each of them. It keeps both of
their contracts, and knows nothing of what carries the bytes: WebSockets, lines and simulated connections lag alike.
HTTP requests, the opening handshake and the answers to WebSocket pings are not delayed.

What waits here counts as unread, and what has come in is no more than `Limits.unread`: so a connection that lags takes
no more memory than one whose client does not read.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import Skipped
from roomcast.core.room.connection import Connection, Views, Wire
from roomcast.core.room.log import Log
from roomcast.transports.bad_network import BadNetwork
from roomcast.transports.connection_timers import SHORTEST_PAUSE, ReadThrottle
from roomcast.transports.delay_line import DelayLine
from roomcast.transports.scheduling import Handle, Scheduler
from roomcast.transports.socket_connection import NOBODY
from roomcast.transports.transport_peer import Acceptor, TransportPeer

_EACH: Final = 64  # bytes that a message which waits takes, beside its own
_CLOSE: Final = 4  # bytes of a close frame, beside its reason


class Lagging:
    """Accepts the connections of one listener, those that lag and those that do not."""

    def __init__(
        self, accept: Acceptor, limits: Limits, scheduler: Scheduler, dice: random.Random | None = None
    ) -> None:
        self._accept = accept
        self._limits = limits
        self._scheduler = scheduler
        self._random = dice or random.Random()
        self._wires: dict[Wire, LaggedWire] = {}

    def acceptor(self, network: BadNetwork) -> Acceptor:
        """Accepts connections on that network."""
        if not network:
            return self._accept

        def accept(connection: Connection, wire: Wire, address: str, now: float) -> TransportPeer:
            line, incoming = (DelayLine(network, self._scheduler, self._random) for _ in range(2))
            lagged = LaggedConnection(connection, line, self._limits.unread)
            cut = self._cut_later(network, lagged)
            if wire not in self._wires:
                self._wires[wire] = LaggedWire(wire)
            peer = lagged.peer = self._accept(lagged, self._wires[wire], address, now)
            return LaggedPeer(peer, lagged, incoming, self._scheduler, self._limits.unread, cut)

        return accept

    def _cut_later(self, network: BadNetwork, connection: LaggedConnection) -> Handle | None:
        if not network.drop:
            return None
        return self._scheduler.call_later(self._random.expovariate(network.cuts_a_second), connection.cut)


class LaggedConnection:
    """The connection, as its peer has it: what is written goes out later."""

    __slots__ = ("_closing", "_inner", "_line", "_most", "behind", "ended_by_peer", "group", "peer")

    def __init__(self, inner: Connection, line: DelayLine, most: int) -> None:
        self.behind = False
        self.ended_by_peer = False  # what comes in is of no interest any more
        self.group: LaggedGroup | None = None
        self.peer: TransportPeer = NOBODY
        self._inner = inner
        self._line = line
        self._most = most
        self._closing = False

    def write(self, data: bytes, /) -> bool:
        if not self._closing:
            self._line.put(len(data), self._send, data)
            self.behind = self.behind or self.unread() > self._most
        return not self.behind

    def unread(self) -> int:
        return self._line.size + self._inner.unread()

    def read_again(self) -> None:
        """Nothing: it asks the peer again by itself."""

    def ping(self) -> None:
        if not self._closing:
            self._line.put(0, self._inner.ping)

    def close(self, code: int, reason: str) -> None:
        if not self._closing:
            self.ended_by_peer = True
            self._line.put(_CLOSE + len(reason), self._inner.close, code, reason)
            self._stop()

    def abort(self) -> None:
        self.ended_by_peer = True
        self.cut()

    def cut(self) -> None:
        """The bad network ends the connection: for the peer, as if it had been lost."""
        self._stop()
        self._line.clear()
        self._inner.abort()

    def look(self) -> None:
        """It is behind no longer once little waits, or nothing in the line, and the connection itself is not behind."""
        if not self.behind or self._inner.behind:
            return
        if not self._line.size or self.unread() <= self._most // 4:
            self.behind = False
            self.peer.resumed()

    def fell_behind(self) -> None:
        if not self.behind:
            self.behind = True
            self.peer.fell_behind()

    def ended(self) -> None:
        self._stop()
        self._line.clear()
        self.peer = NOBODY  # no reference cycle may remain

    def _send(self, data: bytes) -> None:
        if not self._inner.write(data):
            self.fell_behind()
        self.look()

    def _stop(self) -> None:
        self._closing = True
        if self.group is not None:
            self.group.discard(self)


class LaggedPeer:
    """The peer, as the connection has it: it is told of everything later."""

    __slots__ = ("_connection", "_cut", "_held", "_line", "_most", "_now", "_peer", "_throttle")

    def __init__(
        self,
        peer: TransportPeer,
        connection: LaggedConnection,
        line: DelayLine,
        scheduler: Scheduler,
        most: int,
        cut: Handle | None,
    ) -> None:
        self._peer = peer
        self._connection = connection
        self._line = line
        self._most = most
        self._cut = cut
        self._held = False
        self._now = scheduler.now
        self._throttle = ReadThrottle(peer, self, scheduler)

    @property
    def leaves(self) -> bool:
        return self._peer.leaves

    def receive(self, data: bytes, now: float, /) -> float:
        self._line.put(_EACH + len(data), self._tell, self._peer.receive, data)
        return self.read_on(now)

    def control(self, size: int, now: float, /) -> float:
        self._line.put(_EACH, self._tell, self._peer.control, size)
        return self.read_on(now)

    def read_on(self, now: float, /) -> float:
        return SHORTEST_PAUSE if self._held or self._line.size > self._most else 0.0

    def fell_behind(self) -> None:
        self._connection.fell_behind()

    def resumed(self) -> None:
        self._connection.look()

    def disconnect(self, code: str, message: str, close: int = 0) -> None:
        self._line.put(0, self._peer.disconnect, code, message, close)

    def gone(self, now: float, *, clean: bool) -> None:
        if self._cut is not None:
            self._cut.cancel()
        self._connection.ended()
        if self._connection.ended_by_peer:
            self._line.clear()
            self._peer.gone(now, clean=clean)
        else:
            self._line.put(0, self._gone, clean)

    # ------------------------------------------------------------------ what has come out of the line

    def _tell(self, call: Callable[[Any, float], float], what: object) -> None:
        wait = call(what, self._now())
        if wait > 0:
            self._throttle.pause(wait)

    def _gone(self, clean: bool) -> None:
        self._peer.gone(self._now(), clean=clean)

    # ------------------------------------------------------------------ for the throttle

    def pause_reading(self) -> None:
        self._held = True
        self._line.hold()

    def resume_reading(self) -> None:
        self._held = False
        self._line.go_on()

    def is_closing(self) -> bool:
        return self._connection.ended_by_peer


class LaggedWire:
    """The wire of a listener's connections that lag. It encodes as theirs, and writes to each on its own."""

    def __init__(self, inner: Wire) -> None:
        self._inner = inner

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, Views | None]:
        return self._inner.render(log, after, upto)

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        return self._inner.skipped(skipped, player)

    def tick(self, at: int) -> bytes:
        return self._inner.tick(at)

    def pack(self, lines: Sequence[bytes]) -> bytes:
        return self._inner.pack(lines)

    def group(self, connections: Iterable[Connection] = ()) -> LaggedGroup:
        return LaggedGroup(connections)


class LaggedGroup:
    """Connections that lag, and are sent the same bytes."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._connections = dict.fromkeys(cast(Iterable[LaggedConnection], connections))

    def add(self, connection: Connection, /) -> None:
        lagged = cast(LaggedConnection, connection)
        lagged.group = self
        self._connections[lagged] = None

    def discard(self, connection: Connection, /) -> None:
        self._connections.pop(cast(LaggedConnection, connection), None)

    def __len__(self) -> int:
        return len(self._connections)

    def deliver(self, data: bytes, /) -> Sequence[Connection]:
        return [connection for connection in self._connections if not connection.write(data)]
