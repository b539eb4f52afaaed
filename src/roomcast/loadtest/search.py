"""The highest rate that is held, by as few tries as can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

PRECISION: Final = 1.05  # between the highest rate held and the lowest that was not
_MOST_TRIES: Final = 24


def highest(holds: Callable[[float], bool], start: float, growth: float = 2.0) -> float:
    """Go up (or down) from `start` until a rate is held and a higher one not; then halve the way between them.

    A rate that is not held is tried once more, since something else may have kept this computer busy.

    >>> tries = []
    >>> def holds(rate: float) -> bool:
    ...     tries.append(round(rate))
    ...     return rate <= 1000
    >>> 950 < highest(holds, 100) <= 1000
    True
    >>> tries[:5]
    [100, 200, 400, 800, 1600]
    """
    held = failed = 0.0
    rate = start
    for _ in range(_MOST_TRIES):
        if holds(rate) or holds(rate):
            held = rate
        else:
            failed = rate
        if held and failed:
            if failed / held < PRECISION:
                break
            rate = (held * failed) ** 0.5
        else:
            rate = rate * growth if held else rate / growth
    return held
