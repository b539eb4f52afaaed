"""Latencies as counts of microseconds, by about one part in 32: a million of them take no more room than ten."""

from __future__ import annotations

from collections import Counter
from typing import Final

_FINE: Final = 6  # bits of a number that are kept


class Latency:
    """Counts, and what share of them was how soon.

    >>> one = Latency()
    >>> for microseconds in range(1, 101):
    ...     one.add(microseconds * 1000)
    >>> 49 < one.at(0.5) < 53
    True
    >>> one.most
    100.0
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()  # by bucket
        self._most = 0

    def add(self, microseconds: int, times: int = 1) -> None:
        """Count one latency, so many times."""
        value = max(0, microseconds)
        if value > self._most:
            self._most = value
        over = value.bit_length() - _FINE
        self._counts[value if over <= 0 else over << 16 | value >> over] += times

    def merge(self, counts: dict[str, int], most: int) -> None:
        """Add what another process counted: its `told`."""
        for bucket, times in counts.items():
            self._counts[int(bucket)] += times
        self._most = max(self._most, most)

    def told(self) -> tuple[dict[str, int], int]:
        """Everything, as JSON can carry it."""
        return {str(bucket): times for bucket, times in self._counts.items()}, self._most

    def __len__(self) -> int:
        return self._counts.total()

    @property
    def most(self) -> float:
        """The latest, in ms."""
        return self._most / 1000

    def at(self, share: float) -> float:
        """How soon that share of all was, in ms; 0 where there is none."""
        wanted, seen = len(self) * share, 0
        for upper, times in sorted((_upper(bucket), times) for bucket, times in self._counts.items()):
            seen += times
            if seen > wanted:
                return min(upper, self._most) / 1000
        return self.most


def _upper(bucket: int) -> int:
    over, value = bucket >> 16, bucket & 0xFFFF
    return ((value + 1) << over) - 1
