"""Another revision beside this one: the verdict on each workload, and what of the other tree is run."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.programs import TOP


@pytest.fixture
def perf(benchmark_script: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_script("perf")


def test_the_median_of_the_rounds_is_judged(perf: ModuleType) -> None:
    before = [perf.Measurement(cost) for cost in (1.0, 1.0, 1.0)]
    now = [perf.Measurement(cost) for cost in (1.02, 9.0, 0.5)]
    ratio = perf.speed_ratio(before, now)
    assert ratio == pytest.approx(1 / 1.02)
    assert perf.verdict("A", ratio, disturbed=False) == "pass  A           0.980 times the speed"
    assert perf.verdict("A", 0.9699, disturbed=True) == (
        "FAIL  A           0.970 times the speed (disturbed by other programs)"
    )


def test_a_disturbed_measurement_is_repeated_a_few_times(perf: ModuleType) -> None:
    tries = [perf.Measurement(3.0, disturbed=True), perf.Measurement(2.0), perf.Measurement(1.0)]
    assert perf.undisturbed(iter(tries).__next__).cost == 2.0
    tries = [perf.Measurement(float(cost), disturbed=True) for cost in range(9)]
    assert perf.undisturbed(iter(tries).__next__).disturbed


def test_the_order_of_both_trees_alternates(perf: ModuleType) -> None:
    order: list[str] = []
    found = perf.in_turn(("before", "now"), lambda kind: order.append(kind) or perf.Measurement(1.0), 2)
    assert order == ["before", "now", "now", "before"]
    assert [len(several) for several in found] == [2, 2]


def test_the_other_tree_runs_its_own_hot_path(perf: ModuleType, tmp_path: Path) -> None:
    counts = sys.modules["counts"]
    with pytest.raises(SystemExit, match=r"there is no hot_path\.py"):
        counts.hot_path_of(tmp_path)
    early = tmp_path / "bench" / "hot_path.py"  # where it was before it moved
    early.parent.mkdir()
    early.touch()
    assert counts.hot_path_of(tmp_path) == early
    assert counts.hot_path_of(TOP) == TOP / "benchmarks" / "hot_path.py"
