"""Simulated time: a heap of things to do, each at its moment, and computers that have a clock and may sleep."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

Run: TypeAlias = Callable[..., object]


class Timeline:
    """What happens when. Two things at one moment happen in the order in which they were put down."""

    def __init__(self) -> None:
        self.now = 0.0  # seconds
        self._count = 0
        self._heap: list[tuple[float, int, Run, tuple[Any, ...]]] = []

    def at(self, when: float, run: Run, *args: Any) -> None:
        """Have something run at a moment."""
        self._count += 1
        heappush(self._heap, (when, self._count, run, args))

    def after(self, delay: float, run: Run, *args: Any) -> None:
        """Have something run in so many seconds."""
        self.at(self.now + delay, run, *args)

    def step(self) -> None:
        """Let the next thing happen."""
        self.now, _, run, args = heappop(self._heap)
        run(*args)

    def run_until(self, end: float) -> None:
        """Let all happen that happens until a moment."""
        heap = self._heap
        while heap and heap[0][0] <= end:
            self.now, _, run, args = heappop(heap)
            run(*args)
        self.now = end


class Machine:
    """A computer with one program: it may sleep, its clock never jumps back, the program may end and start again."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.life = 0  # of the program: what an earlier one had planned does not happen
        self.on = True
        self.sleeps_until = 0.0
        self._behind = -1000.0  # seconds that its clock stood still; it did not begin with the simulation

    @property
    def clock(self) -> float:
        """What the program's clock shows, in seconds: a clock as the core wants it."""
        return self.timeline.now - self._behind

    @property
    def awake(self) -> bool:
        """Whether the program runs at this moment."""
        return self.on and self.timeline.now >= self.sleeps_until

    def after(self, delay: float, run: Run, *args: Any) -> None:
        """Have the program do something in so many seconds, or when the computer wakes up; not if it has ended."""
        self.timeline.at(self.timeline.now + delay, self._run, self.life, run, args)

    def _run(self, life: int, run: Run, args: tuple[Any, ...]) -> None:
        if life != self.life:
            return
        if self.timeline.now < self.sleeps_until:
            self.timeline.at(self.sleeps_until, self._run, life, run, args)
        else:
            run(*args)

    def sleep(self, seconds: float, *, clock_stands: bool = False) -> None:
        """The lid is closed: nothing runs for so long; some systems stop the clock meanwhile, some do not."""
        until = max(self.sleeps_until, self.timeline.now + seconds)
        if clock_stands:
            lost = until - max(self.timeline.now, self.sleeps_until)
            self.timeline.at(until, self._run, self.life, self._lose_time, (lost,))
        self.sleeps_until = until

    def _lose_time(self, seconds: float) -> None:
        self._behind += seconds

    def end(self) -> None:
        """The program ends, with all that it had planned."""
        self.life += 1
        self.on = False

    def start(self) -> None:
        self.on = True
        self.sleeps_until = 0.0
