"""A token bucket, for rate limits."""

from __future__ import annotations

from typing import Final

_ROUNDED: Final = 1e-4  # of a token: rounding error of clocks and sums, so that waiting as told always suffices


class TokenBucket:
    """Tokens that refill with time: `rate` a second, at most `burst`; one is taken for each command.

    Kept as the one moment at which it will be full again: taking a token moves that on by the time that one takes to
    refill (the generic cell rate algorithm, ITU-T I.371).
    """

    __slots__ = ("_each", "_full_at", "_most")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._each = 1.0 / rate  # seconds that one token takes to refill
        self._most = (burst - 1.0 + _ROUNDED) / rate  # seconds that it may be from full, for there to be a token
        self._full_at = now

    def take(self, now: float) -> bool:
        """Take one token, if there is one."""
        full_at = self._full_at
        if full_at < now:
            full_at = now
        elif full_at - now > self._most:
            return False
        self._full_at = full_at + self._each
        return True

    def give_back(self) -> None:
        """Put the last token back."""
        self._full_at -= self._each

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 if there is one."""
        missing = self._full_at - now - self._most
        return missing + _ROUNDED * self._each if missing > 0 else 0.0
