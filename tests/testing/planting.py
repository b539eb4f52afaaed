"""Faults that are planted on purpose, each to break one promise: does the simulator notice?

Each is looked for in the scenarios that `make simulate` runs first, and first of all in those where it can show.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, NamedTuple

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.testing.ruled_scenario import RuledScenario
from roomcast.testing.scenario import Scenario
from roomcast.testing.scenario_run import run_scenario

EVERY: Final = 4  # of the faults of rooms with rules, so many are passed over for each that `make test` looks for
SEEDS: Final = 200  # within which each fault must be found

Patch = pytest.MonkeyPatch
Family = Callable[[Scenario], bool]


class Fault(NamedTuple):
    """`plant` breaks the promise. `family`: the scenarios in which it can show; `rules`: those of rooms with rules."""

    promise: str
    plant: Callable[[Patch], None]
    family: Family
    rules: bool = False

    def __str__(self) -> str:
        return self.plant.__name__


class Faults(list[Fault]):
    """The faults of one file. `rules`: of rooms with rules."""

    def __init__(self, *, rules: bool = False) -> None:
        super().__init__()
        self.rules = rules

    def breaks(
        self, promise: str, family: Family = lambda scenario: True
    ) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
        """Decorator: this fault breaks that promise."""

        def add(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
            self.append(Fault(promise, plant, family, self.rules))
            return plant

        return add


def some(faults: Faults) -> list[Fault]:
    """Those that are looked for in `make test`; all of them by `make planted`."""
    return faults if os.environ.get("EVERY_FAULT") else faults[::EVERY]


def kept(scenario: Scenario) -> bool:
    """A room is kept on disk."""
    return any(scenario.levels[room] is not Level.NONE for room in scenario.rooms)


def relaxed(scenario: Scenario) -> bool:
    """A room is kept on disk, and a crash may undo what was seen."""
    return any(scenario.levels[room] is Level.RELAXED for room in scenario.rooms)


def late(scenario: Scenario) -> bool:
    """Some begin with what was before they came, or with the world."""
    return scenario.worlds


def honest(scenario: Scenario) -> bool:
    """The same, and nobody lies about its world: what comes of a lie is not compared."""
    return scenario.worlds and not scenario.lies


def honest_and_kept(scenario: Scenario) -> bool:
    """Some begin with the world, and a room is kept on disk."""
    return honest(scenario) and kept(scenario)


def lying(scenario: Scenario) -> bool:
    """Some of these lie about their world."""
    return scenario.worlds and scenario.lies > 0


def find(fault: Fault, patch: Patch) -> None:
    """Run scenarios until the fault has broken its promise. It may break others as well, and some show those first."""
    scenario = RuledScenario if fault.rules else Scenario
    seeds = sorted(range(SEEDS), key=lambda seed: not fault.family(scenario(seed)))  # stable: then all others
    fault.plant(patch)
    found: list[str] = []
    for one in (run_scenario(seed, rules=fault.rules) for seed in seeds):
        if one.broken.startswith(f"{fault.promise}: "):
            return
        found.append(one.broken)
    pytest.fail("\n".join(filter(None, found)) or "nothing was found")
