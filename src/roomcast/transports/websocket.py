"""WebSocket connections (RFC 6455), and plain HTTP GET on the same port. The only server module that uses picows.

`http_connection` reads and checks the request; picows has the frames from then on. It hands out payloads that are gone
when the callback returns, does not join fragments, and cannot write one frame to many connections. So payloads are
copied here, fragments joined, and frames built once for all who get them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, cast

import picows.picows
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

from roomcast import help_topics
from roomcast.core.protocol.limits import Limits
from roomcast.core.room.wire_formats import JsonWire
from roomcast.core.server.failures import Failures
from roomcast.errors import ProtocolError
from roomcast.transports import bad_network, handshake
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.frames import (
    CLOSE_GOING_AWAY,
    CLOSE_OK,
    CLOSE_PROTOCOL_ERROR,
    Fragments,
    may_close_with,
    text_frame,
)
from roomcast.transports.http_connection import Access, HttpConnection, http_port
from roomcast.transports.http_message import Handler, Request
from roomcast.transports.lagged_connection import Lagging
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.socket_connection import SLOTS, Endpoint, SocketConnection
from roomcast.transports.socket_wire import SocketWire
from roomcast.transports.transport_peer import Acceptor, Entrance

READ_AT_ONCE: Final = 4096  # bytes
READ_BUFFER: Final = 2048  # bytes per connection at first; it grows with larger frames
_CLOSE: Final = WSMsgType.CLOSE
_TEXT: Final = WSMsgType.TEXT  # a global: looking up the member of an enumeration takes several times as long


class _Log(logging.LoggerAdapter[logging.Logger]):
    """picows logs what clients do wrong as errors; here it is information. Exceptions in our code stay errors."""

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.info(msg, *args, **kwargs)


# picows' own listener makes it for each connection that it accepts, and tells nobody from which address.
_WSProtocol: Final[Any] = picows.picows.WSProtocol  # type: ignore[attr-defined]
_log: Final = _Log(logging.getLogger("roomcast.websocket"), {})


class WebSocketWire(SocketWire, JsonWire):
    """JSON lines in WebSocket text frames, for the connections of one listener."""

    def __init__(self, scheduler: Scheduler) -> None:
        SocketWire.__init__(self, scheduler)
        JsonWire.__init__(self, text_frame)


class ServerConnection(SocketConnection, WSListener):
    """A connection of a browser or a Python client."""

    __slots__ = (*SLOTS, "_clean", "_fragments", "_said_close", "_transport")

    def __init__(self, endpoint: Endpoint, address: str) -> None:
        self._endpoint = endpoint
        self._address = address
        self._clean = self._said_close = False
        self._fragments: Fragments | None = None

    # ------------------------------------------------------------------ from picows

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.request.headers.clear()  # nobody asks for them any more, and idle connections are to be small
        transport.response.headers.clear()
        self._transport = transport
        self._opened(self._endpoint, transport.underlying_transport, self._address)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if self._closing and kind is not _CLOSE:
            self._pass_over(frame.payload_size)
            return
        reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
        if kind is _TEXT and frame.fin and not reserved and self._fragments is None:
            wait = self.peer.receive(frame.get_payload_as_bytes(), self._now())
            if wait > 0:
                self._pause_reading(wait)
            return
        if self._said_close:
            return  # what comes after a close frame does not count (RFC 6455, section 5.5.1)
        payload = frame.get_payload_as_bytes()
        if reserved:  # we have agreed on no extension that gives them a meaning (section 5.2)
            self._violated("a frame has a reserved bit set, and no extension was agreed on")
            return
        if kind == WSMsgType.CLOSE:
            self._closed(payload)
            return
        wait = self.peer.control(len(payload), self._now())
        if wait > 0:
            self._pause_reading(wait)
        if kind == WSMsgType.PING:
            if not self.behind and not self._closing:  # a client that does not read gets no answers either
                transport.send_pong(payload)
        elif kind == WSMsgType.BINARY:
            self.peer.disconnect("bad-message", "messages come in text frames, not in binary ones")
        elif kind != WSMsgType.PONG:
            self._join(frame, payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._ended(clean=self._clean)

    def _closed(self, payload: bytes) -> None:
        """The client has sent a close frame: answer it, unless it is the answer to ours (RFC 6455, section 5.5.1)."""
        code = int.from_bytes(payload[:2]) if payload else CLOSE_OK
        if not may_close_with(code):
            self._violated(f"the close code {code} may not be sent")
            return
        self._clean = code == CLOSE_OK or (code == CLOSE_GOING_AWAY and self.peer.leaves)
        if not self._transport.is_close_frame_sent:
            self._transport.send_close(cast(WSCloseCode, code))
        self._said_close = True
        self._fragments = Fragments(self._endpoint.limits)  # so that no frame takes the fast path any more
        self._stop_writing()
        self._transport.disconnect()

    def _pass_over(self, size: int) -> None:
        """A frame has come after our close: nobody waits for it, and yet it takes the server's time."""
        wait = 0.0 if self._said_close else self.peer.control(size, self._now())
        if wait > 0:
            self._pause_reading(wait)

    def _violated(self, what: str) -> None:
        """The client has broken a rule of the WebSocket protocol that picows does not check."""
        self.peer.disconnect("bad-message", what, CLOSE_PROTOCOL_ERROR)

    def _join(self, frame: WSFrame, payload: bytes) -> None:
        if self._closing:
            return
        if self._fragments is None:
            self._fragments = Fragments(self._endpoint.limits)
        first = frame.msg_type != WSMsgType.CONTINUATION
        try:
            message = self._fragments.join(payload, first=first, last=frame.fin)
        except ProtocolError as error:
            self.peer.disconnect(error.code, error.message, 0 if error.code == "too-big" else CLOSE_PROTOCOL_ERROR)
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
            self._transport.send_close(cast(WSCloseCode, code), reason)
            self._await_close()


