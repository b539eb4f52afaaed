"""TCP connections that speak the starter protocol: bytes in whatever pieces, lines out."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final, cast

from roomcast.core.room.wire_formats import LineWire
from roomcast.core.server.directory import Directory
from roomcast.core.server.line_peer import LinePeer
from roomcast.errors import BadArgument, Refused
from roomcast.transports.socket_options import leave_waiting_to_us, watch_over

GOODBYE_WITHIN: Final = 1.0  # seconds that a client may take to close, when we have

WIRE: Final = LineWire()


class LineConnection(asyncio.Protocol):
    """One starter client. It is the core's `Connection`; `write` is the socket's own."""

    def __init__(self, directory: Directory, room: str, names: tuple[str, ...]) -> None:
        self._directory = directory
        self._room = room
        self._names = names

    # -- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods only
        self._transport = transport
        self.write = transport.write
        transport.set_write_buffer_limits(high=self._directory.limits.unread)
        watch_over(transport.get_extra_info("socket"))
        leave_waiting_to_us(transport.get_extra_info("socket"))
        address = str((transport.get_extra_info("peername") or ("?",))[0])
        now = monotonic()
        self.peer = LinePeer(self._directory, self, WIRE, address, now)
        try:
            self._directory.enter(self.peer)
            self.peer.enter(self._room, self._names, now)
        except (Refused, BadArgument) as error:
            self.peer.disconnect(error.code if isinstance(error, Refused) else "bad-name", str(error))

    def data_received(self, data: bytes) -> None:
        wait = self.peer.receive(data, monotonic())
        if wait > 0:
            self._hold(wait)

    def connection_lost(self, exc: Exception | None) -> None:
        self.peer.gone(monotonic(), clean=exc is None)

    def pause_writing(self) -> None:
        self.peer.paused()

    def resume_writing(self) -> None:
        self.peer.resumed()

    def _hold(self, seconds: float) -> None:
        """Read no more for so long: what comes too fast waits at the sender's."""
        self._transport.pause_reading()
        asyncio.get_running_loop().call_later(seconds, self._read_on)

    def _read_on(self) -> None:
        if self._transport.is_closing():
            return
        wait = self.peer.read_on(monotonic())
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._read_on)
        else:
            self._transport.resume_reading()

    # -- what the core asks for

    def unread(self) -> int:
        return self._transport.get_write_buffer_size()

    def ping(self) -> None:
        """The starter protocol has no ping; the system's own probes find a dead peer."""

    def close(self, code: int, reason: str) -> None:
        # The client, who reads the end, closes. If we did, with more of it on its way to us, the system
        # would reset the connection, and our last line might not be read.
        if self._transport.can_write_eof():
            self._transport.write_eof()
        asyncio.get_running_loop().call_later(GOODBYE_WITHIN, self._end)

    def _end(self) -> None:
        if not self.unread():  # who still reads is given time: the core sees to it
            self.abort()

    def abort(self) -> None:
        self._transport.abort()


async def listen(directory: Directory, host: str, port: int, room: str, names: tuple[str, ...]) -> asyncio.Server:
    """Listen for starter clients, who all go into one room. Raises OSError as `socket.bind` does."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: LineConnection(directory, room, names), host, port, backlog=1024)
