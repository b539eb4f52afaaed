"""The client for asyncio: entries and callbacks run in the task that iterates over the room."""

from __future__ import annotations

import asyncio
import inspect
from types import TracebackType

from roomcast.client.client_room import ClientRoom
from roomcast.client.finder import find_server
from roomcast.client.log_entry import LogEntry
from roomcast.client.network_runner import NetworkOnLoop
from roomcast.client.where import Where, names_no_server, parse_where
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
        self._given_network = network
        self._network: NetworkOnLoop | None = None  # once it is entered: only then is it known where, and on which loop
        self._running: LogEntry | None = None  # the entry whose functions are running
        self._sender.barred = f"enter the room {self.name!r} first: async with roomcast.connect(…) as room"

    async def __aenter__(self) -> AsyncRoom:
        """Raises `CannotConnect`."""
        if self._sought:
            self._where = await asyncio.to_thread(find_server, self._sought, self._timeout)
            self._inbox.server = self._where.server
        self._network = NetworkOnLoop(self._where, self._core, self._lock, self._given_network)
        self._sender.waker, self._sender.barred = self._network, ""
        self._network.start()
        try:
            async with asyncio.timeout(self._timeout):
                await self._wait_for_welcome(self._network)
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
        inbox, calls = self._inbox, self._inbox.calls
        while True:
            while calls:
                result = calls.popleft()()
                if result is not None and inspect.isawaitable(result):
                    await result
            if self._running is not None:
                done, self._running = self._running, None
                return done
            if inbox.waiting:
                entry = inbox.next()
                if entry is not None:
                    self._running = inbox.log_entry(entry)
            elif inbox.closed is not None:
                if inbox.closed.code == "left":
                    raise StopAsyncIteration
                raise RoomClosed(inbox.closed.message)
            elif self._network is None:
                raise RoomClosed(self._sender.barred)
            else:
                self._network.arrived.clear()
                if not inbox.waiting:
                    await self._network.arrived.wait()

    async def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        if self._network is not None:
            await self._network.leave()

    async def _wait_for_welcome(self, network: NetworkOnLoop) -> None:
        while True:
            network.arrived.clear()
            if self._is_admitted(network.first_failure):
                return
            await network.arrived.wait()


def connect(where: str, name: str = "", *, timeout: float = 10.0, network: ClientNetwork | None = None) -> AsyncRoom:
    """Join a room: `async with roomcast.connect("dots", name="red") as room`. Arguments as for `roomcast.join`.

    `network` is used on the event loop that enters the room.
    """
    return AsyncRoom(parse_where(where), name, timeout, network, sought=where if names_no_server(where) else "")
