"""When each room is flushed: a quiet one at once, a busy one at its pace, all of them within one write budget.

See docs/decisions/0006-pace-follows-size.md for the measurements behind the two constants.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.room import Room

# Seconds between two flushes of a room, for each connection that a flush writes to, so that the batches of a large room
# grow, and not its queue: a write takes 4 to 8 µs.
PACE_PER_WRITE: Final = 10e-6
# Where several rooms have something to flush: seconds of the server's time for each write. Less than half of it is
# spent on writing; the rest is for reading, and for newcomers.
BUDGET_PER_WRITE: Final = 20e-6
_FEW: Final = 64  # rooms that wait for a time: of fewer, none is looked for that does not wait any more


class FlushScheduler:
    """The rooms that have something to flush.

    `pace`: seconds between two flushes of a busy room; 0: each is flushed at once. `wake` is called when there is
    something to flush and there was nothing before; whoever drives the server then calls `flush`, and again when it
    says. `broken` is called with what the flush of one room raised: the other rooms are flushed all the same.
    """

    def __init__(self, pace: float, wake: Callable[[], object], broken: Callable[[RoomBroken], object]) -> None:
        self._pace = pace
        self._wake = wake
        self._broken = broken
        self._changed: list[Room] = []  # since the last `flush`
        self._paced: list[tuple[float, int, Room]] = []  # a heap, by when each room may be flushed
        self._writes_a_pace = int(pace / PACE_PER_WRITE)  # a room with more connections waits for longer
        self._timed: list[tuple[float, int, Room]] = []  # a heap, by when each room wants to be flushed
        self._most_timed = _FEW
        self._count = 0  # breaks ties in the heap
        self._busy_until = float("-inf")  # the budget of what was written lasts until then

    def schedule(self, room: Room) -> None:
        """A room has something to flush, and had nothing before."""
        if not self._changed:
            self._wake()
        self._changed.append(room)

    def schedule_at(self, room: Room, when: float) -> None:
        """A room is to be flushed at a time, whether it has something to flush or not. From within its flush."""
        self._count += 1
        heappush(self._timed, (when, self._count, room))
        if len(self._timed) > self._most_timed:  # many have asked again, for an earlier time
            self._timed[:] = [one for one in self._timed if one[2].ticks.scheduled == one[0]]
            heapify(self._timed)
            self._most_timed = max(_FEW, 2 * len(self._timed))

    def _take_timed(self, now: float) -> None:
        """Those whose time has come have something to flush."""
        timed = self._timed
        while timed and timed[0][0] <= now:
            when, _, room = heappop(timed)
            if room.time_to_flush(when):
                self._changed.append(room)

    def forget(self, room: Room) -> None:
        """A room is not to be flushed any more."""
        room.ticks.scheduled = inf
        self._changed = [one for one in self._changed if one is not room]
        if any(waiting is room for _, _, waiting in self._paced):
            self._paced[:] = [one for one in self._paced if one[2] is not room]  # in place: `flush` may be at it
            heapify(self._paced)

    def flush(self, now: float) -> float | None:
        """Flush the rooms that may be; returns when to call again (seconds, monotonic), None: when woken.

        A room that was quiet is flushed at once, unless the budget of all rooms is spent: then each waits its turn, and
        more of its entries go in one write.
        """
        timed = self._timed
        if timed and timed[0][0] <= now:
            self._take_timed(now)
        changed, self._changed = self._changed, []
        pace = self._pace
        if not pace:
            for room in changed:
                try:
                    room.flush(now)
                except RoomBroken as error:
                    self._broken(error)
            return timed[0][0] if timed else None
        paced, until = self._paced, self._busy_until
        alone = len(changed) + len(paced) == 1
        if alone or until < now:
            until = now
        while paced and now >= paced[0][0] and now >= until - pace:
            room = heappop(paced)[2]
            until += room.feed.caught_up * BUDGET_PER_WRITE
            try:
                room.flush(now)
            except RoomBroken as error:
                self._broken(error)
        for room in changed:
            writes = room.feed.caught_up
            may_flush_at = room.flushed_at + (pace if writes <= self._writes_a_pace else writes * PACE_PER_WRITE)
            if now >= may_flush_at and now >= until - pace:
                until += writes * BUDGET_PER_WRITE
                try:
                    room.flush(now)
                except RoomBroken as error:
                    self._broken(error)
            else:
                self._count += 1
                heappush(paced, (may_flush_at, self._count, room))
        self._busy_until = until
        if not paced:
            return timed[0][0] if timed else None
        again = paced[0][0] if alone else max(paced[0][0], until - pace)
        return min(again, timed[0][0]) if timed else again
