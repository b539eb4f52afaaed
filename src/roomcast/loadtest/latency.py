"""A latency histogram: microseconds with a resolution of about 1/32, in constant memory."""

from __future__ import annotations

from collections import Counter
from typing import Final

_FINE: Final = 6  # significant bits of a value


class Latency:
    """Counts of latencies, and their quantiles.

    >>> one = Latency()
    >>> for microseconds in range(1, 101):
    ...     one.add(microseconds * 1000)
    >>> 49 < one.quantile(0.5) < 53
    True
    >>> one.maximum
    100.0
    """

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()  # by bucket
        self._most = 0

    def add(self, microseconds: int, times: int = 1) -> None:
        """Count a latency `times` times."""
        value = max(0, microseconds)
        if value > self._most:
            self._most = value
        over = value.bit_length() - _FINE
        self._counts[value if over <= 0 else over << 16 | value >> over] += times

    def merge(self, counts: dict[str, int], most: int) -> None:
        """Add the counts of another process, as its `exported` returned them."""
        for bucket, times in counts.items():
            self._counts[int(bucket)] += times
        self._most = max(self._most, most)

    def exported(self) -> tuple[dict[str, int], int]:
        """Counts by bucket and the maximum, for JSON."""
        return {str(bucket): times for bucket, times in self._counts.items()}, self._most

    def __len__(self) -> int:
        return self._counts.total()

    @property
    def maximum(self) -> float:
        """The maximum, in ms."""
        return self._most / 1000

    def quantile(self, share: float) -> float:
        """The quantile `share` (0.99: the 99th percentile), in ms; 0 where nothing was counted."""
        wanted, seen = len(self) * share, 0
        for upper, times in sorted((_upper(bucket), times) for bucket, times in self._counts.items()):
            seen += times
            if seen > wanted:
                return min(upper, self._most) / 1000
        return self.maximum


def _upper(bucket: int) -> int:
    over, value = bucket >> 16, bucket & 0xFFFF
    return ((value + 1) << over) - 1