class ServerProtocol(_WSProtocol):  # type: ignore[misc]  # its type is not known
    """picows' protocol of one WebSocket, whose request we have read and checked."""

    __slots__ = ("_address", "_endpoint")

    def __init__(self, endpoint: Endpoint, request: Request) -> None:
        self._endpoint = endpoint
        self._address = request.peer
        chosen = handshake.subprotocol(request)
        fields = {"Sec-WebSocket-Protocol": chosen} if chosen is not None else {}
        accepted = WSUpgradeResponse.create_101_response(fields)
        super().__init__(
            host_port=None,
            ws_path=None,
            is_client_side=False,
            ws_listener_factory=lambda _: WSUpgradeResponseWithListener(
                accepted, ServerConnection(endpoint, request.peer)
            ),
            logger=_log,
            disconnect_on_exception=True,
            websocket_handshake_timeout=None,
            enable_auto_ping=False,
            auto_ping_idle_timeout=0,
            auto_ping_reply_timeout=0,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            enable_auto_pong=False,
            # Above our own limit, whose refusal says what is wrong.
            max_frame_size=max(endpoint.limits.message_size * 4, READ_BUFFER),
            extra_headers=None,
            read_buffer_init_size=READ_BUFFER,
        )

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the event loop reads to: picows' own buffer, which grows, holds 10,000 of the smallest frames.

        All that was read is handled before anything else: so no more is read than takes a millisecond.
        """
        buffer: memoryview = super().get_buffer(sizehint)
        return buffer if len(buffer) <= READ_AT_ONCE else buffer[:READ_AT_ONCE]

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._endpoint.entrance.ended(self._address, self._endpoint.scheduler.now())


async def listen(
    accept: Acceptor,
    limits: Limits,
    scheduler: Scheduler,
    host: str,
    port: int,
    respond: Handler,
    access: Access,
    entrance: Entrance,
    failures: Failures,
    help_link: Callable[[str], str] = help_topics.link,
    network: BadNetwork = NOT_BAD,
) -> asyncio.Server:
    """Listen for WebSocket connections; `respond` answers any other GET, and `access` says who may ask.

    `help_link` makes the link in which a refusal ends, of its help topic. `network`: what connections go through, where
    they do not ask for another by the query of their address. Raises OSError as `socket.bind` does.
    """
    lagging = Lagging(accept, limits, scheduler)
    endpoint = Endpoint(lagging.acceptor(network), limits, scheduler, WebSocketWire(scheduler), entrance, failures)

    def upgrade(transport: asyncio.Transport, request: Request, rest: bytes) -> None:
        wanted = bad_network.asked(request.query) if request.query else None  # it was checked with the handshake
        chosen = endpoint if wanted is None else endpoint._replace(accept=lagging.acceptor(wanted))
        _hand_over(transport, ServerProtocol(chosen, request), request.headers["Sec-WebSocket-Key"], rest)

    shared = http_port(limits, scheduler, access, entrance, respond, upgrade, help_link)
    return await asyncio.get_running_loop().create_server(lambda: HttpConnection(shared), host, port, backlog=4096)


def _hand_over(transport: asyncio.Transport, protocol: ServerProtocol, key: str, rest: bytes) -> None:
    """Let picows go on with a connection; `rest` came after its request."""
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    # Only what picows makes its answer from: we have checked the handshake ourselves.
    head = (
        f"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: {handshake.VERSION}\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    )
    left = head.encode() + rest
    while left and not transport.is_closing():
        buffer = protocol.get_buffer(-1)
        size = min(len(buffer), len(left))
        buffer[:size] = left[:size]
        left = left[size:]
        protocol.buffer_updated(size)
