"""Faults that are planted on purpose: games at random have to find each."""

from __future__ import annotations

from collections.abc import Callable


def is_found(
    play: Callable[[int], object], seeds: int = 200, errors: tuple[type[Exception], ...] = (AssertionError,)
) -> bool:
    """Whether one of so many games raises one of these errors; `play` is called with the seed of each."""
    for seed in range(seeds):
        try:
            play(seed)
        except errors:
            return True
    return False
