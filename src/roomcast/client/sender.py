"""The way out: what a program sends goes into the client core, and the network is woken to write it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.core.client.client_core import ClientCore
from roomcast.core.protocol.messages import Do, Json
from roomcast.errors import RoomClosed


class Waker(Protocol):
    """Wakes the network: it then writes what the client core has to send."""

    def wake(self) -> None:
        """Returns at once; writing is done on the network's event loop."""


class NoNetwork:
    """The `Waker` of a room whose messages are fetched from its core."""

    def wake(self) -> None:
        pass


class Sender:
    """Sends for one room, from any thread. `lock` guards the core; `clock` gives monotonic seconds."""

    __slots__ = ("_clock", "_core", "_lock", "barred", "waker")

    def __init__(self, core: ClientCore, lock: Lock, clock: Callable[[], float]) -> None:
        self._core = core
        self._lock = lock
        self._clock = clock
        self.waker: Waker = NoNetwork()
        self.barred = ""  # why nothing can be sent yet, as a sentence; "": it can

    def do(self, command: str, arguments: Raw, blobs: Blobs, to: tuple[str, ...] | None) -> None:
        """Send a command; with `blobs`, in pieces. `to`: the players' ids, None for everyone.

        Raises `TooFast` when too much waits, `BadArgument` for more than a message may have, and `RoomClosed`.
        """
        core = self._core
        if core.over is not None or self.barred:
            raise self._closed()
        with self._lock:
            if blobs:
                core.send(command, arguments, blobs, to)
            else:
                core.do(command, arguments, to, self._clock())
        self.waker.wake()

    def set(self, of: str, patch: dict[str, Json], *, whole: bool) -> None:
        """Send a patch of shared state, "me" or "room". Raises as `do`."""
        if self._core.over is not None or self.barred:
            raise self._closed()
        with self._lock:
            self._core.set(of, patch, whole=whole)
        self.waker.wake()

    def check(self, log: int, seq: int, digest: str) -> None:
        """Send the hash of the program's state after the entry at `seq`.

        Nothing is sent where the client follows another log by now: there, the same seq is another entry.
        """
        with self._lock:
            if log == self._core.log:
                self._core.check(seq, digest)
        self.waker.wake()

    def report(self, log: int, entry: Do, began: float) -> None:
        """Tell the server that a command has been run; `began`: when its turn came, by the clock."""
        took = (self._clock() - began) * 1000  # ms
        with self._lock:
            if log == self._core.log:
                self._core.report(entry, took)
        self.waker.wake()

    def _closed(self) -> RoomClosed:
        core = self._core
        if core.over is None:
            return RoomClosed(self.barred)
        return RoomClosed(f"the room {core.room!r} is over for this program: {core.over.message}")
