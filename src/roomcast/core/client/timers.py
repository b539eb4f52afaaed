"""Timers of a room, on its own time: each program keeps those that its functions have set, and runs them by one rule.

    Before an entry is run, all timers are run that are due at its `at` or before: the earliest first, and of those that
    are due at one time the one that was set first.

What is in the log decides alone at which place of the order a timer runs. It is the same everywhere, whenever a program
has read the log. Times are the room's, in Unix milliseconds: 64-bit floats, of which other languages have the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import heapify, heappop, heappush, heapreplace
from math import ceil, inf
from typing import Any, Final, NamedTuple

from roomcast.core.protocol.messages import Wake

LEAST: Final = 1.0  # ms from setting a timer to its run, and between two runs: so each run takes time further
FAST: Final = 50.0  # ms: where the time is told as often, no other timer needs to ask for a moment of its own
MOST_OFTEN: Final = 1000 / 60  # ms: no room tells its time more often
PLACES: Final = 100_000  # ids of timers from one entry to the next
_FEW: Final = 64  # cancelled timers, of which fewer are not worth looking for


class TimerRecord:
    """A function that is to run once, or again and again. Its run number `runs` is due at `start + runs * interval`."""

    __slots__ = ("arguments", "function", "id", "interval", "name", "number", "over", "runs", "start")

    def __init__(
        self,
        number: int,
        place: int,
        function: Callable[..., object],
        arguments: tuple[Any, ...],
        start: float,
        interval: float,
        name: str = "",
    ) -> None:
        self.number: Final = number  # in the order of setting
        self.id: Final = place  # made of its place in the room's order: the same in every program
        self.name: Final[str] = name or getattr(function, "__name__", type(function).__name__)
        self.function: Final = function
        self.arguments: Final = arguments
        self.start: Final = start  # on the timers' own time, which stands still while they rest
        self.interval: Final = interval  # 0: it runs once
        self.runs = 0  # how often it has run
        self.over = False  # it has run for the last time, or was cancelled


class SavedTimer(NamedTuple):
    """A timer that waits: as in `TimerRecord`."""

    name: str
    arguments: tuple[Any, ...]
    start: float
    interval: float
    runs: int
    id: int


class SavedTimers(NamedTuple):
    """The timers of a program at one place of the order."""

    records: list[SavedTimer]  # in the order of setting
    rested: float  # milliseconds that they have rested in all
    ran: dict[str, int]  # runs since the last entry, by name
    made: int  # timers that were set since the last entry


class Timers:
    """The timers of one program in one room."""

    __slots__ = ("_cancelled", "_heap", "_made", "_names", "_number", "_rested", "_seq", "_waiting", "_wanted")

    def __init__(self) -> None:
        self._waiting: dict[int, TimerRecord] = {}  # that are to run, by id, in the order of setting
        self._number = 0
        self._heap: list[tuple[float, int, TimerRecord]] = []
        self._cancelled = 0  # of those in the heap
        self._rested = (0.0, 0.0, 0.0)  # how long, and the last rest: from when, until when
        self._seq = 0  # of the entry after which these have counted:
        self._names: dict[str, int] = {}  # runs since that entry, by name
        self._made = 0  # timers set since that entry
        self._wanted: Wake | None = Wake()  # None: it has changed

    @property
    def waiting(self) -> Mapping[int, TimerRecord]:
        """Those that are to run, by id, in the order of setting."""
        return self._waiting

    def set(
        self,
        function: Callable[..., object],
        arguments: tuple[Any, ...],
        seq: int,
        at: float,
        delay: float,
        interval: float = 0.0,
    ) -> TimerRecord:
        """A timer is set after the entry `seq`, at a time, to run `delay` milliseconds later, and then every
        `interval`; 0: once.
        """
        if not self._waiting:
            self._rested = (0.0, *self._rested[1:])  # as where no timer was ever set: so equal states are saved equally
        start = at - self._rested[0] + max(delay, LEAST)
        place = self._next_id(seq)
        timer = TimerRecord(self._number, place, function, arguments, start, interval and max(interval, LEAST))
        self._number += 1
        self._waiting[place] = timer
        self._wanted = None
        heappush(self._heap, (start, timer.number, timer))
        return timer

    def _next_id(self, seq: int) -> int:
        self._count_from(seq)
        while True:
            found = seq * PLACES + self._made
            self._made += 1
            if found not in self._waiting:  # it may be, from a log that was undone
                return found

    def _count_from(self, seq: int) -> None:
        if self._seq != seq:
            self._seq, self._names, self._made = seq, {}, 0

    def forget_place(self) -> None:
        """What follows is another log, in which an entry with the same seq is another one."""
        self._seq, self._names, self._made = -1, {}, 0

    def cancel(self, timer: TimerRecord) -> None:
        """It does not run any more. Does nothing for one that is over."""
        if timer.over:
            return
        timer.over = True
        self._waiting.pop(timer.id, None)
        self._wanted = None
        self._cancelled += 1
        if self._cancelled > _FEW and self._cancelled * 2 > len(self._heap):
            self._heap = [one for one in self._heap if not one[2].over]
            heapify(self._heap)
            self._cancelled = 0

    @property
    def count(self) -> int:
        """How many are to run."""
        return len(self._waiting)

    def due_of(self, timer: TimerRecord) -> float:
        """When a timer is to run next; inf: it is over."""
        return inf if timer.over else timer.start + timer.runs * timer.interval + self._rested[0]

    @property
    def due(self) -> float:
        """When the next one is to run; inf: there is none."""
        heap = self._heap
        while heap and heap[0][2].over:
            heappop(heap)
            self._cancelled -= 1
        return heap[0][0] + self._rested[0] if heap else inf

    @property
    def next(self) -> TimerRecord:
        """The one that is to run next, of which there must be one."""
        return self._heap[0][2]

    def key(self, seq: int) -> str:
        """Text that says which run the next one is: the same in every program that has read the log up to `seq`."""
        name = self.next.name
        return f"{seq}:{name}:{self._names.get(name, 0) if self._seq == seq else 0}"

    def ran(self, timer: TimerRecord, runs: int, seq: int) -> None:
        """Run number `runs` of the next one, after the entry `seq`, is on its way. Said twice, it counts once."""
        if timer.over or timer.runs != runs:
            return
        self._count_from(seq)
        self._names[timer.name] = self._names.get(timer.name, 0) + 1
        self._wanted = None
        if timer.interval:
            timer.runs = runs + 1
            heapreplace(self._heap, (timer.start + timer.runs * timer.interval, timer.number, timer))
        else:
            timer.over = True  # before any call, after which a signal may come: from now on it has run
            self._waiting.pop(timer.id, None)
            heappop(self._heap)

    def saved(self, seq: int) -> SavedTimers:
        """The timers as they are after the entry `seq`, for `restore`. Their functions are known by name."""
        records = [
            SavedTimer(one.name, one.arguments, one.start, one.interval, one.runs, one.id)
            for one in self._waiting.values()
        ]
        rested = self._rested[0] if records else 0.0
        return SavedTimers(records, rested, *((dict(self._names), self._made) if self._seq == seq else ({}, 0)))

    def restore(self, saved: SavedTimers, functions: Callable[[str], Callable[..., object]], seq: int) -> None:
        """Go on with the timers that were saved after the entry `seq`, in place of all there were."""
        for former in self._waiting.values():
            former.over = True  # whoever holds one of them cancels nothing
        self._number, self._heap, self._cancelled, self._waiting = 0, [], 0, {}
        for one in saved.records:
            function = functions(one.name)
            timer = TimerRecord(self._number, one.id, function, one.arguments, one.start, one.interval, one.name)
            timer.runs = one.runs
            self._number += 1
            self._waiting[one.id] = timer
            heappush(self._heap, (timer.start + timer.runs * timer.interval, timer.number, timer))
        self._rested = (saved.rested, 0.0, 0.0)
        self._seq, self._names, self._made = seq, dict(saved.ran), saved.made
        self._wanted = None

    def rest(self, since: float, until: float) -> None:
        """Nothing was due between these times: all are due later. Said twice, it counts once."""
        if self._rested[1:] != (since, until):
            self._rested = (self._rested[0] + (until - since), since, until)
            self._wanted = None

    def wanted(self) -> Wake:
        """When the room's time must be told to this program, though nothing else happens."""
        if self._wanted is None:
            self._wanted = self._find_wanted()
        return self._wanted

    def _find_wanted(self) -> Wake:
        running = [one for one in self._heap if not one[2].over]
        rested = self._rested[0]
        repeated = [(timer.interval, timer.number, timer) for _, _, timer in running if timer.interval]
        if not repeated:
            return Wake(self.due if running else 0.0)
        interval, _, fastest = min(repeated)
        every = interval * max(1, ceil(MOST_OFTEN / interval))
        others = (due for due, _, timer in running if timer is not fastest)
        at = min(others, default=-rested) + rested if every > FAST else 0.0
        return Wake(at, every, fastest.start + rested)
