"""Rooms that tick, under load: when they count as held, how the most that are is searched, and what is measured."""

import json
import shutil
import subprocess
from collections.abc import Callable
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.js.node import MODULES, needs_node, run
from tests.programs import TOP

pytestmark = pytest.mark.takes(12)

CALM: dict[str, Any] = {
    "seconds": 2.0, "steers": 16, "updates": 160, "frames": 160, "gaps": 160, "long_gaps": 0, "gap_p50": 50.0,
    "gap_p99": 52.0, "bytes_in": 16_000, "bytes_out": 1_600, "user": 0.1, "kernel": 0.1, "busy": 0.1, "late_p99": 0.5,
    "run_delay": 0.0, "server_run_delay": 0.0,
}  # fmt: skip


@pytest.fixture
def load(benchmark_script: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_script("ruled_load")


def measured(load: ModuleType, rooms: int = 1, late: int = 0, **other: Any) -> Any:
    """A run of `rooms` rooms, of whose 1,000 ticks so many began late."""
    counts = ((0.5, 1000 - late), (60.0, late)) if late else ((0.5, 1000),)
    scaled = {what: rooms * CALM[what] for what in ("updates", "gaps", "bytes_in", "bytes_out")}
    return load.Measured(rooms, load.Lateness(counts), CALM | scaled | other)


def test_a_quantile_is_one_of_the_values(load: ModuleType) -> None:
    hundred = [float(one) for one in range(1, 101)]
    assert [load.quantile(hundred, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1.0, 50.0, 99.0, 100.0]
    assert load.quantile([7.0], 0.99) == 7.0
    assert load.quantile([], 0.5) == 0.0


def test_how_late_ticks_were(load: ModuleType) -> None:
    late = load.lateness([[0.1, 90], [10, 8], [51.5, 2]])
    assert (late.ticks, late.quantile(0.5), late.quantile(0.95), late.quantile(0.99)) == (100, 0.1, 10.0, 51.5)
    assert (late.later_than(10), late.later_than(9.9), late.later_than(60)) == (0.02, 0.1, 0.0)
    assert (load.lateness([]).quantile(0.5), load.lateness([]).later_than(0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({}, ""),
        ({"late": 9}, ""),
        ({"late": 10}, "1.0% of the ticks late"),
        ({"updates": 152}, ""),
        ({"updates": 151}, "94.4% of the updates"),
        ({"long_gaps": 1}, ""),
        ({"long_gaps": 2}, "1.2% of the gaps long"),
    ],
)
def test_when_rooms_are_held(load: ModuleType, found: dict[str, int], why: str) -> None:
    one = measured(load, **found)
    assert (one.held, one.why_not) == (not why, why)


def test_what_a_run_says(load: ModuleType) -> None:
    one = measured(load, rooms=10)
    assert (one.updates, one.down, one.up) == (1.0, 2000.0, 200.0)
    assert (one.processor, round(one.room_tick * 1e6)) == (0.1, 500)
    assert not one.generator_limits
    assert not one.disturbed
    assert measured(load, busy=0.95).generator_limits
    assert measured(load, late_p99=11.0).generator_limits
    assert measured(load, server_run_delay=0.5).disturbed
    broken = load.Measured(10, load.lateness([]), {}, "cannot connect")
    assert (broken.held, broken.why_not, broken.disturbed) == (False, "cannot connect", False)


@pytest.mark.parametrize("most", [0, 1, 2, 3, 40, 97, 500, 1234])
@pytest.mark.parametrize("start", [1, 100, 480])
def test_the_search_ends_close_below_what_is_not_held(load: ModuleType, most: int, start: int) -> None:
    tried: list[int] = []

    def run(rooms: int) -> Any:
        tried.append(rooms)
        return measured(load, rooms, late=0 if rooms <= most else 500)

    held, failed, rooms = 0, inf, start
    for _ in range(60):
        one = run(rooms)
        held, failed = (rooms, failed) if one.held else (held, rooms)
        following = load.next_number(held, failed, rooms)
        if following is None:
            break
        rooms = following
    assert held <= most < failed
    assert held == most or failed / held <= 1.05
    assert len(tried) == len(set(tried))


def test_the_most_that_held_is_found(load: ModuleType) -> None:
    told: list[Any] = []
    best = load.find(lambda rooms: measured(load, rooms, late=0 if rooms <= 500 else 500), 400, told.append)
    assert 476 <= best.rooms <= 500
    assert best in told
    assert load.find(lambda rooms: measured(load, rooms, late=500), 4) is None


def test_what_fails_on_a_disturbed_machine_is_tried_again(load: ModuleType) -> None:
    bad_moments = iter([True, True] + [False] * 20)

    def run(rooms: int) -> Any:
        if next(bad_moments):
            return measured(load, rooms, late=500, server_run_delay=0.6)
        return measured(load, rooms, late=0 if rooms <= 100 else 500)

    told: list[Any] = []
    best = load.find(run, 100, told.append)
    assert best.rooms == 100
    assert [one.rooms for one in told][:3] == [100, 100, 100]


@pytest.fixture(scope="module")
def built() -> Path:
    if shutil.which("cc") is None:
        pytest.skip("not installed: a C compiler; type: sudo apt install gcc libc6-dev")
    subprocess.run(["make", "--silent", "build/load"], cwd=TOP, check=True, timeout=100)
    return TOP / "build" / "load"


def test_a_room_with_rules_is_measured(
    built: Path, benchmark_script: Callable[[str], ModuleType], load: ModuleType
) -> None:
    steps = benchmark_script("ruled_steps")
    one, patches = steps.ruled(2, 4, 1.0)
    assert one.trouble == ""
    assert one.late.ticks > 0
    assert one.load["least"] > 0
    assert one.load["steers"] > 0
    assert one.up > 0
    assert one.down > one.up
    assert 0 < patches <= steps.MOST
    said = "\n".join(steps.report(one, patches))
    assert "of one room and what belongs to it" in said
    assert "times the values that changed" in said
    relay = load.measure(steps.RELAY, 2, 4, 1.0)
    assert relay.load["updates"] > 0
    assert "in a relay" in steps.beside(one, relay)


@needs_node
def test_players_with_the_clients_library_see_each_command(benchmark_script: Callable[[str], ModuleType]) -> None:
    servers = benchmark_script("servers")
    ruled = benchmark_script("ruled_servers").ROOMCAST
    with servers.running(ruled.kind) as server:
        how = ("--by", "roomcast", "--port", str(server.port), "--rooms", "1", "--seconds", "1")
        told = json.loads(run("node", TOP / "benchmarks" / "steering.mjs", *how, "--packages", MODULES.parent))
        late = ruled.take_late(server.port)
    assert told["sent"] > 0
    assert 0 < len(told["moved"]) <= len(told["seen"])
    assert all(seen > 0 for seen in told["seen"])
    assert told["updates"] > 0
    assert late.ticks > 0


def test_the_table_has_a_column_for_each(benchmark_script: Callable[[str], ModuleType], load: ModuleType) -> None:
    beside = benchmark_script("beside_colyseus")
    seen = {"seen_p50": 25.4, "seen_p99": 51.0, "moved_p50": 26.0, "moved_p99": 52.0, "updates": 19.96}
    ours = {"title": "Roomcast", "version": "", "steering": seen, "calm": beside.figures(measured(load, 100))}
    held = [beside.figures(measured(load, rooms)) for rooms in (400, 420, 440)]
    theirs = ours | {"title": "Colyseus", "version": "0.18", "held": []}
    machine = {"date": "2026-01-02", "processor": "fast", "system": "Linux 6", "python": "3.11", "node": "20"}
    result = {"machine": machine, "at": 100, "steers": 2.0, "servers": {"a": ours | {"held": held}, "b": theirs}}
    text = beside.table(result)
    assert "| measured | Roomcast | Colyseus 0.18 |" in text
    assert "| rooms of 4 held on one core, at 20 ticks a second | 420 (400–440) | none |" in text
    assert "| bytes a second to each player | 2,000 | 2,000 |" in text
    assert "| … of each update | 100 | 100 |" in text
    assert "| a command, until another program has seen it | 25 ms (p50), 51 (p99) | 25 ms (p50), 51 (p99) |" in text
    assert "In 0 of 5 runs another program" in text
    assert "busy" not in text
    for one in held:
        one["disturbed"] = True
    assert "In 3 of 5 runs another program" in beside.table(result)
    assert "The machine was busy" in beside.table(result)
