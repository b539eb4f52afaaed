"""A flag between the network's thread and the program's: something has arrived."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue


class Arrivals:
    """A `Signal` for one waiting thread.

    Unlike `threading.Event` it may be used from a signal handler that interrupts the thread that waits: its methods
    are single steps of a `SimpleQueue`, which is reentrant, and leave no lock held.
    """

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set: SimpleQueue[None] = SimpleQueue()  # holds something while the flag is set

    def is_set(self) -> bool:
        return not self._set.empty()

    def set(self) -> None:
        if self._set.empty():
            self._set.put(None)

    def clear(self) -> None:
        try:
            while True:
                self._set.get_nowait()
        except Empty:
            pass

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, and clear it. Returns False where that took longer than `seconds`."""
        try:
            self._set.get(timeout=min(max(seconds, 0.0), threading.TIMEOUT_MAX))
        except Empty:
            return False
        return True
