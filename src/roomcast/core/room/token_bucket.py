"""A token bucket, for rate limits."""

from __future__ import annotations

from math import inf
from typing import Final

_ROUNDED: Final = 1e-4  # of a token: rounding error of clocks and sums, so that waiting as told always suffices


class TokenBucket:
    """Tokens that refill with time: `rate` a second, at most `burst`; `weight` of them are taken for each command.

    Kept as the one moment at which it will be full again: taking tokens moves that on by the time that they take to
    refill (the generic cell rate algorithm, ITU-T I.371).
    """

    __slots__ = ("_burst", "_each", "_full_at", "_most", "_paused_at", "_rate", "weight")

    def __init__(self, rate: float, burst: float, now: float, weight: float = 1.0) -> None:
        self._rate = rate
        self._burst = burst
        self._full_at = self._paused_at = now
        self.weigh(weight)

    def weigh(self, weight: float) -> None:
        """From now on, a command takes `weight` tokens."""
        self.weight = weight
        self._each = weight / self._rate  # seconds that what one command takes needs to refill
        # Seconds that it may be from full, for there to be enough. Where a full one has not enough, full is enough.
        self._most = max(_ROUNDED, self._burst - weight + _ROUNDED) / self._rate

    def take(self, now: float) -> bool:
        """Take a command's tokens, if there are enough."""
        full_at = self._full_at
        if full_at < now:
            full_at = now
        elif full_at - now > self._most:
            return False
        self._full_at = full_at + self._each
        return True

    def give_back(self, weight: float = 0.0) -> None:
        """The last command took too much: all but `weight` tokens are put back."""
        self._full_at -= self._each * (1.0 - weight / self.weight)

    def block(self, until: float) -> None:
        """There is nothing to take before that time."""
        blocked = until + self._most
        if self.paused:
            self._paused_at = max(self._paused_at, blocked)
        else:
            self._full_at = max(self._full_at, blocked)

    def pause(self) -> None:
        """There is nothing to take until `go_on`, however long that is; what there was is there again then."""
        if self._full_at != inf:
            self._paused_at, self._full_at = self._full_at, inf

    def go_on(self) -> None:
        if self._full_at == inf:
            self._full_at = self._paused_at

    @property
    def paused(self) -> bool:
        return self._full_at == inf

    def wait(self, now: float) -> float:
        """Seconds until there is enough; 0 if there is; inf while it is paused."""
        missing = self._full_at - now - self._most
        return missing + _ROUNDED * self._each if missing > 0 else 0.0
