"""TCP connections that speak the starter protocol: bytes come in pieces of any size, lines go out."""

from __future__ import annotations

import asyncio
from typing import cast

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.room.wire_formats import LineWire
from roomcast.core.server.failures import Failures
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.lagged_connection import Lagging
from roomcast.transports.peer_address import peer_address
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_connection import SLOTS, Endpoint, SocketConnection
from roomcast.transports.socket_options import probe_silent_peers, send_at_once
from roomcast.transports.socket_wire import SocketWire
from roomcast.transports.transport_peer import Acceptor, Entrance


class SocketLineWire(SocketWire, LineWire):
    """Lines of the starter protocol, for the connections of one listener."""

    def __init__(self, scheduler: Scheduler, lines: LineCodec) -> None:
        SocketWire.__init__(self, scheduler)
        LineWire.__init__(self, lines)


class LineConnection(SocketConnection, asyncio.Protocol):
    """A connection of a starter client."""

    __slots__ = (*SLOTS, "_refused")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._refused = False

    def _make_peer(self, endpoint: Endpoint, transport: asyncio.Transport, address: str) -> None:
        socket = transport.get_extra_info("socket")
        send_at_once(socket)
        probe_silent_peers(socket)
        super()._make_peer(endpoint, transport, address)

    # ------------------------------------------------------------------ from asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._address, endpoint = peer_address(transport), self._endpoint
        if not endpoint.entrance.accepted(self._address, endpoint.scheduler.now()):
            self._refused = True
            cast(asyncio.Transport, transport).abort()
            return
        self._opened(endpoint, cast(asyncio.Transport, transport), self._address)  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        wait = self.peer.receive(data, self._now())
        if wait > 0:
            self._pause_reading(wait)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._refused:
            self._endpoint.entrance.ended(self._address, self._now())
            self._ended(clean=exc is None)

    # ------------------------------------------------------------------ from the core

    def ping(self) -> None:
        """The starter protocol has no ping; keepalive probes find peers that have vanished."""

    def close(self, code: int, reason: str) -> None:
        if not self._closing:
            if self._socket.can_write_eof():
                self._socket.write_eof()
            self._await_close()


async def listen(
    accept: Acceptor,
    limits: Limits,
    scheduler: Scheduler,
    host: str,
    port: int,
    entrance: Entrance,
    failures: Failures,
    lines: LineCodec = STANDARD,
    network: BadNetwork = NOT_BAD,
) -> asyncio.Server:
    """Listen for starter clients, who speak `lines`, through `network`. Raises OSError as `socket.bind` does."""
    accept = Lagging(accept, limits, scheduler).acceptor(network)
    endpoint = Endpoint(accept, limits, scheduler, SocketLineWire(scheduler, lines), entrance, failures)
    return await asyncio.get_running_loop().create_server(lambda: LineConnection(endpoint), host, port, backlog=1024)
