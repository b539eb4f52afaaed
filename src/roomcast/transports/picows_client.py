"""The network of real clients: WebSockets on picows, on asyncio's event loops and on uvloop's.

picows gives frames whose payload is gone when the callback returns, and does not join fragments: both is done here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Final, cast

import picows
from picows import WSAutoPingStrategy, WSCloseCode, WSFrame, WSListener, WSMsgType, WSParsedURL, WSTransport

from roomcast.core.client.endings import ABNORMAL, TOO_BIG
from roomcast.core.protocol.names import one_line
from roomcast.help_topics import without_link
from roomcast.transports.client_network import (
    CONNECT_WITHIN,
    MAX_FRAME_SIZE,
    PING_EVERY,
    ConnectionEnd,
    ConnectionEvents,
    NotWebSocket,
)
from roomcast.transports.event_loop import is_uvloop
from roomcast.transports.frames import CLOSE_OK, CLOSE_PROTOCOL_ERROR, may_close_with
from roomcast.transports.reaching import CLOSED_AT_ONCE, connect_to_first, is_connected, resolve

_TEXT: Final = WSMsgType.TEXT  # looked up once: a member of an enumeration takes its time
NO_CODE: Final = 1005  # what a close frame without a code counts as (RFC 6455, section 7.1.5)
_READ_OF_BODY: Final = 2000  # bytes of an HTTP answer's body that are looked at
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
        self._fragments = bytearray()
        self._joining = False  # a message has begun, and not ended
        self._failed: tuple[int, str] | None = None  # why we end it: a close code, and a sentence
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
        reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
        if kind is _TEXT and frame.fin and not reserved and not self._joining:
            self._received(frame.get_payload_as_bytes())
        elif self._received is _ignore:
            pass  # it is over: what comes after a close frame does not count (RFC 6455, section 5.5.1)
        elif reserved:  # we have agreed on no extension that gives them a meaning (section 5.2)
            self._fail(CLOSE_PROTOCOL_ERROR, "the server sent a frame with a reserved bit set")
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._join(frame)
        elif kind == WSMsgType.BINARY:
            self._fail(CLOSE_PROTOCOL_ERROR, "the server sent a binary frame, and messages are text")
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self._closed(frame.get_payload_as_bytes())

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
        if self._joining is (frame.msg_type == WSMsgType.TEXT):
            self._fail(CLOSE_PROTOCOL_ERROR, "the server sent fragments of a message out of order")
            return
        self._joining = not frame.fin
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > MAX_FRAME_SIZE:
            self._fail(TOO_BIG, f"a message of more than {MAX_FRAME_SIZE} bytes")
        elif frame.fin:
            whole = bytes(self._fragments)
            self._fragments.clear()
            self._received(whole)

    def _closed(self, payload: bytes) -> None:
        """The server has sent a close frame: answer it, unless it is the answer to ours (RFC 6455, section 5.5.1)."""
        code = int.from_bytes(payload[:2]) if payload else NO_CODE
        if payload and not may_close_with(code):
            self._fail(CLOSE_PROTOCOL_ERROR, f"the server sent the close code {code}, which may not be sent")
            return
        self._code, self._reason = code, payload[2:].decode()  # picows has seen to it that this is UTF-8
        self._received = _ignore
        if self._transport is not None:
            if not self._transport.is_close_frame_sent:
                self._transport.send_close(cast(WSCloseCode, code if payload else CLOSE_OK))
            self._transport.disconnect()

    def _fail(self, code: int, why: str) -> None:
        """The server has broken the protocol of WebSockets, or sends more than we hold: end the connection."""
        self._failed = code, why
        self._fragments.clear()
        if self._transport is not None:
            self._transport.send_close(cast(WSCloseCode, code))
        self.abort()

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
            error = _refused(failure)
        except asyncio.CancelledError:
            if not self._was_open:
                error = ConnectionAbortedError(_GIVEN_UP)
        finally:
            self._transport = None
            if self._failed is not None:
                self._code, self._reason = self._failed
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
            enable_auto_pong=False,  # it would not show us what is wrong with a ping
            enable_auto_ping=True,
            auto_ping_idle_timeout=PING_EVERY,
            auto_ping_reply_timeout=PING_EVERY,
            auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
            max_frame_size=MAX_FRAME_SIZE,
            extra_headers={"Sec-WebSocket-Protocol": subprotocol},
            logger_name="roomcast",
            socket_factory=self._connect,
            use_aiofastnet=False,
            max_redirects=0,
        )
        if listener is None:  # picows says so, its types do not
            raise ConnectionAbortedError(CLOSED_AT_ONCE)
        try:
            await transport.wait_disconnected()
        except picows.WSProtocolError as failure:
            if self._failed is None and failure.code == WSCloseCode.MESSAGE_TOO_BIG:
                self._failed = TOO_BIG, f"a message of more than {MAX_FRAME_SIZE} bytes"
        except (picows.WSError, OSError, RuntimeError):
            pass  # how it ended makes no difference: it was open, and is gone

    async def _connect(self, url: WSParsedURL) -> socket.socket:
        """A socket to the first of the server's addresses that answers."""
        one = await connect_to_first(await resolve(url.host, url.port))
        if not is_connected(one):  # picows would not close it
            one.close()
            raise ConnectionResetError(CLOSED_AT_ONCE)
        self._socket = one
        return one


def _ignore(frame: bytes) -> None:
    """Takes the place of `ConnectionEvents.received` after an abort."""


def _refused(failure: picows.WSError) -> NotWebSocket:
    """What a server answered that did not let us have a WebSocket."""
    if not isinstance(failure, picows.WSHandshakeError):
        return NotWebSocket(str(failure))
    status, said = (
        _status(failure.raw_header or b""),
        (failure.raw_body or b"")[:_READ_OF_BODY].decode(errors="replace"),
    )
    headers: Mapping[str, str] = {} if failure.response is None else failure.response.headers or {}
    if 300 <= status < 400:
        said = headers.get("Location", "")
    elif not headers.get("Content-Type", "text/plain").startswith("text/plain"):
        said = ""  # a page
    said = one_line(without_link(said.strip()))  # whoever tells it to the user adds a link that works without a browser
    return NotWebSocket(
        f"the server answered {status}{': ' + said if said else ''}" if status else str(failure), status, said
    )


def _status(header: bytes) -> int:
    """The status of an HTTP answer, 0 where it has none."""
    line = header.partition(b"\r\n")[0].split(b" ")
    return int(line[1]) if len(line) > 1 and len(line[1]) == 3 and line[1].isdigit() else 0


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
