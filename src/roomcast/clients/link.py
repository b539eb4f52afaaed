"""The connection to the server, kept up: connect, write what waits, read what comes, come back when it is lost.

It runs on an event loop, in whichever thread that is; all that it knows of the protocol is in the client core.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

import picows
from picows import WSAutoPingStrategy, WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from roomcast.core.client import Client, Stage
from roomcast.core.messages import SUBPROTOCOL
from roomcast.errors import ProtocolError

CONNECT_WITHIN: Final = 5.0  # seconds
PING_EVERY: Final = 10.0  # seconds of silence; then the server has as long again to answer
MOST_AT_ONCE: Final = 64 * 1024 * 1024  # bytes of a frame: a snapshot of the largest room, and some
LEAVE_WITHIN: Final = 2.0  # seconds that what was sent may take to come back, when leaving


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

    def __init__(self, url: str, client: Client, lock: Lock, arrived: Callable[[], None]) -> None:
        self._url = url
        self._client = client
        self._lock = lock
        self._arrived = arrived
        self._task: asyncio.Task[None] | None = None
        self._transport: WSTransport | None = None
        self._may_write = True
        self._trouble = ""
        self.first_failure: Exception | None = None  # why the first connection could not be made

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until the client is over."""
        self._task = asyncio.current_task()
        tried = False
        while self._client.stage is not Stage.OVER:
            try:
                transport, _ = await picows.ws_connect(
                    lambda: _Connection(self),
                    self._url,
                    websocket_handshake_timeout=CONNECT_WITHIN,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=PING_EVERY,
                    auto_ping_reply_timeout=PING_EVERY,
                    auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
                    max_frame_size=MOST_AT_ONCE,
                    extra_headers={"Sec-WebSocket-Protocol": SUBPROTOCOL},
                    logger_name="roomcast",
                    use_aiofastnet=False,
                )
                await _until_disconnected(transport)
            except (OSError, picows.WSError, TimeoutError) as error:
                self._trouble = str(error) or type(error).__name__
                if not tried:
                    self.first_failure = error
            tried = True
            now = time.monotonic()
            with self._lock:
                self._client.disconnected(self._trouble or "the connection was lost", now)
                self._trouble = ""
                wait = self._client.wait_before_retry(now)
            self._arrived()
            await asyncio.sleep(max(0.0, wait))

    async def leave(self) -> None:
        """Wait until what was sent has come back, say goodbye, and let `run` end."""
        give_up = time.monotonic() + LEAVE_WITHIN
        while self._transport is not None and self._client.unacknowledged and time.monotonic() < give_up:
            self.flush()
            await asyncio.sleep(0.005)
        with self._lock:
            self._client.leave()
        self._arrived()
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()
        elif self._task is not None:
            self._task.cancel()  # it connects, or waits to try again

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
            self._trouble = f"the server does not keep to the protocol: {error.message}"
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
