"""Runs async handlers of rooms with rules in a simulation: as tasks of an event loop that goes by a machine's clock."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Final

from roomcast.testing.clocked_loop import ClockedLoop
from roomcast.testing.timeline import Machine

_LEAST: Final = 1e-6  # seconds: what is due by a rounding error is not looked at for ever at the same moment


class HandlerTasks:
    """The event loop of one server process, made when something first runs on it. `ran` is called after each turn.

    What a task or a callback raises comes out of the simulation, as everything does.
    """

    def __init__(self, machine: Machine, ran: Callable[[], object]) -> None:
        self._machine = machine
        self._ran = ran
        self._made: ClockedLoop | None = None
        self._failed: list[dict[str, Any]] = []
        self._wakes: set[float] = set()  # the times for which a turn is planned

    @property
    def loop(self) -> ClockedLoop:
        if self._made is None:
            woken, failed = weakref.WeakMethod(self._woken), self._failed
            self._made = ClockedLoop(self._machine.now, lambda when: (call := woken()) and call(when))
            self._made.set_exception_handler(lambda loop, context: failed.append(context))
            weakref.finalize(self, ClockedLoop.end, self._made)
        return self._made

    def create_task(self, coro: Coroutine[Any, Any, None], /, *, context: Context) -> asyncio.Task[None]:
        return self.loop.create_task(coro, context=context)

    def call_later(self, delay: float, callback: Callable[..., object], /, *args: Any) -> asyncio.TimerHandle:
        return self.loop.call_later(delay, callback, *args)

    def drain(self) -> None:
        """Let what was cancelled end: the process is gone."""
        while self._made is not None and self._made.ready:
            self._made.turn()

    def _woken(self, when: float) -> None:
        if when not in self._wakes:
            self._wakes.add(when)
            self._machine.call_later(max(_LEAST, when - self._machine.clock), self._turn, when)

    def _turn(self, when: float) -> None:
        self._wakes.discard(when)
        loop = self.loop
        loop.turn()
        for context in self._failed:
            raise context.get("exception") or RuntimeError(context["message"])
        if loop.timers:  # the clock may have stood still meanwhile
            self._woken(loop.timers[0][0])
        self._ran()
