"""The client for asyncio: entries and callbacks run in the task that iterates over the room."""

from __future__ import annotations

import asyncio
import inspect
from types import TracebackType

from roomcast.client.client_room import ClientRoom
from roomcast.client.finder import seek
from roomcast.client.link import GOODBYE_WITHIN, Link
from roomcast.client.log_entry import LogEntry
from roomcast.client.where import Where, find, is_open
from roomcast.errors import RoomClosed


class AsyncRoom(ClientRoom):
    """A room, for an asyncio program. Made by `roomcast.connect`; enter it with `async with`.

    `async for entry in room` runs what arrives, in the room's order, and gives each entry of the log after
    its functions have run; these may be coroutine functions. Use it from one event loop only.
    """

    def __init__(self, where: Where, name: str, timeout: float, *, sought: str = "") -> None:
        super().__init__(where, name)
        self._sought = sought  # what the caller wrote, where the server is still to be found
        self._timeout = timeout
        self._something = asyncio.Event()
        self._kicked = False
        self._running: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> AsyncRoom:
        """Raises `CannotConnect`."""
        self._loop = asyncio.get_running_loop()
        if self._sought:
            self._where = await asyncio.to_thread(seek, self._sought, self._timeout)
        self._link = Link(self._where, self._client, self._lock, self._something.set)
        self._running = asyncio.create_task(self._link.run())
        try:
            async with asyncio.timeout(self._timeout):
                await self._wait_for_welcome()
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
                self._something.clear()
                if not self._waiting:
                    await self._something.wait()

    async def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        if self._leaving is None and self._running is not None:
            self._leaving = asyncio.create_task(self._leave(self._running))
        if self._leaving is not None:  # whoever calls it waits until it is done
            await asyncio.shield(self._leaving)

    async def _leave(self, running: asyncio.Task[None]) -> None:
        await self._link.leave()
        await asyncio.wait([running], timeout=GOODBYE_WITHIN)  # it ends by itself
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    _link: Link  # there once it is entered, for only then is it known where to
    _done: LogEntry | None = None  # the entry whose functions are running

    def _check_open(self) -> None:
        super()._check_open()
        self._check_entered()

    def _check_entered(self) -> None:
        if self._running is None and self._client.over is None:
            raise RoomClosed(f"enter the room {self.name!r} first: async with roomcast.connect(…) as room")

    def _kick(self) -> None:
        if not self._kicked:
            self._kicked = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._kicked = False
        self._link.flush()

    async def _wait_for_welcome(self) -> None:
        while True:
            self._something.clear()
            if self._let_in(self._link.first_failure):
                return
            await self._something.wait()


def connect(where: str, name: str = "", *, timeout: float = 10.0) -> AsyncRoom:
    """Join a room: `async with roomcast.connect("dots", name="red") as room`. Arguments as for `roomcast.join`."""
    return AsyncRoom(find(where), name, timeout, sought=where if is_open(where) else "")
