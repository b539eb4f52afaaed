"""A client's network on the library `websockets`, for tests: roomcast's own clients run on it as they do on picows."""

from __future__ import annotations

import asyncio
from collections import deque

from websockets.asyncio.client import ClientConnection as WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from roomcast.core.client.endings import ABNORMAL
from roomcast.transports.client_network import (
    CONNECT_WITHIN,
    MAX_FRAME_SIZE,
    PING_EVERY,
    ConnectionEnd,
    ConnectionEvents,
    NotWebSocket,
)

MAX_WAITING = 64 * 1024  # bytes that may wait before the writer is told to stop


class WebsocketsNetwork:
    """A `ClientNetwork`."""

    def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> WebsocketsConnection:
        return WebsocketsConnection(url, subprotocol, events)


class WebsocketsConnection:
    """A `ClientConnection`: one task that lives as long as the connection, and while it is open three more in it."""

    def __init__(self, url: str, subprotocol: str, events: ConnectionEvents) -> None:
        self._events = events
        self._socket: WebSocket | None = None  # while it is open
        self._out: deque[bytes] = deque()
        self._size = 0  # bytes in there
        self._full = False  # a write has returned False
        self._more = asyncio.Event()
        self._reads = asyncio.Event()
        self._reads.set()
        self._heard = True
        self._begun = self._closing = self._aborted = False
        self._task = asyncio.get_running_loop().create_task(self._run(url, subprotocol))

    def write(self, frame: bytes) -> bool:
        if self._socket is None:
            return False
        self._out.append(frame)
        self._size += len(frame)
        self._more.set()
        self._full = self._size >= MAX_WAITING
        return not self._full

    def pause_reading(self) -> None:
        self._reads.clear()

    def resume_reading(self) -> None:
        self._reads.set()

    def close(self) -> None:
        if self._socket is None:
            self.abort()
        else:
            self._closing = True
            self._more.set()

    def abort(self) -> None:
        if not self._aborted:
            self._aborted = True
            if self._begun:  # a task that is cancelled before it runs never tells the end
                self._task.cancel()

    async def _run(self, url: str, subprotocol: str) -> None:
        error: OSError | None = None
        end = ABNORMAL, ""
        self._begun = True
        try:
            if self._aborted:
                raise ConnectionAbortedError("given up")
            self._socket = await connect(
                url,
                subprotocols=[Subprotocol(subprotocol)],
                open_timeout=CONNECT_WITHIN,
                max_size=MAX_FRAME_SIZE,
                max_queue=2,
                ping_interval=None,
                compression=None,
                proxy=None,
            )
        except OSError as failure:
            error = failure
        except WebSocketException as failure:
            error = NotWebSocket(str(failure))
        except asyncio.CancelledError:
            error = ConnectionAbortedError("given up")
        else:
            end = await self._serve(self._socket)
        self._socket = None
        self._events.closed(ConnectionEnd(*end, error))

    async def _serve(self, socket: WebSocket) -> tuple[int, str]:
        self._events.opened()
        tasks = [asyncio.create_task(one) for one in (self._read(socket), self._write(socket), self._watch(socket))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # aborted
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        socket.transport.abort()
        await socket.wait_closed()
        received = socket.protocol.close_rcvd
        return (ABNORMAL, "") if received is None else (received.code, received.reason)

    async def _read(self, socket: WebSocket) -> None:
        try:
            while not self._aborted:
                await self._reads.wait()
                frame = await socket.recv(decode=False)
                self._heard = True
                await self._reads.wait()
                self._events.received(frame)
        except ConnectionClosed:
            pass

    async def _write(self, socket: WebSocket) -> None:
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._out:
                    frame = self._out.popleft()
                    await socket.send(frame, text=True)
                    self._size -= len(frame)
                    if self._full and self._size < MAX_WAITING:
                        self._full = False
                        self._events.writable()
                if self._closing:
                    await socket.close()
        except ConnectionClosed:
            pass

    async def _watch(self, socket: WebSocket) -> None:
        """Ask for a sign of life after a silence; return when none came."""
        while True:
            await asyncio.sleep(PING_EVERY)
            if self._heard or not self._reads.is_set():
                self._heard = False
                continue
            try:
                async with asyncio.timeout(PING_EVERY):
                    await (await socket.ping())
            except TimeoutError:
                if self._reads.is_set():
                    return
            except ConnectionClosed:
                return
