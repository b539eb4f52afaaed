"""The examples that have pages, tested as their makers do: by the test beside each."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import EXAMPLES

GAMES = sorted(folder.parent.name for folder in (EXAMPLES / "rules").glob("*/pages"))


@pytest.mark.parametrize("game", GAMES)
def test_the_test_beside_the_game_passes(game: str, tmp_path: Path) -> None:
    for file in (EXAMPLES / "rules" / game).glob("*.py"):
        shutil.copy(file, tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^[4-9] passed", ran.stdout, re.MULTILINE)


def test_there_are_several() -> None:
    assert {"quiz", "tic_tac_toe"} <= set(GAMES)
