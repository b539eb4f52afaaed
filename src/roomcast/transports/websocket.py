"""WebSocket connections (RFC 6455), and plain HTTP GET on the same port. The only server module that uses picows.

picows hands out payloads that are gone when the callback returns, does not join fragments, and cannot write one frame
to many connections. So payloads are copied here, fragments joined, and frames built once for all who get them.
"""

from __future__ import annotations

import asyncio
import logging
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

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.wire_formats import JsonWire
from roomcast.errors import ProtocolError
from roomcast.transports import handshake
from roomcast.transports.frames import Fragments, text_frame
from roomcast.transports.http_message import Handler, Request, Response
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_connection import SLOTS, Endpoint, SocketConnection
from roomcast.transports.socket_wire import SocketWire
from roomcast.transports.transport_peer import Acceptor

READ_BUFFER: Final = 2048  # bytes per connection at first; it grows with larger frames
_TEXT: Final = WSMsgType.TEXT  # a global: looking up the member of an enumeration takes several times as long


class _Log(logging.LoggerAdapter[logging.Logger]):
    """picows logs what clients do wrong as errors; here it is information. Exceptions in our code stay errors."""

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.info(msg, *args, **kwargs)


_log: Final = _Log(logging.getLogger("roomcast.websocket"), {})


class WebSocketWire(SocketWire, JsonWire):
    """JSON lines in WebSocket text frames, for the connections of one listener."""

    def __init__(self, scheduler: Scheduler) -> None:
        SocketWire.__init__(self, scheduler)
        JsonWire.__init__(self, text_frame)


class ServerConnection(SocketConnection, WSListener):
    """A connection of a browser or a Python client."""

    __slots__ = (*SLOTS, "_clean", "_fragments", "_transport")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clean = False
        self._fragments: Fragments | None = None

    # ------------------------------------------------------------------ from picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.request.headers.clear()  # nobody asks for them any more, and idle connections are to be small
        transport.response.headers.clear()
        self._transport = transport
        self._opened(self._endpoint, transport.underlying_transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin and self._fragments is None:
            wait = self.peer.receive(frame.get_payload_as_bytes(), self._now())
            if wait > 0:
                self._pause_reading(wait)
            return
        self.peer.heard = True
        if kind == WSMsgType.CLOSE:
            self._closed(frame.get_close_code())
        elif kind == WSMsgType.PING:
            if not self.behind and not self._closing:  # a client that does not read gets no answers either
                transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.BINARY:
            self.peer.disconnect("bad-message", "messages come in text frames, not in binary ones")
        elif kind != WSMsgType.PONG:
            self._join(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._ended(clean=self._clean)

    def _closed(self, code: WSCloseCode) -> None:
        """The client has sent a close frame: answer it, unless it is the answer to ours (RFC 6455, section 5.5.1)."""
        self._clean = code == WSCloseCode.OK
        if not self._transport.is_close_frame_sent:
            # NO_INFO says that there was no code; it must not be sent itself (RFC 6455, section 7.4.1).
            self._transport.send_close(WSCloseCode.OK if code == WSCloseCode.NO_INFO else code)
        self._stop_writing()
        self._transport.disconnect()

    def _join(self, frame: WSFrame) -> None:
        if self._fragments is None:
            self._fragments = Fragments(self._endpoint.limits)
        first = frame.msg_type != WSMsgType.CONTINUATION
        try:
            message = self._fragments.join(frame.get_payload_as_bytes(), first=first, last=frame.fin)
        except ProtocolError as error:
            self.peer.disconnect(error.code, error.message)
            return
        if message is not None:
            self._fragments = None
            wait = self.peer.receive(message, self._now())
            if wait > 0:
                self._pause_reading(wait)

    # ------------------------------------------------------------------ from the core

    def ping(self) -> None:
        if not self._closing:
            self._transport.send_ping()

    def close(self, code: int, reason: str) -> None:
        if not self._closing:
            self._transport.send_close(WSCloseCode(code), reason)
            self._await_close()


async def listen(
    accept: Acceptor, limits: Limits, scheduler: Scheduler, host: str, port: int, respond: Handler
) -> asyncio.Server:
    """Listen for WebSocket connections; `respond` answers any other GET. Raises OSError as `socket.bind` does."""
    endpoint = Endpoint(accept, limits, scheduler, WebSocketWire(scheduler))

    def upgraded(upgrade: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        request = Request.to(upgrade.path.decode("ascii", "replace"), upgrade.headers.items())
        response = handshake.refusal(request) if handshake.is_upgrade(request) else respond(request)
        if response is not None:
            return WSUpgradeResponseWithListener(_picows_response(response), None)
        _normalise_connection(upgrade, request)
        chosen = handshake.subprotocol(request)
        headers = {"Sec-WebSocket-Protocol": chosen} if chosen is not None else {}
        return WSUpgradeResponseWithListener(WSUpgradeResponse.create_101_response(headers), ServerConnection(endpoint))

    return await ws_create_server(
        upgraded,
        host,
        port,
        enable_auto_pong=False,
        # Above our own limit, whose refusal says what is wrong.
        max_frame_size=max(limits.message_size * 4, READ_BUFFER),
        read_buffer_init_size=READ_BUFFER,
        websocket_handshake_timeout=limits.hello_within,
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
