"""asyncio's event loop by another clock, for handlers that wait: whoever has it turns it, and it waits for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class ClockedLoop(asyncio.SelectorEventLoop):
    """`now`: its clock. `woken` is called with the time at which something is to run: now, or later."""

    def __init__(self, now: Callable[[], float], woken: Callable[[float], object] = lambda when: None) -> None:
        super().__init__()
        self._now = now
        self._woken = woken
        self._count = 0
        self.ready = self.turns = False  # `turns`: something runs on it at this moment
        self.timers: list[tuple[float, int, asyncio.TimerHandle]] = []

    def time(self) -> float:
        return self._now()

    def call_soon(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]
        self.ready = True
        self._woken(self.time())
        return super().call_soon(*args, **kwargs)

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]
        self.ready = True
        return super().call_soon_threadsafe(*args, **kwargs)

    def call_at(self, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        handle = super().call_at(*args, **kwargs)
        self._count += 1
        heappush(self.timers, (handle.when(), self._count, handle))
        self._woken(handle.when())
        return handle

    def turn(self) -> None:
        """Run what is due."""
        super().call_soon(self.stop)
        self.ready, now, self.turns = False, self.time(), True
        self.run_forever()
        self.turns = False
        while self.timers and (self.timers[0][0] <= now or self.timers[0][2].cancelled()):
            heappop(self.timers)

    def end(self) -> None:
        """Close it, whatever still waits."""
        self.set_exception_handler(lambda loop, context: None)
        self.close()
