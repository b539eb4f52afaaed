"""WebSocket connections, on picows: frames in, the core's bytes out, pings, and plain GET beside.

picows gives frames whose payload is gone when the callback returns, does not join fragments and cannot
write one frame to many: so payloads are taken out here, fragments joined, and frames built once for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from roomcast.core.room.connection import Connection, Group
from roomcast.core.room.wire_formats import JsonWire
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.errors import ProtocolError, Refused
from roomcast.transports import fanout, handshake
from roomcast.transports.connection_timers import ReadThrottle, abort_later
from roomcast.transports.frames import Fragments, text_frame
from roomcast.transports.http_message import Handler, Request, Response
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_options import cap_unsent_data

# From here on a batch is written by `fanout`: bytes, and connections. For less, preparing that takes longer than it
# saves.
LARGE: Final = 16 * 1024
MANY: Final = 8
READ_BUFFER: Final = 2048  # bytes a connection at first; it grows with what comes
_TEXT: Final = WSMsgType.TEXT  # here, for looking up a member of an enumeration takes its time


class _Log(logging.LoggerAdapter[logging.Logger]):
    """What strangers do wrong is worth a note, not an alarm; exceptions in our own code stay errors."""

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.info(msg, *args, **kwargs)


_log: Final = _Log(logging.getLogger("roomcast.websocket"), {})


class WebSocketWire(JsonWire):
    """JSON lines in WebSocket text frames, for the connections of one listener."""

    def __init__(self) -> None:
        super().__init__(text_frame)
        self.stalled: list[Connection] = []  # those that have fallen behind in the last delivery

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        return WebSocketGroup(self, connections)


class WebSocketGroup:
    """Connections of one listener that are sent the same: one call of their sockets' `write` for each."""

    def __init__(self, wire: WebSocketWire, connections: Iterable[Connection]) -> None:
        self._wire = wire
        self._sends: dict[Connection, Callable[[bytes], object]] = {}
        for connection in connections:
            self.add(connection)

    def add(self, connection: Connection, /) -> None:
        self._sends[connection] = cast(ServerConnection, connection).send

    def discard(self, connection: Connection, /) -> None:
        self._sends.pop(connection, None)

    def __len__(self) -> int:
        return len(self._sends)

    def deliver(self, data: bytes, /) -> Sequence[Connection]:
        stalled = self._wire.stalled
        if stalled:
            stalled.clear()
        if len(data) >= LARGE and len(self._sends) >= MANY:
            fanout.spread(data, (one.stream for one in cast(Iterable[ServerConnection], self._sends)))
        else:
            for send in self._sends.values():
                send(data)
        return stalled.copy() if stalled else ()


