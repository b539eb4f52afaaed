"""TCP connections that speak the starter protocol: bytes come in pieces of any size, lines go out."""

from __future__ import annotations

import asyncio
from typing import cast

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.wire_formats import LineWire
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_connection import SLOTS, Endpoint, SocketConnection
from roomcast.transports.socket_options import probe_silent_peers, send_at_once
from roomcast.transports.socket_wire import SocketWire
from roomcast.transports.transport_peer import Acceptor


class SocketLineWire(SocketWire, LineWire):
    """Lines of the starter protocol, for the connections of one listener."""

    def __init__(self, scheduler: Scheduler) -> None:
        SocketWire.__init__(self, scheduler)
        LineWire.__init__(self)


class LineConnection(SocketConnection, asyncio.Protocol):
    """A connection of a starter client."""

    __slots__ = SLOTS

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    # ------------------------------------------------------------------ from asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        socket = transport.get_extra_info("socket")
        send_at_once(socket)
        probe_silent_peers(socket)
        self._opened(self._endpoint, cast(asyncio.Transport, transport))  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        wait = self.peer.receive(data, self._now())
        if wait > 0:
            self._pause_reading(wait)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended(clean=exc is None)

    # ------------------------------------------------------------------ from the core

    def ping(self) -> None:
        """The starter protocol has no ping; keepalive probes find peers that have vanished."""

    def close(self, code: int, reason: str) -> None:
        if not self._closing:
            if self._socket.can_write_eof():
                self._socket.write_eof()
            self._await_close()


async def listen(accept: Acceptor, limits: Limits, scheduler: Scheduler, host: str, port: int) -> asyncio.Server:
    """Listen for starter clients. Raises OSError as `socket.bind` does."""
    endpoint = Endpoint(accept, limits, scheduler, SocketLineWire(scheduler))
    return await asyncio.get_running_loop().create_server(lambda: LineConnection(endpoint), host, port, backlog=1024)
