"""One direction of a connection that is slow on purpose: what is put in comes out later, and in the same order."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable
from typing import Any

from roomcast.transports.bad_network import BadNetwork
from roomcast.transports.scheduling import Handle, Scheduler


class DelayLine:
    """Makes calls `network.lag` later, give or take `network.jitter`, from the event loop alone.

    One that is late holds up those behind it, as TCP does.
    """

    __slots__ = ("_due", "_held", "_network", "_random", "_scheduler", "_timer", "_waiting", "size")

    def __init__(self, network: BadNetwork, scheduler: Scheduler, dice: random.Random) -> None:
        self.size = 0  # bytes that wait
        self._network = network
        self._scheduler = scheduler
        self._random = dice
        self._waiting: deque[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = deque()
        self._due = 0.0  # when the newest comes out
        self._timer: Handle | None = None
        self._held = False

    def put(self, size: int, call: Callable[..., object], /, *args: Any) -> None:
        """Make a call later; it counts as `size` bytes until then."""
        jitter = self._network.jitter
        delay = max(0.0, self._network.lag + self._random.uniform(-jitter, jitter))
        self._due = max(self._due, self._scheduler.now() + delay)
        self._waiting.append((self._due, size, call, args))
        self.size += size
        self._wait()

    def hold(self) -> None:
        """Make no call until `go_on`."""
        self._held = True

    def go_on(self) -> None:
        self._held = False
        self._wait()

    def clear(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()
        self.size = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is None and self._waiting and not self._held:
            left = max(0.0, self._waiting[0][0] - self._scheduler.now())
            # In whole milliseconds, rounded up: event loops count in those, and would spin for the rest of one.
            self._timer = self._scheduler.call_later(math.ceil(left * 1000) / 1000, self._run)

    def _run(self) -> None:
        self._timer = None
        now = self._scheduler.now()
        while self._waiting and self._waiting[0][0] <= now and not self._held:
            _, size, call, args = self._waiting.popleft()
            self.size -= size
            call(*args)
        self._wait()
