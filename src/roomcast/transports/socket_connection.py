"""What the server's connections on sockets have in common, be they WebSockets or lines: both are asyncio transports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.connection import Wire
from roomcast.core.server.failures import Failures
from roomcast.transports import fanout
from roomcast.transports.connection_timers import ReadThrottle, abort_later
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_options import cap_unsent_data
from roomcast.transports.socket_wire import SocketGroup, SocketWriter
from roomcast.transports.transport_peer import Acceptor, Entrance, TransportPeer

SLOTS: Final = (
    "_address",
    "_closing",
    "_endpoint",
    "_now",
    "_socket",
    "_throttle",
    "behind",
    "group",
    "peer",
    "send",
    "stream",
)
"""The attributes of a `SocketConnection`. Subclasses declare them, as their other bases have layouts of their own."""


class SocketWires(Wire, Protocol):
    """A wire of connections on sockets: `SocketWire` and a format."""

    def paused(self, connection: SocketWriter) -> None: ...

    def resumed(self, connection: SocketWriter) -> None: ...

    def forget(self, connection: SocketWriter) -> None: ...


class Endpoint(NamedTuple):
    """What the connections of one listener share."""

    accept: Acceptor
    limits: Limits
    scheduler: Scheduler
    wire: SocketWires
    entrance: Entrance
    failures: Failures


class SocketConnection:
    """The core's `Connection` on an asyncio transport; subclasses add what their protocol has: `close` and `ping`."""

    if not TYPE_CHECKING:  # mypy knows slots only where the attributes are assigned
        __slots__ = ()

    _address: str  # of the client, for the core
    _closing: bool  # by us: nothing more is written
    _endpoint: Endpoint
    _now: Callable[[], float]
    _socket: asyncio.Transport
    _throttle: ReadThrottle | None  # made when it is needed: idle connections are to be small
    behind: bool
    group: SocketGroup | None
    peer: TransportPeer
    send: Callable[[bytes], object]
    stream: tuple[fanout.OutputStream, int]

    def _opened(self, endpoint: Endpoint, transport: asyncio.Transport, address: str) -> None:
        """Set everything up, and let the core make the peer; `address` is the client's IP address."""
        self._endpoint = endpoint
        self._now = endpoint.scheduler.now
        self._socket = transport
        self._throttle = None
        self.group = None
        self._closing = self.behind = False
        self.peer = NOBODY
        try:
            self._make_peer(endpoint, transport, address)
        except Exception as error:
            endpoint.failures.add("a new connection was ended, for something in the server failed", "", error)
            self.send = _nothing
            self.abort()

    def _make_peer(self, endpoint: Endpoint, transport: asyncio.Transport, address: str) -> None:
        socket = transport.get_extra_info("socket")
        cap_unsent_data(socket)
        transport.set_write_buffer_limits(high=endpoint.limits.unread)
        self.send = transport.write
        self.stream = transport, socket.fileno()
        self.peer = endpoint.accept(self, endpoint.wire, address, self._now())

    # ------------------------------------------------------------------ what the core asks for

    def write(self, data: bytes, /) -> bool:
        try:
            self.send(data)
        except Exception as error:
            self.write_failed(error)
            return True
        if self.behind:
            self._endpoint.wire.forget(self)  # whoever called is told
            return False
        return True

    def write_failed(self, error: Exception) -> None:
        self._endpoint.failures.add("a connection was ended, for writing to it failed", "", error)
        self.abort()

    def unread(self) -> int:
        return self._socket.get_write_buffer_size()

    def read_again(self) -> None:
        if self._throttle is not None:
            self._throttle.read_again()

    def abort(self) -> None:
        self._stop_writing()
        self._socket.abort()

    def ping(self) -> None:
        raise NotImplementedError

    def close(self, code: int, reason: str) -> None:
        raise NotImplementedError

    def _stop_writing(self) -> None:
        self._closing = True
        self.send = _nothing
        if self.group is not None:
            self.group.discard(self)

    def _await_close(self) -> None:
        """We have said that we close; the connection ends when the client answers.

        If it ended here first, with more of the client's bytes on their way, the system would reset the connection, and
        the client might not read the last words (RFC 6455, section 7.1.1).
        """
        self._stop_writing()
        abort_later(self, self._endpoint.scheduler)

    # ------------------------------------------------------------------ what the event loop tells

    def _pause_reading(self, seconds: float) -> None:
        if self._throttle is None:
            self._throttle = ReadThrottle(self.peer, self._socket, self._endpoint.scheduler)
        self._throttle.pause(seconds)

    def pause_writing(self) -> None:
        self._endpoint.wire.paused(self)

    def resume_writing(self) -> None:
        self._endpoint.wire.resumed(self)

    def _ended(self, *, clean: bool) -> None:
        self._stop_writing()
        self._endpoint.wire.forget(self)
        peer, self.peer, self._throttle = self.peer, NOBODY, None  # no reference cycle may remain
        peer.gone(self._now(), clean=clean)


class _Nobody:
    """The peer of a connection for which none could be made."""

    leaves = False

    def receive(self, data: bytes, now: float, /) -> float:
        return 0.0

    def control(self, size: int, now: float, /) -> float:
        return 0.0

    def read_on(self, now: float, /) -> float:
        return 0.0

    def fell_behind(self) -> None: ...

    def resumed(self) -> None: ...

    def disconnect(self, code: str, message: str, close: int = 0) -> None: ...

    def gone(self, now: float, *, clean: bool) -> None: ...


NOBODY: Final = _Nobody()


def _nothing(data: bytes, /) -> None:
    """Takes the place of a socket's `write`."""
