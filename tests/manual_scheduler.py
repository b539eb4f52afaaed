"""A scheduler whose clock a test turns by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Scheduled:
    """A call that waits for its time."""

    def __init__(self, when: float, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.when = when
        self.cancelled = False
        self._call = call
        self._args = args

    def cancel(self) -> None:
        self.cancelled = True

    def run(self) -> None:
        if not self.cancelled:
            self._call(*self._args)


class ManualScheduler:
    """A `Scheduler`: nothing runs but in `run_for`."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.calls: list[Scheduled] = []

    def now(self) -> float:
        return self.time

    def call_soon(self, call: Callable[..., object], /, *args: Any) -> Scheduled:
        return self.call_later(0.0, call, *args)

    def call_later(self, delay: float, call: Callable[..., object], /, *args: Any) -> Scheduled:
        scheduled = Scheduled(self.time + delay, call, args)
        self.calls.append(scheduled)
        return scheduled

    @property
    def waiting(self) -> list[float]:
        """In how many seconds calls will be made."""
        return sorted(round(call.when - self.time, 6) for call in self.calls if not call.cancelled)

    def run_for(self, seconds: float) -> None:
        """Let time pass, and make the calls that are due, each at its time."""
        end = self.time + seconds
        while due := [call for call in self.calls if call.when <= end]:
            first = min(due, key=lambda call: call.when)
            self.calls.remove(first)
            self.time = max(self.time, first.when)
            first.run()
        self.time = end

    def stand_still(self, seconds: float) -> None:
        """The computer sleeps: the clock goes on, and no call is made."""
        self.time += seconds
