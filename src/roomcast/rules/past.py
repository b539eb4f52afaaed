"""What was so a moment ago: for rules that judge by what a player saw."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from roomcast.rules.json_texts import KeptObject

Value = TypeVar("Value", bound="tuple[float, ...]")
_MOST: Final = 10_000  # moments: an hour at one command a second, or a room that notes far too often


class Past(KeptObject, Generic[Value]):
    """The places of players, for the last `seconds` of the room's time. Places between two notes are on the way.

    Keep it in an attribute that begins with `_`: it is not saved, and what a refused command has noted stays.
    """

    def __init__(self, seconds: float) -> None:
        if not 0 < seconds < 3600:
            raise ValueError(f"Past(seconds={seconds!r}): how far to look back, as in seconds=0.3, at most an hour")
        self.seconds: Final = float(seconds)
        self._times: deque[float] = deque(maxlen=_MOST)
        self._places: deque[Mapping[str, Value]] = deque(maxlen=_MOST)

    def note(self, time: float, places: Mapping[str, Value]) -> None:
        """Note where everyone is now, by id: tuples of numbers. `time`: the room's (`self.time`)."""
        times = self._times
        if times and time <= times[-1]:
            self._places[-1] = dict(places)
            return
        times.append(time)
        self._places.append(dict(places))
        while len(times) > 1 and times[1] <= time - self.seconds:
            times.popleft()
            self._places.popleft()

    def at(self, time: float) -> dict[str, Value]:
        """Where everyone was at that time, but at most `seconds` before the newest note; {} before the first."""
        times = self._times
        if not times:
            return {}
        time = max(time, times[-1] - self.seconds)
        after = bisect_right(times, time)
        if after == len(times) or after == 0:
            return dict(self._places[after - 1 if after else 0])
        here, there = self._places[after - 1], self._places[after]
        share = (time - times[after - 1]) / (times[after] - times[after - 1])
        return {who: _between(place, there.get(who, place), share) for who, place in here.items()}

    def advice(self) -> str:
        return "what was a moment ago is not kept: begin the attribute's name with _, as in self._past = Past(0.3)"


def _between(here: Value, there: Value, share: float) -> Value:
    return tuple(a + (b - a) * share for a, b in zip(here, there, strict=True))  # type: ignore[return-value]
