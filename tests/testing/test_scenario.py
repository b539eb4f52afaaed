"""Many random scenarios keep every promise, and the same seed gives the same run, to the last byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from roomcast.testing.promises import PROMISES
from roomcast.testing.scenario_run import ScenarioResult, is_ruled, run_scenario

pytestmark = pytest.mark.takes(20)

SEEDS = 300

WHAT_HAPPENS = (
    "fault: computer sleeps",
    "fault: connection dropped",
    "fault: connection held up",
    "fault: disk full",
    "fault: disk slow",
    "fault: half-open connection",
    "fault: network conditions",
    "fault: network outage",
    "fault: power lost",
    "fault: program crashes",
    "fault: program hangs",
    "fault: program reads slowly",
    "fault: program stops reading",
    "fault: server killed",
    "fault: server restarted",
    "fault: session connects a second time",
    "fault: wall clock set",
    "program: call with bytes",
    "program: half-open connection found",
    "program: left",
    "program: lie about its world",
    "program: message sent twice",
    "program: outdated message dropped",
    "server: reader fell behind",
    "server: liar named",
    "server: room opened from disk",
    "server: room opened with a world",
    "server: world taken",
    "server: rate limit reached",
    "event: begins again",
    "event: closed, left",
    "event: closed, replaced",
    "event: error no-world",
    "event: error unanswered",
    "event: error disk",
    "event: error bad-argument",
    "event: error state-full",
    "event: joined with a world",
    "event: lost to a crash",
    "event: resumed",
    "event: skipped",
    "onlooker: state compared",
    "program: ask",
    "scenario: relays",
    "scenario: rooms with rules",
)


@pytest.mark.timeout(900)  # half a minute of work, which other programs on the machine may draw out
def test_hundreds_of_seeds_keep_every_promise_and_meet_every_fault() -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run_scenario, range(SEEDS), chunksize=10))
    assert [(result.seed, result.broken) for result in results if result.broken] == []
    met = sum((result.counts for result in results), Counter[str]())
    assert [what for what in WHAT_HAPPENS if not met[what]] == []


def test_some_of_any_seeds_are_of_rooms_with_rules() -> None:
    assert [is_ruled(seed) for seed in range(8)] == [False, False, False, True] * 2


def digests(hash_seed: str) -> str:
    """What other processes make of some seeds."""
    made = "print([run_scenario(seed).digest for seed in (1, 2, 3)])"
    code = f"from roomcast.testing.scenario_run import run_scenario; {made}"
    surroundings = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_seed_gives_the_same_run_in_every_process() -> None:
    here = f"{[run_scenario(seed).digest for seed in (1, 2, 3)]}\n"
    assert digests("1") == digests("2") == here


def test_following_a_run_changes_nothing_in_it() -> None:
    result = run_scenario(4, follow=True)
    assert result.digest == run_scenario(4).digest
    assert result.lines


def test_other_seeds_give_other_runs() -> None:
    assert len({run_scenario(seed).digest for seed in range(5)}) == 5


def test_an_exception_in_the_code_is_reported_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.room.room.Room.leave", lambda *_: 1 / 0)
    result: ScenarioResult = next(one for one in map(run_scenario, range(20)) if one.broken)
    assert result.broken == "nothing raises: ZeroDivisionError('division by zero')"
    assert result.broken.split(":")[0] not in PROMISES
    assert any("ZeroDivisionError" in line for line in result.lines)
