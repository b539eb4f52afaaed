"""A test of a game, run once for each of many seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from roomcast.testing.simulation import Simulation


def simulate(test: Callable[[Simulation], object], seeds: int | Iterable[int] = 100, **settings: Any) -> Counter[str]:
    """Run a test in a new simulation for each seed; returns how often what happened, all seeds together.

    `seeds`: so many, from 0 on, or which. `settings` are those of `Simulation`. What the test raises comes out of
    here, with a note that names the seed and shows what happened last: run it again with `seeds=[that one]`.
    """
    counts: Counter[str] = Counter()
    for seed in range(seeds) if isinstance(seeds, int) else seeds:
        simulation = Simulation(seed, **settings)
        try:
            test(simulation)
        except Exception as error:
            error.add_note(f"This was seed {seed}; seeds=[{seed}] runs it again. What happened last:")
            error.add_note(simulation.story())
            raise
        counts += simulation.counts
    return counts
