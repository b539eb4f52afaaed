"""The instructions of the hot path are within their budgets, and what is not within them is found."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.takes(25)


@pytest.fixture
def counts(benchmark_script: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_script("counts")


@pytest.mark.timeout(300)  # under valgrind all is fifty times as slow
def test_the_hot_path_is_within_its_budgets(counts: ModuleType) -> None:
    if reason := counts.why_not():
        pytest.skip(reason)
    ran = subprocess.run(
        [sys.executable, str(TOP / "benchmarks" / "counts.py")],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert all(title in ran.stdout for title in counts.TITLES.values())


def test_what_is_over_its_budget_is_named(counts: ModuleType) -> None:
    budgets = {"command-2": 1000, "client-runs": 1000}
    assert counts.over_budget({"command-2": 1030, "client-runs": 900}, budgets, 0.03) == []
    (sentence,) = counts.over_budget({"command-2": 1031, "client-runs": 900}, budgets, 0.03)
    assert sentence == "a command into a busy room of 2: 1,031 instructions, +3.1% where 3% is allowed"


def test_recording_moves_this_pythons_budgets_only(
    counts: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "budgets.toml"
    file.write_text('# why\nallowance = 0.03\n\n["python2.7"]\ncommand-2 = 5\n\n["python3.0"]\ncommand-2 = 7\n')
    monkeypatch.setattr(counts, "BUDGETS", file)
    monkeypatch.setattr(counts, "PYTHON", "python2.7")
    counts.record({"command-2": 6})
    monkeypatch.setattr(counts, "PYTHON", "python4.0")
    assert counts.read_budgets() == ({}, 0.03)
    counts.record({"command-2": 8})
    assert counts.read_budgets() == ({"command-2": 8}, 0.03)
    assert file.read_text() == (
        '# why\nallowance = 0.03\n\n["python2.7"]\ncommand-2 = 6\n\n["python3.0"]\ncommand-2 = 7\n\n'
        '["python4.0"]\ncommand-2 = 8\n'
    )
