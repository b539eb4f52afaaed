"""States of a room at places of its log that is kept: where those begin who run what was before they came.

The newest state is all that most readers need. Who asks for the beginning starts at the oldest place from which the log
is whole. So that there is one after the log has forgotten its first entries, a state is noted now and then; it shares
with the newest one whatever has not changed since.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

from roomcast.core.room.fold import EMPTY, RoomState
from roomcast.core.room.log import Log

NOTED: Final = 8  # states for the kept part of a log, about: so much of it is out of reach for who asks for all


class StartingPoint(NamedTuple):
    """The room after the entry `seq`."""

    seq: int
    at: int  # its time, as that of entries: Unix milliseconds
    state: RoomState


class StartingPoints:
    """The starting points of one room. `kept`: entries that its log keeps."""

    __slots__ = ("_interval", "_points", "due", "gone")

    def __init__(self, kept: int) -> None:
        self._interval = max(1, kept // NOTED)
        self._points: deque[StartingPoint] = deque([StartingPoint(0, 0, EMPTY)])
        self.due = self._interval  # seq from which on the next one is to be noted
        self.gone = 0  # how much the log had forgotten when that was looked at last

    def restart(self, seq: int, state: RoomState, at: int, *, gone: int) -> None:
        """The room was restored: this was its state at `seq`. Of its log, the entries up to `gone` are forgotten."""
        if gone and seq:
            self._points.clear()
        if seq:
            self._points.append(StartingPoint(seq, at, state))
        self.due = seq + self._interval

    def note(self, newest: StartingPoint, log: Log) -> None:
        """The log has come to `due`, or has forgotten more: note the state, and let go what lies before its beginning.

        Where a log of large entries forgets for its bytes, `due` may be far away: then, too, there are so many states
        for the part that is kept.
        """
        points = self._points
        self.gone = gone = log.gone
        if newest.seq >= self.due or log.size_after(points[-1].seq) * NOTED >= log.size:
            points.append(newest)
            self.due = newest.seq + self._interval
        while len(points) > 1 and points[0].seq < gone:
            points.popleft()

    def earliest(self, gone: int, committed: int) -> StartingPoint | None:
        """The first point after which the log is whole and committed; None: there is none but the newest state."""
        return next((point for point in self._points if gone <= point.seq <= committed), None)
