"""The highest rate that is held, found in few tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

PRECISION: Final = 1.05  # between the highest rate held and the lowest that was not
_MAX_TRIES: Final = 24


def highest(holds: Callable[[float], bool], start: float, growth: float = 2.0) -> float:
    """Grow (or shrink) from `start` until one rate is held and a higher one is not, then bisect between them.

    A rate that fails is tried once more, since another program may have disturbed the first try. Returns 0 if no rate
    was held.

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
    for _ in range(_MAX_TRIES):
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
