"""TCP connections that speak the starter protocol: bytes in whatever pieces, lines out."""

from __future__ import annotations

import asyncio
from typing import cast

from roomcast.core.room.wire_formats import LineWire
from roomcast.core.server.directory import Directory
from roomcast.core.server.line_peer import LinePeer
from roomcast.errors import Refused
from roomcast.transports.connection_timers import ReadThrottle, abort_later
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_options import cap_unsent_data, probe_silent_peers, send_at_once


class LineConnection(asyncio.Protocol):
    """One starter client. It is the core's `Connection`."""

    def __init__(
        self, directory: Directory, scheduler: Scheduler, wire: LineWire, room: str, names: tuple[str, ...]
    ) -> None:
        self._directory = directory
        self._scheduler = scheduler
        self._wire = wire
        self.behind = False
        self._room = room
        self._names = names

    # -- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self._transport = transport
        transport.set_write_buffer_limits(high=self._directory.limits.unread)
        socket = transport.get_extra_info("socket")
        send_at_once(socket)
        probe_silent_peers(socket)
        cap_unsent_data(socket)
        address = str((transport.get_extra_info("peername") or ("?",))[0])
        now = self._scheduler.now()
        self.peer = LinePeer(self._directory, self, self._wire, address, now)
        self._throttle = ReadThrottle(self.peer, transport, self._scheduler)
        try:
            self._directory.enter(self.peer)
        except Refused as error:
            self.peer.disconnect(error.code, error.message)
        else:
            self.peer.enter(self._room, self._names, now)

    def data_received(self, data: bytes) -> None:
        wait = self.peer.receive(data, self._scheduler.now())
        if wait > 0:
            self._throttle.pause(wait)

    def connection_lost(self, exc: Exception | None) -> None:
        self.peer.gone(self._scheduler.now(), clean=exc is None)

    def pause_writing(self) -> None:
        self.behind = True  # from inside `write`: the core is told by what that returns

    def resume_writing(self) -> None:
        self._scheduler.call_soon(self._resumed)  # perhaps from inside `write`, too

    def _resumed(self) -> None:
        if self.behind and not self._transport.is_closing():
            self.behind = False
            self.peer.resumed()

    # -- what the core asks for

    def write(self, data: bytes, /) -> bool:
        self._transport.write(data)
        return not self.behind

    def unread(self) -> int:
        return self._transport.get_write_buffer_size()

    def ping(self) -> None:
        """The starter protocol has no ping; the system's own probes find a dead peer."""

    def close(self, code: int, reason: str) -> None:
        # The client, who reads the end, closes. If we did, with more of it on its way to us, the system
        # would reset the connection, and our last line might not be read.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        abort_later(self, self._scheduler)

    def abort(self) -> None:
        self._transport.abort()


async def listen(
    directory: Directory, scheduler: Scheduler, host: str, port: int, room: str, names: tuple[str, ...]
) -> asyncio.Server:
    """Listen for starter clients, who all go into one room. Raises OSError as `socket.bind` does."""
    wire = LineWire()
    return await asyncio.get_running_loop().create_server(
        lambda: LineConnection(directory, scheduler, wire, room, names), host, port, backlog=1024
    )
