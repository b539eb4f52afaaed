"""When the timers of a room of `random_rules` are to run, by what its rules have noted of each where it was set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, inf
from typing import Final

from roomcast.testing.promises import ROOM_TIMERS, Broken

_OVER: Final = inf


class TimerPlan:
    """Of one room. Times are the room's, Unix milliseconds."""

    def __init__(self) -> None:
        # When a handler ended for which the room had waited, or it opened: what was due before ran then.
        self.held_until = 0
        self._dues: dict[str, tuple[float, int, float, int]] = {}  # by key: when, id, first time, interval

    def note(self, plan: Mapping[str, Sequence[int]]) -> None:
        """The rules have that planned now: by key, when it is due first, its interval, its id."""
        dues = self._dues
        for key in dues.keys() - plan.keys():
            if dues[key][0] < _OVER:
                dues[key] = (_OVER, 0, 0, 0)  # cancelled
        for key, (first, interval, timer, *_) in plan.items():
            if key not in dues:
                dues[key] = (first, timer, first, interval)

    @property
    def next(self) -> tuple[float, str]:
        """When the next one is due, and its key."""
        when, _, key = min(((one[0], one[1], key) for key, one in self._dues.items()), default=(inf, 0, ""))
        return when, key if when < inf else ""

    def ran(self, key: str, at: float, *, late: bool) -> None:
        """A timer has run. Raises `Broken` where another one was to run, or at another time."""
        when, expected = self.next
        if key != expected or not self._is_time(at, when, late=late):
            raise Broken(ROOM_TIMERS, f"the timer {key} ran at {at}, and {expected or 'none'} was due at {when}")
        _, timer, first, interval = self._dues[key]
        if not interval:
            self._dues[key] = (_OVER, 0, 0, 0)
        else:
            since = at if late else when
            self._dues[key] = (first + (floor((since - first) / interval) + 1) * interval, timer, first, interval)

    def _is_time(self, at: float, when: float, *, late: bool) -> bool:
        if late or when < self.held_until:
            return at >= when and (late or at <= self.held_until)
        return at == when

    def nothing_is_missed(self, at: float) -> None:
        """Something else is decided at a time: all that was due before it has run. Raises `Broken`."""
        when, key = self.next
        if when < at and at > self.held_until:
            raise Broken(ROOM_TIMERS, f"at {at}, the timer {key} has not run that was due at {when}")

    def is_next(self, due: float) -> None:
        """The room's next timer is due then. Raises `Broken`."""
        when, key = self.next
        if when != due:
            raise Broken(ROOM_TIMERS, f"the next timer of the room is due at {due}, and {key} should be at {when}")

    def save(self) -> dict[str, tuple[float, int, float, int]]:
        """All of it, to be given to `restore`."""
        return dict(self._dues)

    def restore(self, saved: Mapping[str, tuple[float, int, float, int]]) -> None:
        self._dues = dict(saved)
