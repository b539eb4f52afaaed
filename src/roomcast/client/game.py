"""The client for game loops: the network has its own thread, and callbacks run only inside `pump()`."""

from __future__ import annotations

import atexit
import time
import weakref
from types import TracebackType

from roomcast.client.client_room import ClientRoom
from roomcast.client.finder import find_server
from roomcast.client.network_runner import NetworkThread
from roomcast.client.where import Where
from roomcast.transports.client_network import ClientNetwork


class Room(ClientRoom):
    """A room, for a program with a loop of its own. Made by `roomcast.join` and `roomcast.host`.

    Safe to call from any thread; `pump()` runs the callbacks in the thread that calls it.
    """

    def __init__(self, where: Where, name: str, timeout: float, network: ClientNetwork | None = None) -> None:
        super().__init__(where, name)
        self._network = NetworkThread(where, self._core, self._lock, network)
        self._arrived = self._network.arrived
        self._sender.waker = self._network
        self._network.start()
        try:
            self._wait_for_welcome(timeout)
        except BaseException:
            self.leave()
            raise
        _open_rooms.add(self)

    def pump(self, budget: float | None = None, wait: float = 0.0) -> int:
        """Run what has arrived, in the room's order, in this thread; returns how many entries that were.

        `budget`: seconds after which the rest is left for the next call. `wait`: where nothing has arrived, seconds to
        wait for something. An exception in one of your functions comes out of here; what came after it still waits.
        """
        inbox, calls = self._inbox, self._inbox.calls
        started = time.monotonic()
        if wait > 0 and not calls and not inbox.waiting and inbox.closed is None:
            self._arrived.clear()
            if not inbox.waiting:
                self._arrived.wait(wait)
        count, most = 0, inbox.waiting
        while True:
            while calls:
                calls.popleft()()
            if not most or not inbox.waiting:  # a callback may have pumped, too
                return count
            if budget is not None and time.monotonic() - started >= budget:
                return count
            most -= 1
            if inbox.next() is not None:
                count += 1

    def leave(self) -> None:
        """Leave the room for good, after what was sent has come back (within two seconds)."""
        _open_rooms.discard(self)
        self._network.leave()
        with self._lock:
            self._core.leave()  # where the network's thread did not come to it
        self._inbox.closed = self._inbox.closed or self._core.over

    def __enter__(self) -> Room:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<room {self.name} at {self._where.server}, as {self.me.id}>"

    def _wait_for_welcome(self, timeout: float) -> None:
        give_up = time.monotonic() + timeout
        while True:
            self._arrived.clear()
            if self._is_admitted(self._network.first_failure):
                return
            left = give_up - time.monotonic()
            if left <= 0:
                raise self._no_answer(timeout)
            self._arrived.wait(left)


def join(where: str, name: str = "", *, timeout: float = 10.0, network: ClientNetwork | None = None) -> Room:
    """Join a room, and return it after the server's welcome.

    `where`: a room's name or code, `host:port/room`, or a ws:// or wss:// address. For a name alone, the server is the
    one that ROOMCAST_SERVER names, else one on this computer, else one on this network: then a line on stderr says
    which. `name`: what others see; a room may have several of one name. `timeout`: seconds. `network`: what carries the
    frames (`roomcast.transports.client_network`), None for WebSockets on picows; it is used in a thread of its own, on
    an asyncio event loop. Raises `CannotConnect` after at most `timeout` seconds, and `BadArgument`.
    """
    return Room(find_server(where, timeout), name, timeout, network)


_open_rooms: weakref.WeakSet[Room] = weakref.WeakSet()


@atexit.register
def _leave_all() -> None:
    """A program that simply ends leaves its rooms, so that nobody waits for it to come back."""
    for room in list(_open_rooms):
        room.leave()
