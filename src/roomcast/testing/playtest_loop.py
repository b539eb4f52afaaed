"""The event loop of a playtest, on which async handlers run: it goes by the game's clock, and waits for nothing."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from contextvars import Context
from math import inf
from typing import Any

from roomcast.testing.clocked_loop import ClockedLoop


class PlaytestLoop:
    """`now`: the game's time. The loop is made when something first runs on it."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.time = now
        self._made: ClockedLoop | None = None
        self._limits: weakref.WeakSet[asyncio.TimerHandle] = weakref.WeakSet()

    @property
    def _loop(self) -> ClockedLoop:
        if self._made is None:
            self._made = ClockedLoop(self.time)
            weakref.finalize(self, ClockedLoop.end, self._made)
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

    @property
    def is_ready(self) -> bool:
        """Whether there is something to run now."""
        return self._made is not None and self._made.ready

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
