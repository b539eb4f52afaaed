"""The network of real clients: WebSockets on picows, on asyncio's event loops and on uvloop's.

picows gives frames whose payload is gone when the callback returns, and does not join fragments: both is done here.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

import picows
from picows import WSAutoPingStrategy, WSCloseCode, WSFrame, WSListener, WSMsgType, WSParsedURL, WSTransport

from roomcast.transports.client_network import (
    ABNORMAL,
    CONNECT_WITHIN,
    MAX_FRAME_SIZE,
    PING_EVERY,
    ConnectionEnd,
    ConnectionEvents,
    NotWebSocket,
)
from roomcast.transports.event_loop import is_uvloop

_TEXT: Final = WSMsgType.TEXT  # looked up once: a member of an enumeration takes its time
_CLOSED_AT_ONCE: Final = "the connection was closed at once"
_GIVEN_UP: Final = "given up"


class PicowsNetwork:
    """A `ClientNetwork`. It has no state: one serves any number of clients and event loops."""

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> PicowsConnection:
        return PicowsConnection(url, subprotocol, events)


class PicowsConnection(WSListener):
    """A `ClientConnection`, and the listener that picows calls."""

    def __init__(self, url: str, subprotocol: str, events: ConnectionEvents) -> None:
        self._events = events
        self._received = events.received
        self._socket: socket.socket | None = None  # from when TCP is connected until the connection has ended
        self._transport: WSTransport | None = None  # while the WebSocket is open
        self._begun = False  # the task runs; one that is cancelled before that never tells the end
        self._given_up = False  # before it has begun
        self._was_open = False
        self._may_write = True
        self._reads = True
        self._fragments: list[bytes] = []
        self._code, self._reason = ABNORMAL, ""
        self._task = asyncio.get_running_loop().create_task(self._run(url, subprotocol))

    # -- what its owner asks for

    def write(self, frame: bytes) -> bool:
        if self._transport is None:
            return False
        self._transport.send(_TEXT, frame)
        return self._may_write

    def pause_reading(self) -> None:
        self._reads = False
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.underlying_transport.pause_reading()
            self._transport.notify_user_specific_pong_received()  # it may be among what is not read

    def resume_reading(self) -> None:
        self._reads = True
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.underlying_transport.resume_reading()

    def close(self) -> None:
        if self._transport is None:
            self.abort()
        elif not self._transport.is_close_frame_sent:
            self._transport.send_close(WSCloseCode.OK)

    def abort(self) -> None:
        self._received = _ignore  # more frames may be read already
        if self._transport is not None:
            self._transport.disconnect(graceful=False)
        elif self._was_open:
            pass  # it has ended, and is about to tell
        elif self._socket is not None:
            _shut(self._socket)  # picows waits for an answer on it, and finds that it has ended
        elif self._begun:
            self._task.cancel()
        else:
            self._given_up = True

    # -- what picows tells

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._was_open = True
        self._events.opened()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind is _TEXT and frame.fin:
            self._received(frame.get_payload_as_bytes())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._join(frame)
        elif kind == WSMsgType.CLOSE:
            self._code, self._reason = frame.get_close_code().value, frame.get_close_reason() or ""
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None

    def send_user_specific_ping(self, transport: WSTransport) -> None:
        if self._reads:
            transport.send_ping()
        else:  # an answer would not be read; picows must not wait for one
            asyncio.get_running_loop().call_soon(transport.notify_user_specific_pong_received)

    def pause_writing(self) -> None:
        self._may_write = False

    def resume_writing(self) -> None:
        self._may_write = True
        self._events.writable()

    def _join(self, frame: WSFrame) -> None:
        """Join fragments (RFC 6455, section 5.4): a proxy may have cut a message into some."""
        self._fragments.append(frame.get_payload_as_bytes())
        if frame.fin:
            whole = b"".join(self._fragments)
            self._fragments.clear()
            self._received(whole)

    # -- from its beginning to its end

    async def _run(self, url: str, subprotocol: str) -> None:
        error: OSError | None = None
        self._begun = True
        try:
            if self._given_up:
                raise ConnectionAbortedError(_GIVEN_UP)
            await self._open(url, subprotocol)
        except OSError as failure:  # TimeoutError among them
            error = failure
        except picows.WSError as failure:
            error = NotWebSocket(str(failure))
        except asyncio.CancelledError:
            if not self._was_open:
                error = ConnectionAbortedError(_GIVEN_UP)
        finally:
            self._transport = None
            if self._socket is not None:
                _disown(self._socket)
                self._socket = None
            self._events.closed(ConnectionEnd(self._code, self._reason, error))

    async def _open(self, url: str, subprotocol: str) -> None:
        """Connect, and return when the connection has ended. Raises OSError and `picows.WSError`."""
        transport, listener = await picows.ws_connect(
            lambda: self,
            url,
            websocket_handshake_timeout=CONNECT_WITHIN,
            enable_auto_ping=True,
            auto_ping_idle_timeout=PING_EVERY,
            auto_ping_reply_timeout=PING_EVERY,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            max_frame_size=MAX_FRAME_SIZE,
            extra_headers={"Sec-WebSocket-Protocol": subprotocol},
            logger_name="roomcast",
            socket_factory=self._connect,
            use_aiofastnet=False,
        )
        if listener is None:  # picows says so, its types do not
            raise ConnectionAbortedError(_CLOSED_AT_ONCE)
        try:
            await transport.wait_disconnected()
        except (picows.WSError, OSError, RuntimeError):
            pass  # how it ended makes no difference: it was open, and is gone

    async def _connect(self, url: WSParsedURL) -> socket.socket:
        """A socket to the first of the server's addresses that answers."""
        failure: Exception = OSError(f"{url.host} has no address")
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(url.host, url.port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise OSError("no computer can have that name") from None
        for family, kind, protocol, _, address in found:
            one = socket.socket(family, kind, protocol)
            try:
                one.setblocking(False)
                async with asyncio.timeout(CONNECT_WITHIN):
                    await loop.sock_connect(one, address)
                if not _is_connected(one):
                    raise ConnectionResetError(_CLOSED_AT_ONCE)
            except (OSError, TimeoutError) as error:
                one.close()
                failure = error
            except BaseException:
                one.close()
                raise
            else:
                self._socket = one
                return one
        raise failure


def _ignore(frame: bytes) -> None:
    """Takes the place of `ConnectionEvents.received` after an abort."""


def _is_connected(one: socket.socket) -> bool:
    try:
        one.getpeername()
    except OSError:
        return False  # it was, and the other end has reset it meanwhile
    return True


def _shut(one: socket.socket) -> None:
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other end was faster


def _disown(one: socket.socket) -> None:
    """Release a socket that the running loop holds for a connection that has ended.

    The loop has closed it. uvloop does so by its number, and where the connection is reset or given up while it is
    being made, leaves the socket object with that number, to close it once more: by then it may be another's
    (https://github.com/MagicStack/uvloop/issues/738).
    """
    if is_uvloop(asyncio.get_running_loop()):
        one.detach()
