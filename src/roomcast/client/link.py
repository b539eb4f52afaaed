"""The connection to the server, kept up: connect, write what waits, read what comes, come back when it is lost.

It runs on an event loop, in whichever thread that is; all that it knows of the protocol is in the client core.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import picows
from picows import WSAutoPingStrategy, WSCloseCode, WSFrame, WSListener, WSMsgType, WSParsedURL, WSTransport

from roomcast.client.event_loop import disown
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore, Stage
from roomcast.core.protocol.messages import SUBPROTOCOL
from roomcast.errors import ProtocolError

CONNECT_WITHIN: Final = 5.0  # seconds
PING_EVERY: Final = 10.0  # seconds of silence; then the server has as long again to answer
MOST_AT_ONCE: Final = 64 * 1024 * 1024  # bytes of a frame: a snapshot of the largest room, and some
LEAVE_WITHIN: Final = 2.0  # seconds that what was sent may take to come back, when leaving
GOODBYE_WITHIN: Final = 0.5  # seconds that the server may take to answer our goodbye
CLOSED_AT_ONCE: Final = "the connection was closed at once"


class _Connection(WSListener):
    """One connection, of possibly many."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._parts: list[bytes] = []

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._link._opened(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin:
            self._link._received(frame.get_payload_as_bytes())
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):  # a proxy may have cut it
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                whole = b"".join(self._parts)
                self._parts.clear()
                self._link._received(whole)
        elif kind == WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._link._lost()

    def pause_writing(self) -> None:
        self._link._may_write = False

    def resume_writing(self) -> None:
        self._link._may_write = True
        self._link.flush()


class Link:
    """Keeps one client core connected until it is over. `arrived` is called when it has new events."""

    def __init__(self, where: Where, client: ClientCore, lock: Lock, arrived: Callable[[], None]) -> None:
        self._where = where
        self._client = client
        self._lock = lock
        self._arrived = arrived
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None  # of the connection that there is, or that is being made
        self._opening = False  # the socket is connected, but no WebSocket yet
        self._transport: WSTransport | None = None
        self._may_write = True
        self._trouble: Exception | None = None  # what ended the connection, or kept it from being made
        self.first_failure = ""  # why the first connection could not be made, as a sentence

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until the client is over."""
        self._task = asyncio.current_task()
        tried = False
        while self._client.stage is not Stage.OVER:
            try:
                await self._hold_one()
            except (OSError, picows.WSError, TimeoutError) as error:
                self._trouble = error
            trouble, self._trouble = self._trouble, None
            if trouble is not None and not tried:
                self.first_failure = _sentence(self._where, trouble)
            tried = True
            now = time.monotonic()
            with self._lock:
                self._client.disconnected(str(trouble or "") or "the connection was lost", now)
                wait = self._client.wait_before_retry(now)
            self._arrived()
            await asyncio.sleep(max(0.0, wait))

    async def _hold_one(self) -> None:
        """One connection, from its beginning to its end."""
        try:
            transport, connection = await picows.ws_connect(
                lambda: _Connection(self),
                self._where.url,
                websocket_handshake_timeout=CONNECT_WITHIN,
                enable_auto_ping=True,
                auto_ping_idle_timeout=PING_EVERY,
                auto_ping_reply_timeout=PING_EVERY,
                auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
                max_frame_size=MOST_AT_ONCE,
                extra_headers={"Sec-WebSocket-Protocol": SUBPROTOCOL},
                logger_name="roomcast",
                socket_factory=self._connect,
                use_aiofastnet=False,
            )
            if connection is None:  # picows says so, its types do not
                raise ConnectionAbortedError(CLOSED_AT_ONCE)
            await _until_disconnected(transport)
        finally:
            self._opening = False
            if self._socket is not None:
                disown(self._socket)
                self._socket = None

    async def leave(self) -> None:
        """Wait until what was sent has come back, say goodbye, and let `run` end."""
        give_up = time.monotonic() + LEAVE_WITHIN
        while self._connected and self._client.unacknowledged and time.monotonic() < give_up:
            self.flush()
            await asyncio.sleep(0.005)
        with self._lock:
            self._client.leave()
        self._arrived()
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            # The server ends the connection: if we did, with more of the room on its way to us, the system would
            # reset it, and our goodbye might not be read (RFC 6455, section 7.1.1).
            give_up = max(give_up, time.monotonic() + GOODBYE_WITHIN)
            try:
                while self._connected and time.monotonic() < give_up:  # noqa: ASYNC110  # two events are too many
                    await asyncio.sleep(0.005)
            finally:
                if self._connected:
                    self._transport.disconnect()
        elif self._opening and self._socket is not None:
            _shut(self._socket)  # picows waits for an answer on it, and then finds that it has ended
        elif self._task is not None:
            self._task.cancel()  # it connects, or waits to try again

    @property
    def _connected(self) -> bool:
        return self._transport is not None

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
                    raise ConnectionResetError(CLOSED_AT_ONCE)
            except (OSError, TimeoutError) as error:
                one.close()
                failure = error
            except BaseException:
                one.close()
                raise
            else:
                self._socket = one
                self._opening = True
                return one
        raise failure

    def flush(self) -> None:
        """Write what waits, as far as the connection takes it."""
        if self._transport is None:
            return
        while self._may_write:
            with self._lock:
                frame = self._client.take_frame(time.monotonic())
            if not frame:
                break
            self._transport.send(WSMsgType.TEXT, frame)

    def _opened(self, transport: WSTransport) -> None:
        self._opening = False
        self._transport = transport
        self._may_write = True
        with self._lock:
            self._client.connected()
        self.flush()

    def _received(self, frame: bytes) -> None:
        try:
            with self._lock:
                self._client.receive(frame, time.monotonic())
        except ProtocolError as error:
            self._trouble = error
            if self._transport is not None:
                self._transport.disconnect(graceful=False)
        self._arrived()
        if self._client.has_output:
            self.flush()

    def _lost(self) -> None:
        self._transport = None


async def _until_disconnected(transport: WSTransport) -> None:
    try:
        await transport.wait_disconnected()
    except (picows.WSError, OSError, RuntimeError):
        pass  # how it ended is told by the client core; it ended


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


def _sentence(where: Where, failure: Exception) -> str:
    """Why a first connection could not be made, and what to do."""
    if isinstance(failure, ConnectionRefusedError):
        return (
            f"no server answers at {where.server}: start one with 'roomcast serve', "
            "or set ROOMCAST_SERVER=host:port to where one is"
        )
    if isinstance(failure, TimeoutError):
        return f"{where.server} does not answer: is that the address of a Roomcast server?"
    if isinstance(failure, picows.WSError | ConnectionError | ProtocolError):
        return f"what answers at {where.server} is no Roomcast server: is the port right?"
    return f"cannot reach {where.server} ({failure}): is the address right?"
