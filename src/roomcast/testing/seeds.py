"""Runs a test of a game once for each of many seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from roomcast.testing.simulation import Simulation


def simulate(test: Callable[[Simulation], object], seeds: int | Iterable[int] = 100, **settings: Any) -> Counter[str]:
    """Run a test in a new simulation for each seed. Returns the number of events of each kind, over all seeds.

    `seeds` is a number of seeds, counted from 0, or the seeds themselves. `settings` are the arguments of
    `Simulation`. An exception of the test is raised again with a note: the seed, with which `seeds=[that one]` repeats
    the run, and the last events.
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
