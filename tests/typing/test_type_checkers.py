"""Type checkers find mistakes before a program runs: mypy in strict mode, and pyright."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

pytestmark = pytest.mark.timeout(300)  # seconds; each looks through the whole package first


def mypy(program: Path) -> set[int]:
    """The lines in which mypy finds an error."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file=", str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = re.findall(r"^(.+?):(\d+)(?::\d+)?: error: ", done.stdout, re.MULTILINE)
    assert {Path(name).name for name, _ in found} <= {program.name}, done.stdout
    return {int(line) for _, line in found}


def pyright(program: Path) -> set[int]:
    """The lines in which pyright finds an error, by its standard rules."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", f"--pythonpath={sys.executable}", str(program)]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


CHECKERS = [mypy, pyright]


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_careful_program_is_accepted(checker: Callable[[Path], set[int]]) -> None:
    assert checker(HERE / "accepted.py") == set()


@pytest.mark.parametrize("checker", CHECKERS)
def test_each_mistake_is_found_and_nothing_else(checker: Callable[[Path], set[int]]) -> None:
    program = HERE / "mistakes.py"
    lines = enumerate(program.read_text(encoding="utf-8").splitlines(), 1)
    wrong = {number for number, line in lines if line.endswith("# wrong")}
    found = checker(program)
    assert wrong - found == set(), "accepted"
    assert found - wrong == set(), "found where there is none"
