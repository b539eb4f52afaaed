"""The client for game loops: the network has its own thread, and callbacks run only inside `pump()`."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
import weakref
from types import TracebackType

from roomcast.client.client_room import ClientRoom
from roomcast.client.default_network import default_network
from roomcast.client.event_loop import new_loop
from roomcast.client.finder import seek
from roomcast.client.link import LEAVE_WITHIN, Link
from roomcast.client.where import Where
from roomcast.core.client import client_core
from roomcast.transports.client_network import ClientNetwork


class Room(ClientRoom):
    """A room, for a program with a loop of its own. Made by `roomcast.join` and `roomcast.host`.

    Safe to call from any thread; `pump()` runs the callbacks in the thread that calls it.
    """

    def __init__(self, where: Where, name: str, timeout: float, network: ClientNetwork | None = None) -> None:
        super().__init__(where, name)
        self._arrived = threading.Event()
        self._ended = asyncio.Event()
        self._wake_pending = False
        self._loop = new_loop()
        self._link = Link(
            where,
            self._client,
            self._lock,
            network=network or default_network(),
            scheduler=self._loop,
            clock=self._clock,
            arrived=self._arrived,
            ended=self._ended,
        )
        self._thread = threading.Thread(target=self._run_network, name=f"roomcast {where.room}", daemon=True)
        self._thread.start()
        try:
            self._wait_for_welcome(timeout)
        except BaseException:
            self.leave()
            raise
        _open_rooms.add(self)

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived, in the room's order, in this thread; returns how many entries that were.

        `budget`: at most about so many seconds; the rest waits for the next call. `wait`: where nothing
        has arrived, wait so many seconds for something. An exception in one of your functions comes out of
        here; what came after it still waits.
        """
        started = time.monotonic()
        if wait > 0 and not self._calls and not self._waiting and self._over is None:
            self._arrived.clear()
            if not self._waiting:
                self._arrived.wait(wait)
        count, most = 0, self._waiting
        calls = self._calls
        while True:
            while calls:
                calls.popleft()()
            if not most or not self._waiting:  # a callback may have pumped, too
                return count
            if budget is not None and time.monotonic() - started >= budget:
                return count
            most -= 1
            if self._next() is not None:
                count += 1

    def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        _open_rooms.discard(self)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            try:
                self._loop.call_soon_threadsafe(self._link.leave)
            except RuntimeError:
                pass  # it ended a moment ago, for the server had sent us away
            self._thread.join(LEAVE_WITHIN + 1)
        if self._over is None:
            self._over = client_core.Closed("left", "this program left the room")

    def __enter__(self) -> Room:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<room {self.name} at {self._where.server}, as {self.me.id}>"

    # ------------------------------------------------------------------ between the threads

    def _wake(self) -> None:
        if not self._wake_pending:  # once until the network's thread has looked, however much is sent
            self._wake_pending = True
            try:
                self._loop.call_soon_threadsafe(self._flush)
            except RuntimeError:
                pass  # it ended a moment ago; `pump` will tell why

    def _flush(self) -> None:
        self._wake_pending = False
        self._link.flush()

    def _run_network(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._keep_connected())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()
            self._arrived.set()

    async def _keep_connected(self) -> None:
        self._link.start()
        await self._ended.wait()

    def _wait_for_welcome(self, timeout: float) -> None:
        give_up = time.monotonic() + timeout
        while True:
            self._arrived.clear()
            if self._let_in(self._link.first_failure):
                return
            left = give_up - time.monotonic()
            if left <= 0:
                raise self._no_answer(timeout)
            self._arrived.wait(left)


def join(where: str, name: str = "", *, timeout: float = 10.0, network: ClientNetwork | None = None) -> Room:
    """Join a room, and return it when the server has let us in.

    `where`: a room's name or code, `host:port/room`, or a ws:// or wss:// address. For a name alone, the server is the
    one that ROOMCAST_SERVER names, else one on this computer, else one on this network: then a line on stderr says
    which. `name`: what others see; a room may have several of one name. `timeout`: seconds. `network`: what carries the
    frames (`roomcast.transports.client_network`), None for WebSockets on picows; it is used in a thread of its own, on
    an asyncio event loop. Raises `CannotConnect` after at most `timeout` seconds, and `BadArgument`.
    """
    return Room(seek(where, timeout), name, timeout, network)


_open_rooms: weakref.WeakSet[Room] = weakref.WeakSet()


@atexit.register
def _leave_all() -> None:
    """A program that simply ends leaves its rooms, so that nobody waits for it to come back."""
    for room in list(_open_rooms):
        room.leave()
