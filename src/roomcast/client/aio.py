"""The client for asyncio: entries and callbacks run in the task that iterates over the room."""

from __future__ import annotations

import asyncio
import inspect
from types import TracebackType

from roomcast.client.client_room import ClientRoom
from roomcast.client.default_network import default_network
from roomcast.client.finder import seek
from roomcast.client.link import Link
from roomcast.client.log_entry import LogEntry
from roomcast.client.where import Where, find, is_open
from roomcast.errors import RoomClosed
from roomcast.transports.client_network import ClientNetwork


class AsyncRoom(ClientRoom):
    """A room, for an asyncio program. Made by `roomcast.connect`; enter it with `async with`.

    `async for entry in room` runs what arrives, in the room's order, and gives each entry of the log after
    its functions have run; these may be coroutine functions. Use it from one event loop only.
    """

    def __init__(
        self, where: Where, name: str, timeout: float, network: ClientNetwork | None = None, *, sought: str = ""
    ) -> None:
        super().__init__(where, name)
        self._sought = sought  # what the caller wrote, where the server is still to be found
        self._timeout = timeout
        self._network = network
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._wake_pending = False
        self._link: Link | None = None  # once it is entered: only then is it known where to connect, and on which loop

    async def __aenter__(self) -> AsyncRoom:
        """Raises `CannotConnect`."""
        self._loop = asyncio.get_running_loop()
        if self._sought:
            self._where = await asyncio.to_thread(seek, self._sought, self._timeout)
        self._link = Link(
            self._where,
            self._client,
            self._lock,
            network=self._network or default_network(),
            scheduler=self._loop,
            clock=self._clock,
            arrived=self._arrived,
            ended=self._ended,
        )
        self._link.start()
        try:
            async with asyncio.timeout(self._timeout):
                await self._wait_for_welcome(self._link)
        except TimeoutError:
            await self.leave()
            raise self._no_answer(self._timeout) from None
        except BaseException:
            await self.leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.leave()

    def __aiter__(self) -> AsyncRoom:
        return self

    async def __anext__(self) -> LogEntry:
        """Raises `RoomClosed` when the server sent us away; ends when we left."""
        self._check_entered()
        while True:
            while self._calls:
                result = self._calls.popleft()()
                if result is not None and inspect.isawaitable(result):
                    await result
            if self._done is not None:
                done, self._done = self._done, None
                return done
            if self._waiting:
                entry = self._next()
                if entry is not None:
                    self._done = self._log_entry(entry)
            elif self._over is not None:
                if self._over.code == "left":
                    raise StopAsyncIteration
                raise RoomClosed(self._over.message)
            else:
                self._arrived.clear()
                if not self._waiting:
                    await self._arrived.wait()

    async def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        if self._link is not None:
            self._link.leave()
            await self._ended.wait()

    _done: LogEntry | None = None  # the entry whose functions are running

    def _check_open(self) -> None:
        super()._check_open()
        self._check_entered()

    def _check_entered(self) -> None:
        if self._link is None and self._client.over is None:
            raise RoomClosed(f"enter the room {self.name!r} first: async with roomcast.connect(…) as room")

    def _wake(self) -> None:
        if not self._wake_pending:
            self._wake_pending = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._wake_pending = False
        assert self._link is not None
        self._link.flush()

    async def _wait_for_welcome(self, link: Link) -> None:
        while True:
            self._arrived.clear()
            if self._let_in(link.first_failure):
                return
            await self._arrived.wait()


def connect(where: str, name: str = "", *, timeout: float = 10.0, network: ClientNetwork | None = None) -> AsyncRoom:
    """Join a room: `async with roomcast.connect("dots", name="red") as room`. Arguments as for `roomcast.join`.

    `network` is used on the event loop that enters the room.
    """
    return AsyncRoom(find(where), name, timeout, network, sought=where if is_open(where) else "")
