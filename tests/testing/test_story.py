"""Many seeds, each with a story of its own; and the same seed gives the same story, to the last byte."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import pytest

from roomcast.testing.invariants import PROMISES
from roomcast.testing.story import Told, tell

SEEDS = 500

WHAT_HAPPENS = (
    "fault: computer sleeps",
    "fault: connection dropped",
    "fault: connection held up",
    "fault: disk full",
    "fault: disk slow",
    "fault: half-open link",
    "fault: other weather",
    "fault: outage of the network",
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
    "program: half-open link found",
    "program: left",
    "program: message sent twice",
    "server: connection did not read",
    "server: room opened from its disk",
    "server: somebody was too fast",
    "told: closed, left",
    "told: closed, replaced",
    "told: error unanswered",
    "told: error disk",
    "told: error bad-argument",
    "told: error state-full",
    "told: lost to a crash",
    "told: resumed",
    "told: skipped",
)


@pytest.mark.timeout(900)  # half a minute of work, which other programs on the machine may draw out
def test_five_hundred_seeds_keep_every_promise_and_meet_every_fault() -> None:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        stories = list(pool.map(tell, range(SEEDS), chunksize=10))
    assert [(told.seed, told.broken) for told in stories if told.broken] == []
    met = sum((told.counts for told in stories), Counter[str]())
    assert [what for what in WHAT_HAPPENS if not met[what]] == []


def digests(hash_seed: str) -> str:
    """What other processes make of some seeds."""
    code = "from roomcast.testing.story import tell; print([tell(seed).digest for seed in (1, 2, 3)])"
    surroundings = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(
        [sys.executable, "-c", code], env=surroundings, capture_output=True, text=True, check=True
    ).stdout


def test_the_same_seed_gives_the_same_story_whatever_the_process() -> None:
    here = f"{[tell(seed).digest for seed in (1, 2, 3)]}\n"
    assert digests("1") == digests("2") == here


def test_to_follow_a_story_changes_nothing_in_it() -> None:
    told = tell(4, follow=True)
    assert told.digest == tell(4).digest
    assert told.lines


def test_other_seeds_give_other_stories() -> None:
    assert len({tell(seed).digest for seed in range(5)}) == 5


def test_a_mistake_in_the_code_is_told_with_where_it_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.room.room.Room.leave", lambda *_: 1 / 0)
    told: Told = next(told for told in map(tell, range(20)) if told.broken)
    assert told.broken == "nothing raises: ZeroDivisionError('division by zero')"
    assert told.broken.split(":")[0] not in PROMISES
    assert any("ZeroDivisionError" in line for line in told.lines)
