"""The timers of a room: methods that are to run later, by their names, with arguments as JSON.

They are fields of a box of their own. So a handler that raises has set and cancelled none, and they are kept where
everything else is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from math import floor, inf
from typing import Any, Final, NamedTuple

from roomcast.rules.boxes import Box
from roomcast.rules.json_texts import KeptObject, decoded
from roomcast.rules.ledger import Ledger
from roomcast.rules.rejection import RulesMistake

LEAST: Final = 1.0  # ms from setting a timer to its run, and between two runs
MOST_SET: Final = 1_000  # timers that one handler may set; how many may wait, the server's limits say
_MADE: Final = "made"  # the field that counts: how many were ever set
_FEW: Final = 64  # entries of the heap that are over, of which fewer are not worth looking for


class DueTimer(NamedTuple):
    """A run of a timer."""

    method: str
    args: list[Any]
    timer: int


class Timers:
    """The timers of one room; times are the room's, in Unix milliseconds. What is done to them is a draft, as in boxes.

    Of a timer, its field has `[start, interval, runs, method, arguments]`: run number `runs` is due at `start + runs *
    interval`. An interval of 0: it runs once. `check_acts` is asked before one is cancelled, and may raise.
    """

    __slots__ = ("_check_acts", "_dues", "_heap", "_touched", "box", "made", "next_due")

    def __init__(self, ledger: Ledger, check_acts: Callable[[str], None]) -> None:
        self.box: Final = Box("self.timers", ledger)
        self.next_due = inf
        self._check_acts = check_acts
        self.made = 0  # by the handler that runs
        self._dues: dict[int, float] = {}  # by id, as of the last decision that stands
        self._heap: list[tuple[float, int]] = []  # when, and the id; older ones among them
        self._touched: dict[int, float] = {}  # in this draft, and when each is due then; inf: it is over

    def __len__(self) -> int:
        """How many there are with this draft."""
        dues = self._dues
        return len(dues) + sum((due < inf) - (timer in dues) for timer, due in self._touched.items())

    @property
    def waiting(self) -> list[int]:
        """Ids of those that are to run, in the order of setting."""
        return [int(field) for field in self.box if field != _MADE]

    def set(self, at: float, wait: float, method: str, args: list[Any], *, repeat: bool) -> int:
        """Have a method run `wait` milliseconds after the time `at`, and again and again; returns the timer's id."""
        if self.made >= MOST_SET:
            raise RulesMistake(f"one handler may set {MOST_SET:,} timers at most: set one that does it all")
        self.made += 1
        wait = max(wait, LEAST)
        made = self.box.get(_MADE) + 1 if _MADE in self.box else 1
        self.box.set(_MADE, made)
        self.box.set(str(made), [at + wait, wait if repeat else 0.0, 0, method, args])
        self._touched[made] = at + wait
        return made

    def cancel(self, timer: int) -> None:
        self._check_acts("timer.cancel()")
        if timer in self:
            self.box.remove(str(timer))
            self._touched[timer] = inf

    def __contains__(self, timer: object) -> bool:
        return str(timer) in self.box

    def due_of(self, timer: int) -> float:
        """When it runs next; inf: it is over."""
        return self._touched.get(timer, self._dues.get(timer, inf))

    def take(self, at: float, *, late: bool) -> DueTimer:
        """The next one that is due, which has run with that. `late`: the runs that it has missed by `at`, too."""
        timer = self._heap[0][1]
        start, interval, runs, method, args = value = self.box.get(str(timer))
        if interval:
            value[2] = runs = max(runs, floor((at - start) / interval)) + 1 if late else runs + 1
            self._touched[timer] = start + runs * interval
        else:
            self.cancel(timer)
        return DueTimer(method, args, timer)

    def skip_missed(self, timer: int, at: float) -> None:
        """Its method has taken a while: what it has missed by `at` is not made up for."""
        if timer in self:
            start, interval, runs, *_ = value = self.box.get(str(timer))
            if interval:
                value[2] = runs = max(runs, floor((at - start) / interval) + 1)
                self._touched[timer] = start + runs * interval

    # ------------------------------------------------------------------ at the end of a decision

    def keep(self) -> None:
        dues = self._dues
        for timer, due in self._touched.items():
            if due < inf:
                dues[timer] = due
                heappush(self._heap, (due, timer))
            else:
                dues.pop(timer, None)
        self.undo()
        self._find_next()

    def undo(self) -> None:
        self._touched.clear()
        self.made = 0

    def restore(self) -> None:
        """The box is as it was kept."""
        for field, text in self.box.texts.items():
            if field != _MADE:
                start, interval, runs, *_ = decoded(text)
                self._dues[int(field)] = start + runs * interval
        self._heap[:] = [(due, timer) for timer, due in self._dues.items()]
        heapify(self._heap)
        self._find_next()

    def _find_next(self) -> None:
        heap, dues = self._heap, self._dues
        if len(heap) > 2 * len(dues) + _FEW:
            heap[:] = [(due, timer) for timer, due in dues.items()]
            heapify(heap)
        while heap and dues.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        self.next_due = heap[0][0] if heap else inf


class Timer(KeptObject):
    """A method that is to run later: what `self.after` and `self.every` return."""

    __slots__ = ("_timers", "id")

    def __init__(self, timers: Timers, timer: int) -> None:
        self._timers = timers
        self.id: Final = timer
        """A whole number, by which the room finds it again: `self.timers[id]`."""

    @property
    def due(self) -> float:
        """When it runs next, in Unix seconds as `self.time`; `math.inf`: it does not run any more."""
        return self._timers.due_of(self.id) / 1000

    def cancel(self) -> None:
        """Let it not run any more. Does nothing where it has run for the last time."""
        self._timers.cancel(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timer) and self._timers is other._timers and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<timer {self.id}{'' if self.id in self._timers else ', over'}>"

    def advice(self) -> str:
        return "a timer cannot be kept: keep timer.id, and find it again with self.timers.get(…)"


class RoomTimers(Mapping[int, Timer]):
    """The timers of a room that are to run, by their ids, in the order of setting."""

    __slots__ = ("_timers",)

    def __init__(self, timers: Timers) -> None:
        self._timers = timers

    def __getitem__(self, timer: int) -> Timer:
        """The timer with that id. Raises KeyError for one that does not run any more."""
        if timer not in self._timers:
            raise KeyError(timer)
        return Timer(self._timers, timer)

    def __iter__(self) -> Iterator[int]:
        return iter(self._timers.waiting)

    def __len__(self) -> int:
        return len(self._timers)

    def __repr__(self) -> str:
        return f"<timers: {', '.join(map(str, self)) or 'none'}>"
