"""The wall clock, as the core knows it: its offset from the monotonic clock, which the driver of the core sets."""

from __future__ import annotations

from math import floor


class Clock:
    """`offset`: seconds that the Unix time is ahead of the monotonic clock."""

    __slots__ = ("offset",)

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def at(self, now: float) -> int:
        """The Unix time in milliseconds at a moment of the monotonic clock."""
        return floor((now + self.offset) * 1000)
