"""Where something is to be shown between two reports of where it was: interpolation, some time after the events.

What is shown lies in the past by a delay that is long enough for the next report to be there already (a playout delay,
as in RFC 3550, appendix A.8, where it is that of sound). Times are seconds of one clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from math import hypot, isfinite
from typing import Final

_MOST_SAMPLES: Final = 256  # of one track
_GAPS: Final = 9  # of which the median is the usual one
_FIRST_GAP: Final = 0.05  # seconds: the usual gap before one is known
_PAUSE: Final = 3.0  # usual gaps: in a longer one, it did not move,
_SHORTEST_PAUSE: Final = 0.25  # seconds: … if the gap is longer than those of a network that stutters, too

_UNKNOWN_DELAY: Final = 0.1  # seconds, before anything was heard
_MEMORY: Final = 3.0  # seconds for which the latest report counts
_LONGEST: Final = 1.0  # seconds: what is later than this is not waited for
_FASTER: Final = 0.1  # by how much time may run faster, to get to a shorter delay
_SLOWER: Final = 0.5  # … and slower, to get to a longer one

Place = tuple[float, ...]


class Track:
    """What the numbers of one player were, and when. `angles`: the indexes of those that are degrees.

    `jump`: a longer way from one report to the next is no motion, and not interpolated; None: every way is.
    """

    __slots__ = ("_angles", "_gaps", "_jump", "_samples")

    def __init__(self, angles: Collection[int] = (), jump: float | None = None) -> None:
        self._angles = angles
        self._jump = jump
        self._samples: deque[tuple[float, Place]] = deque(maxlen=_MOST_SAMPLES)
        self._gaps: deque[float] = deque(maxlen=_GAPS)

    def add(self, at: float, place: Place) -> float:
        """Report where it was at that time. Returns the time since the report before, 0.0 where it had stood still."""
        samples = self._samples
        if not samples:
            samples.append((at, place))
            return 0.0
        before, last = samples[-1]
        gap = at - before
        if gap <= 0:
            samples[-1] = before, place
            return 0.0
        usual = sorted(self._gaps)[len(self._gaps) // 2] if self._gaps else _FIRST_GAP
        paused = gap > max(_PAUSE * usual, _SHORTEST_PAUSE)
        self._gaps.append(min(gap, 2 * usual))  # where all are so long, they become the usual ones
        if paused:
            samples.append((at - usual, last))
        samples.append((at, place))
        return 0.0 if paused else gap

    def at(self, time: float) -> Place:
        """Where it was then. Times are asked for in order: what lies before this one is forgotten."""
        samples = self._samples
        while len(samples) > 1 and samples[1][0] <= time:
            samples.popleft()
        begin, here = samples[0]
        if len(samples) == 1 or time <= begin:
            return here
        end, there = samples[1]
        return self._between(here, there, (time - begin) / (end - begin))

    def _between(self, here: Place, there: Place, share: float) -> Place:
        ways = [b - a for a, b in zip(here, there, strict=True)]
        for index in self._angles:
            ways[index] = (there[index] % 360 - here[index] % 360 + 180) % 360 - 180  # the shorter way round
        if self._jump is not None and hypot(*(ways[i] for i in range(len(ways)) if i not in self._angles)) > self._jump:
            return here
        return tuple(
            a + way * share if isfinite(way) else a * (1 - share) + b * share  # … too far for a float
            for a, b, way in zip(here, there, ways, strict=True)
        )


class PlayoutClock:
    """The time that is shown: as close to now as the latest of the recent reports allows.

    It never goes back: where reports come later than before, it runs slower for a while, and else faster.
    """

    __slots__ = ("_asked", "_needs", "_shown")

    def __init__(self) -> None:
        self._needs: deque[tuple[float, float]] = deque()  # when heard, and the delay that it needed; the longest first
        self._asked: float | None = None  # when the time was asked for last
        self._shown = 0.0  # … and what it was

    def heard(self, now: float, age: float, gap: float) -> None:
        """A report has come `age` seconds after what it reports, which was `gap` seconds after the one before."""
        need = min(age + gap, _LONGEST)
        while self._needs and self._needs[-1][1] <= need:
            self._needs.pop()
        self._needs.append((now, need))

    def delay(self, now: float) -> float:
        """Seconds by which what is shown should lie in the past."""
        needs = self._needs
        while len(needs) > 1 and now - needs[0][0] > _MEMORY:
            needs.popleft()
        return needs[0][1] if needs else _UNKNOWN_DELAY

    def time(self, now: float) -> float:
        """The time to show now."""
        wanted = now - self.delay(now)
        if self._asked is None or abs(wanted - self._shown) > _LONGEST + now - self._asked:
            self._shown = wanted
        else:
            passed = now - self._asked
            off = wanted - (self._shown + passed)
            self._shown += passed + max(-_SLOWER * passed, min(_FASTER * passed, off))
        self._asked = now
        return self._shown
