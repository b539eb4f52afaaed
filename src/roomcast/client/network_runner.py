"""Where the network of a room runs: in a thread of its own, or on the program's event loop. Both run a `Link` there."""

from __future__ import annotations

import asyncio
import threading

from roomcast.client.default_network import default_network
from roomcast.client.link import LEAVE_WITHIN, Link, Signal
from roomcast.client.where import Where
from roomcast.core.client.client_core import ClientCore
from roomcast.transports.client_network import ClientNetwork
from roomcast.transports.event_loop import new_loop
from roomcast.transports.scheduling import AsyncioScheduler


class _NetworkRunner:
    """A link on an event loop. `arrived` is set when the core has new events."""

    def __init__(
        self,
        where: Where,
        core: ClientCore,
        lock: threading.Lock,
        network: ClientNetwork,
        loop: asyncio.AbstractEventLoop,
        arrived: Signal,
    ) -> None:
        self._loop = loop
        self._ended = asyncio.Event()
        self._wake_pending = False
        scheduler = AsyncioScheduler(loop)
        self._link = Link(
            where.url, core, lock, network=network, scheduler=scheduler, arrived=arrived, ended=self._ended
        )

    @property
    def connected(self) -> bool:
        """Whether there is a connection that is open."""
        return self._link.connected

    @property
    def first_failure(self) -> Exception | None:
        """Why the first connection could not be made."""
        return self._link.first_failure

    def _flush(self) -> None:
        self._wake_pending = False
        self._link.flush()


class NetworkThread(_NetworkRunner):
    """The network in a thread of its own. `network`: None for the default one, which may raise `CannotConnect`."""

    def __init__(self, where: Where, core: ClientCore, lock: threading.Lock, network: ClientNetwork | None) -> None:
        network = default_network() if network is None else network
        self.arrived = threading.Event()  # set also when the thread ends
        super().__init__(where, core, lock, network, new_loop(), self.arrived)
        self._thread = threading.Thread(target=self._run, name=f"roomcast {where.room}", daemon=True)

    def start(self) -> None:
        """Start the thread, which begins to connect."""
        self._thread.start()

    def wake(self) -> None:
        """Let the network write what waits. From any thread."""
        if not self._wake_pending:  # once until the network's thread has looked, however much is sent
            self._wake_pending = True
            try:
                self._loop.call_soon_threadsafe(self._flush)
            except RuntimeError:
                pass  # the loop has ended, for the server had sent us away: the core knows why

    def leave(self) -> None:
        """Leave the room; returns when the thread has ended, at the latest after `LEAVE_WITHIN` and a second."""
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            try:
                self._loop.call_soon_threadsafe(self._link.leave)
            except RuntimeError:
                pass  # the loop ended a moment ago
            self._thread.join(LEAVE_WITHIN + 1)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._keep_connected())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
            self.arrived.set()

    async def _keep_connected(self) -> None:
        self._link.start()
        await self._ended.wait()


class NetworkOnLoop(_NetworkRunner):
    """The network on the running event loop. `network`: None for the default one, which may raise `CannotConnect`."""

    def __init__(self, where: Where, core: ClientCore, lock: threading.Lock, network: ClientNetwork | None) -> None:
        network = default_network() if network is None else network
        self.arrived = asyncio.Event()
        super().__init__(where, core, lock, network, asyncio.get_running_loop(), self.arrived)

    def start(self) -> None:
        """Begin to connect."""
        self._link.start()

    def wake(self) -> None:
        """Let the network write what waits, in the loop's next turn."""
        if not self._wake_pending:
            self._wake_pending = True
            self._loop.call_soon(self._flush)

    async def leave(self) -> None:
        """Leave the room; returns when the connection has ended."""
        self._link.leave()
        await self._ended.wait()
