"""Simulated time: a queue of scheduled calls, and machines with a clock that can sleep, stop and start again."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

Callback: TypeAlias = Callable[..., object]


class Timeline:
    """The event queue. Calls scheduled for the same time run in the order in which they were scheduled."""

    def __init__(self) -> None:
        self.now = 0.0  # seconds
        self._count = 0
        self._heap: list[tuple[float, int, Callback, tuple[Any, ...]]] = []

    def call_at(self, when: float, callback: Callback, *args: Any) -> None:
        """Schedule a call at an absolute time, in seconds."""
        self._count += 1
        heappush(self._heap, (when, self._count, callback, args))

    def call_later(self, delay: float, callback: Callback, *args: Any) -> None:
        """Schedule a call `delay` seconds from now."""
        self.call_at(self.now + delay, callback, *args)

    def step(self) -> None:
        """Advance to the next scheduled call and run it."""
        self.now, _, callback, args = heappop(self._heap)
        callback(*args)

    def run_until(self, end: float) -> None:
        """Run every call that is due up to `end`, including those scheduled meanwhile."""
        heap = self._heap
        while heap and heap[0][0] <= end:
            self.now, _, callback, args = heappop(heap)
            callback(*args)
        self.now = end


class ScheduledCall:
    """A call that a program has scheduled."""

    __slots__ = ("_args", "_callback")

    def __init__(self, callback: Callback, args: tuple[Any, ...]) -> None:
        self._callback: Callback | None = callback
        self._args = args

    def cancel(self) -> None:
        """Do not make the call; does nothing where it was made."""
        self._callback = None

    def run(self) -> None:
        if self._callback is not None:
            self._callback(*self._args)


class Machine:
    """A computer that runs one program. It can sleep; the program can end and be started again.

    Its clock is monotonic and may stand still during sleep. For its program it is the event loop: a `Scheduler`.
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.life = 0  # counts the program's runs: calls scheduled in an earlier run are dropped
        self.on = True
        self.sleeps_until = 0.0
        self._behind = -1000.0  # seconds that the clock is behind the timeline; it did not start at zero

    @property
    def clock(self) -> float:
        """The machine's monotonic clock, in seconds: `now` for the core."""
        return self.timeline.now - self._behind

    @property
    def awake(self) -> bool:
        """Whether the program is running at this moment."""
        return self.on and self.timeline.now >= self.sleeps_until

    def now(self) -> float:
        """The same as `clock`."""
        return self.timeline.now - self._behind

    def call_soon(self, callback: Callback, /, *args: Any) -> ScheduledCall:
        """Schedule a call in this program for the next turn of its event loop."""
        return self.call_later(0.0, callback, *args)

    def call_later(self, delay: float, callback: Callback, /, *args: Any) -> ScheduledCall:
        """Schedule a call in this program. It is delayed until a sleep ends, and dropped if the program ends."""
        call = ScheduledCall(callback, args)
        self.timeline.call_at(self.timeline.now + delay, self._run, self.life, call)
        return call

    def _run(self, life: int, call: ScheduledCall) -> None:
        if life != self.life:
            return
        if self.timeline.now < self.sleeps_until:
            self.timeline.call_at(self.sleeps_until, self._run, life, call)
        else:
            call.run()

    def sleep(self, seconds: float, *, clock_stands: bool = False) -> None:
        """Run nothing for `seconds`. Operating systems differ in whether the monotonic clock stops meanwhile."""
        if not self.on:
            return
        until = max(self.sleeps_until, self.timeline.now + seconds)
        if clock_stands:
            lost = until - max(self.timeline.now, self.sleeps_until)
            self.timeline.call_at(until, self._run, self.life, ScheduledCall(self._lose_time, (lost,)))
        self.sleeps_until = until

    def _lose_time(self, seconds: float) -> None:
        self._behind += seconds

    def end(self) -> None:
        """End the program and drop everything that it had scheduled."""
        self.life += 1
        self.on = False

    def start(self) -> None:
        self.on = True
        self.sleeps_until = 0.0
