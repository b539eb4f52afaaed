"""When a quiet room has to tell its time: what its connections have asked for, and what was told.

A program that has timers needs to hear the room's time between two entries. It asks for that once (`Wake`): at a
moment, or at each step of a schedule. When the earliest is due, the next flush ends with a tick. Equal wakes, as those
of programs that run the same timers, are one. Times of wakes and ticks are the room's, in Unix milliseconds.

What an entry has brought needs no tick; a room of which nobody asks for one pays nothing.
"""

from __future__ import annotations

from math import floor, inf
from typing import Final, TypeAlias, TypeVar

from roomcast.core.protocol.messages import Wake
from roomcast.core.room.feed import Feed
from roomcast.core.room.order import Order
from roomcast.core.room.session import Session

LEAST_BETWEEN: Final = 1 / 60  # seconds between two ticks of a room: a step of a game, at most
_LEAST_EVERY: Final = 1000 * LEAST_BETWEEN

_Sessions: TypeAlias = dict[Session, None]
_Key = TypeVar("_Key")


class Ticks:
    """The wakes of one room's connections. `due`: when the room's time is to be told next; inf: never."""

    __slots__ = ("_asking", "_moments", "_of", "_schedules", "_told", "due", "not_before", "scheduled")

    def __init__(self) -> None:
        self.due = inf
        self.not_before = -inf  # seconds, monotonic: no tick earlier than that
        self.scheduled = inf  # seconds, monotonic: when a flush of the room was asked for
        self._told = 0  # the room's time, as it was told last
        self._of: dict[Session, Wake] = {}
        self._moments: dict[float, _Sessions] = {}  # by when: who has asked for it
        self._schedules: dict[tuple[float, float], _Sessions] = {}  # by interval and start
        self._asking: _Sessions = {}  # those who have asked for what is due next

    def ask(self, session: Session, wake: Wake) -> None:
        """A session's connection asks, in place of what it has asked for before."""
        self._remove(session)
        if wake.at > self._told:
            self._moments.setdefault(wake.at, {})[session] = None
        if wake.every:
            self._schedules.setdefault(_schedule(wake), {})[session] = None
        if wake.at or wake.every:
            self._of[session] = wake
        self._find_due()

    def forget(self, session: Session) -> None:
        """The session's connection ends."""
        if session in self._of:
            self._remove(session)
            self._find_due()

    def told(self, at: int) -> None:
        """The room's time has been told up to `at`, by an entry or by a tick."""
        if at > self._told:
            self._told = at
            for moment in [moment for moment in self._moments if moment <= at]:
                del self._moments[moment]
            self._find_due()

    def tell(self, log: Order, feed: Feed, now: float) -> float | None:
        """Tell the room's time, if that is due; all of the log is committed.

        Returns when a flush is to tell it next, in monotonic seconds; None: one comes anyway, or nobody asks.
        """
        self.told(log.at)
        if self.due <= (at := log.time(now)) and now >= self.not_before:
            if not log.may_tell(at):
                return None  # what makes it so is followed by a flush
            log.at = at
            writes = feed.tick(log.at)
            asking = self.next_asking()
            waits = 0.0 if asking is None or asking.peer is None else asking.peer.charge_tick(writes, now)
            self.not_before = now + max(LEAST_BETWEEN, waits)
            self.told(log.at)
        if self.due == inf:
            return None
        when = max(log.monotonic(self.due), self.not_before)
        if when >= self.scheduled:
            return None
        self.scheduled = when
        return when

    def is_scheduled_at(self, when: float) -> bool:
        """It is the time that `tell` has returned; False: it has returned another one since."""
        if when != self.scheduled:
            return False
        self.scheduled = inf
        return True

    def next_asking(self) -> Session | None:
        """One of those who have asked for what is due: each in turn. None: nobody has."""
        session = next(iter(self._asking), None)
        if session is not None:
            del self._asking[session]
            self._asking[session] = None
        return session

    def _remove(self, session: Session) -> None:
        wake = self._of.pop(session, None)
        if wake is not None:
            _take_out(self._moments, wake.at, session)
            _take_out(self._schedules, _schedule(wake), session)

    def _find_due(self) -> None:
        self.due, self._asking = inf, {}
        for moment, sessions in self._moments.items():
            if moment < self.due:
                self.due, self._asking = moment, sessions
        for (every, start), sessions in self._schedules.items():
            step = _step(every, start, self._told)
            if step < self.due:
                self.due, self._asking = step, sessions


def _schedule(wake: Wake) -> tuple[float, float]:
    """Interval and start; of one that is too fast, a step now and then."""
    return (max(wake.every, _LEAST_EVERY), wake.start)


def _step(every: float, start: float, after: float) -> float:
    """The first step of a schedule that comes later than `after`.

    >>> _step(50.0, 1000.0, 900.0), _step(50.0, 1000.0, 1000.0), _step(50.0, 1000.0, 1049.5)
    (1000.0, 1050.0, 1050.0)
    """
    count = max(0, floor((after - start) / every))
    while start + count * every <= after:
        count += 1
    return start + count * every


def _take_out(asked: dict[_Key, _Sessions], key: _Key, session: Session) -> None:
    sessions = asked.get(key)
    if sessions is not None:
        sessions.pop(session, None)
        if not sessions:
            del asked[key]
