"""When the server's disk writes and syncs: after a random delay, in random portions."""

from __future__ import annotations

from collections.abc import Callable

from roomcast.testing.disk import MemoryStore
from roomcast.testing.environment import Environment
from roomcast.testing.timeline import Machine


class DiskTiming:
    """Writes and syncs a store in simulated time. `synced` is called after each sync."""

    def __init__(
        self, environment: Environment, machine: Machine, store: MemoryStore, synced: Callable[[], None]
    ) -> None:
        self.usual_delay = (0.0005, 0.02)  # seconds that a write takes, and a sync; from … to
        self.delay = self.usual_delay
        self._chance = environment.chance
        self._machine = machine
        self._store = store
        self._synced = synced
        self._busy = False
        self._turn = 0  # calls scheduled in an earlier turn are dropped

    def wake(self) -> None:
        """The store has something to write."""
        if not self._busy and self._machine.on:
            self._busy = True
            self._machine.call_later(self._random_delay(), self._write, self._turn)

    def restart(self) -> None:
        """The server has started: nothing is being written."""
        self._busy = False

    def reset(self) -> None:
        """Be as fast as usual again, and drop the write or sync that takes so long."""
        self.delay = self.usual_delay
        self._busy = False
        self._turn += 1
        if self._store.waits:
            self.wake()

    def _random_delay(self) -> float:
        least, most = self.delay
        return least + (most - least) * self._chance.random()

    def _write(self, turn: int) -> None:
        if turn == self._turn:
            part = self._chance.random()
            self._store.write(None if part < 0.5 else 1 + int(part * self._store.waits))
            self._machine.call_later(self._random_delay(), self._sync, turn)

    def _sync(self, turn: int) -> None:
        if turn == self._turn:
            self._store.sync()
            self._synced()
            self._busy = False
            if self._store.waits:
                self.wake()
