"""The room's time between two entries, as a client estimates it: from the times that the server tells, and when."""

from __future__ import annotations

from collections import deque
from typing import Final

_SAMPLES: Final = 8  # the newest: of these, the one with the shortest round trip counts
_HALF: Final = 0.5  # ms: times are told in whole milliseconds, rounded down


class RoomClock:
    """Samples are taken by one thread; any may read. Moments here are seconds on our monotonic clock.

    The error of a sample is at most half its round trip, where both directions take equally long it is none.
    """

    __slots__ = ("_least", "_offset", "_samples")

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=_SAMPLES)  # round trip, and ms that the room is ahead
        self._offset: float | None = None  # ms; None: nothing is known yet
        self._least = 0.0  # ms: what was told already

    def restart(self, *, another_room: bool) -> None:
        """There is a new connection, perhaps to a server that has another clock. `another_room`: time may go back."""
        self._samples.clear()
        if another_room:
            self._least = 0.0

    def sample(self, sent: float, received: float, time: int) -> None:
        """What we sent was answered with the room's time, in Unix milliseconds."""
        self._samples.append((received - sent, time + _HALF - (sent + received) * 500))
        self._offset = min(self._samples)[1]

    def time(self, now: float, least: float) -> float:
        """The room's time in Unix milliseconds. It never goes back, and is not below `least`."""
        estimate = 0.0 if self._offset is None else now * 1000 + self._offset
        self._least = max(estimate, least, self._least)
        return self._least
