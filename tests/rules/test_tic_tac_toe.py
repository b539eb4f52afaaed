"""The example of tic-tac-toe, tested as its maker does."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.programs import EXAMPLES


def test_the_test_beside_the_game_passes(tmp_path: Path) -> None:
    for file in (EXAMPLES / "rules" / "tic_tac_toe").glob("*.py"):
        shutil.copy(file, tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "5 passed" in ran.stdout
