"""A server that is really killed, a few times; the long campaign is `make kill`."""

import subprocess
import sys
from pathlib import Path

import pytest

KILL = Path(__file__).with_name("kill.py")


@pytest.mark.parametrize("level", ["full", "relaxed"])
def test_a_killed_server_keeps_what_its_level_promises(level: str) -> None:
    ended = subprocess.run(
        [sys.executable, str(KILL), "--times", "4", "--level", level, "--seed", "7"],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "every promise was kept" in ended.stdout
