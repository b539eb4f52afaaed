"""The tests beside the rules in examples/, run as their makers run them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import EXAMPLES
from tests.waiting import PATIENCE

pytestmark = pytest.mark.takes(10)

RULES = EXAMPLES / "rules"
OWN_TESTS = sorted(str(file.relative_to(RULES)) for file in RULES.rglob("test_*.py"))


@pytest.mark.parametrize("file", OWN_TESTS)
def test_the_tests_beside_the_rules_pass(file: str, tmp_path: Path) -> None:
    for beside in (RULES / file).parent.glob("*.py"):
        shutil.copy(beside, tmp_path)  # so that no setting of this project counts
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", Path(file).name]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^[1-9]\d* passed", ran.stdout, re.MULTILINE)


def test_all_rules_that_players_meet_have_such_tests() -> None:
    assert {
        "test_club.py",
        "test_duel.py",
        "test_hand.py",
        "test_tag.py",
        "quiz/test_quiz.py",
        "race/test_race.py",
        "tic_tac_toe/test_tic_tac_toe.py",
    } <= {Path(file).as_posix() for file in OWN_TESTS}