class ServerConnection(WSListener):
    """One browser or Python client: the core's `Connection`. `send` is the socket's own `write`."""

    __slots__ = (
        "_clean",
        "_directory",
        "_fragments",
        "_scheduler",
        "_socket",
        "_throttle",
        "_transport",
        "_wire",
        "behind",
        "peer",
        "send",
        "stream",
    )

    def __init__(self, directory: Directory, scheduler: Scheduler, wire: WebSocketWire) -> None:
        self._directory = directory
        self._scheduler = scheduler
        self._wire = wire
        self.behind = False
        self._clean = False
        self._throttle: ReadThrottle | None = None  # made when it is needed: an idle connection is to be small
        self._fragments: Fragments | None = None

    # -- what picows tells

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.request.headers.clear()  # nobody asks for them any more, and an idle connection is to be small
        transport.response.headers.clear()
        self._transport = transport
        self._socket = transport.underlying_transport
        self.send = self._socket.write
        self._socket.set_write_buffer_limits(high=self._directory.limits.unread)
        socket = self._socket.get_extra_info("socket")
        cap_unsent_data(socket)
        self.stream = self._socket, socket.fileno()
        address = str((self._socket.get_extra_info("peername") or ("?",))[0])
        self.peer = JsonPeer(self._directory, self, self._wire, address, self._scheduler.now())
        try:
            self._directory.enter(self.peer)
        except Refused as error:
            self.peer.disconnect(error.code, error.message)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin and self._fragments is None:
            wait = self.peer.receive(frame.get_payload_as_bytes(), self._scheduler.now())
            if wait > 0:
                self._pause_reading(wait)
            return
        self.peer.heard = True
        if kind == WSMsgType.CLOSE:
            code = frame.get_close_code()
            self._clean = code == WSCloseCode.OK
            # NO_INFO says that there was no code; it must not be sent itself (RFC 6455, section 7.4.1).
            if not transport.is_close_frame_sent:
                transport.send_close(WSCloseCode.OK if code == WSCloseCode.NO_INFO else code)
            transport.disconnect()
        elif kind == WSMsgType.PING:
            if not self.behind:  # who does not read gets no answers either
                transport.send_pong(frame.get_payload_as_bytes())
                self._check_behind()
        elif kind == WSMsgType.BINARY:
            self.peer.disconnect("bad-message", "messages come in text frames, not in binary ones")
        elif kind != WSMsgType.PONG:
            self._join(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.peer.gone(self._scheduler.now(), clean=self._clean)

    def _check_behind(self) -> None:
        """After a write of our own."""
        if self.behind:
            self.peer.fell_behind()

    def pause_writing(self) -> None:
        # From inside a write: the core is told by what that returns.
        self.behind = True
        self._wire.stalled.append(self)

    def resume_writing(self) -> None:
        self._scheduler.call_soon(self._resumed)  # perhaps from inside a write, too

    def _resumed(self) -> None:
        if self.behind and not self._socket.is_closing():
            self.behind = False
            self.peer.resumed()

    def _join(self, frame: WSFrame) -> None:
        if self._fragments is None:
            self._fragments = Fragments(self._directory.limits)
        try:
            message = self._fragments.join(
                frame.get_payload_as_bytes(), first=frame.msg_type != WSMsgType.CONTINUATION, last=frame.fin
            )
        except ProtocolError as error:
            self.peer.disconnect(error.code, error.message)
            return
        if message is not None:
            self._fragments = None
            wait = self.peer.receive(message, self._scheduler.now())
            if wait > 0:
                self._pause_reading(wait)

    def _pause_reading(self, seconds: float) -> None:
        if self._throttle is None:
            self._throttle = ReadThrottle(self.peer, self._socket, self._scheduler)
        self._throttle.pause(seconds)

    # -- what the core asks for

    def write(self, data: bytes, /) -> bool:
        self.send(data)
        return not self.behind

    def unread(self) -> int:
        return self._socket.get_write_buffer_size()

    def ping(self) -> None:
        self._transport.send_ping()

    def close(self, code: int, reason: str) -> None:
        # It ends when the peer answers. If we ended it, with more of the peer's on its way to us, the system would
        # reset the connection, and our last words might not be read (RFC 6455, section 7.1.1).
        self._transport.send_close(WSCloseCode(code), reason)
        abort_later(self, self._scheduler)

    def abort(self) -> None:
        self._socket.abort()


async def listen(directory: Directory, scheduler: Scheduler, host: str, port: int, respond: Handler) -> asyncio.Server:
    """Listen for WebSocket connections; `respond` answers any other GET. Raises OSError as `socket.bind` does."""

    wire = WebSocketWire()

    def accept(upgrade: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        request = Request.to(upgrade.path.decode("ascii", "replace"), upgrade.headers.items())
        response = handshake.refusal(request) if handshake.is_upgrade(request) else respond(request)
        if response is not None:
            return WSUpgradeResponseWithListener(_picows_response(response), None)
        _normalise_connection(upgrade, request)
        chosen = handshake.subprotocol(request)
        headers = {"Sec-WebSocket-Protocol": chosen} if chosen is not None else {}
        return WSUpgradeResponseWithListener(
            WSUpgradeResponse.create_101_response(headers), ServerConnection(directory, scheduler, wire)
        )

    return await ws_create_server(
        accept,
        host,
        port,
        enable_auto_pong=False,
        max_frame_size=max(
            directory.limits.message_size * 4, READ_BUFFER
        ),  # above our own limit, which explains itself
        read_buffer_init_size=READ_BUFFER,
        websocket_handshake_timeout=directory.limits.hello_within,
        logger_name=_log,
        use_aiofastnet=False,
        backlog=4096,
    )


def _normalise_connection(upgrade: WSUpgradeRequest, request: Request) -> None:
    """picows accepts `Connection: Upgrade` alone; Firefox sends `keep-alive, Upgrade` (RFC 9110, section 7.6.1)."""
    if "upgrade" in map(str.lower, request.headers.tokens("Connection")):
        upgrade.headers["Connection"] = "Upgrade"


def _picows_response(response: Response) -> WSUpgradeResponse:
    """picows has no constructor for 304."""
    made = cast(WSUpgradeResponse, WSUpgradeResponse.create_ok_response(response.body or None, response.headers))
    made.status = response.status
    if "Content-Type" not in response.headers:
        del made.headers["Content-Type"]  # its default
    return made
