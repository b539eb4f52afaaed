"""Runs the scenario of one seed, of relays or of rooms with rules, and says what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from traceback import format_exc
from typing import Final

from roomcast.testing.promises import Broken
from roomcast.testing.ruled_scenario import RuledScenario
from roomcast.testing.scenario import Scenario

RULED_EVERY: Final = 4  # of so many seeds, the last is one of rooms with rules


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The outcome of one seed."""

    seed: int
    digest: str  # of every byte carried and every event: equal for equal runs
    counts: Counter[str]  # by kind of event
    setting: str  # the server's levels and limits
    broken: str = ""  # which promise was broken, and how; "": none
    lines: tuple[str, ...] = ()  # the last events, where a promise was broken or the run was followed


def is_ruled(seed: int) -> bool:
    """Whether the rooms of a seed's scenario have rules, where nothing else is asked for."""
    return seed % RULED_EVERY == RULED_EVERY - 1


def run_scenario(seed: int, *, follow: bool = False, rules: bool | None = None) -> ScenarioResult:
    """Run the scenario of one seed. `follow`: the result's `lines` show everything that was carried.

    `rules`: of rooms with rules, or (False) of relays; None: as `is_ruled` says.
    """
    ruled = is_ruled(seed) if rules is None else rules
    scenario = (RuledScenario if ruled else Scenario)(seed, follow=follow)
    simulation, trace = scenario.simulation, scenario.simulation.trace
    broken = ""
    try:
        scenario.run()
        trace.counts["scenario: rooms with rules" if ruled else "scenario: relays"] += 1
        trace.counts["program: timer run"] += sum(room.view.rung for room in simulation.programs.rooms)
        trace.counts["program: entry run"] += sum(room.view.heard for room in simulation.programs.rooms)
    except Broken as error:
        broken = str(error)
    except Exception as error:  # a mistake in the code itself
        trace.lines.extend(format_exc().splitlines())
        broken = f"nothing raises: {error!r}"
    lines = tuple(trace.lines) if broken or follow else ()
    return ScenarioResult(seed, trace.digest, trace.counts, scenario.setting, broken, lines)
