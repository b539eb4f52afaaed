"""The event loop of a playtest, on which async handlers run: it goes by the game's clock, and waits for nothing."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from contextvars import Context
from heapq import heappop, heappush
from math import inf
from typing import Any


class _Loop(asyncio.SelectorEventLoop):
    """asyncio's own loop, by another clock; it knows whether there is something to run, and when."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._game_time = now
        self._count = 0
        self.ready = self.turns = False
        self.timers: list[tuple[float, int, asyncio.TimerHandle]] = []

    def time(self) -> float:
        return self._game_time()

    def call_soon(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]
        self.ready = True
        return super().call_soon(*args, **kwargs)

    def call_soon_threadsafe(self, *args: Any, **kwargs: Any) -> asyncio.Handle:  # type: ignore[override]
        self.ready = True
        return super().call_soon_threadsafe(*args, **kwargs)

    def call_at(self, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        handle = super().call_at(*args, **kwargs)
        self._count += 1
        heappush(self.timers, (handle.when(), self._count, handle))
        return handle

    def turn(self) -> None:
        super().call_soon(self.stop)
        self.ready, now, self.turns = False, self.time(), True
        self.run_forever()
        self.turns = False
        while self.timers and (self.timers[0][0] <= now or self.timers[0][2].cancelled()):
            heappop(self.timers)


def _close(loop: _Loop) -> None:
    loop.set_exception_handler(lambda loop, context: None)  # a game may end while a handler waits
    loop.close()


class PlaytestLoop:
    """`now`: the game's time. The loop is made when something first runs on it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.time = now
        self._made: _Loop | None = None
        self._limits: weakref.WeakSet[asyncio.TimerHandle] = weakref.WeakSet()

    @property
    def _loop(self) -> _Loop:
        if self._made is None:
            self._made = _Loop(self.time)
            weakref.finalize(self, _close, self._made)
        return self._made

    def create_task(self, coro: Coroutine[Any, Any, None], /, *, context: Context) -> asyncio.Task[None]:
        return self._loop.create_task(coro, context=context)

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> asyncio.TimerHandle:
        """As asyncio's; for limits, which nobody who plays waits for."""
        handle = self._loop.call_later(delay, callback, *args)
        self._limits.add(handle)
        return handle

    @property
    def turns(self) -> bool:
        """Whether something runs on it at this moment."""
        return self._made is not None and self._made.turns

    def turn(self) -> bool:
        """Run what is due. Returns whether there was anything."""
        loop = self._made
        if loop is None or not (loop.ready or self.next_due <= self.time()):
            return False
        loop.turn()
        return True

    @property
    def next_due(self) -> float:
        """When something is due that waits for a time; inf: nothing is."""
        return min((when for when, _, handle in self._timers if not handle.cancelled()), default=inf)

    @property
    def _timers(self) -> list[tuple[float, int, asyncio.TimerHandle]]:
        return [] if self._made is None else self._made.timers

    def look(self) -> None:
        """Look whether something has come from outside of the game: from a thread, a socket."""
        if self._made is not None:
            self._made.turn()

    @property
    def waits_for_time(self) -> bool:
        """Whether something waits for a time, other than limits."""
        return any(not (handle.cancelled() or handle in self._limits) for _, _, handle in self._timers)
