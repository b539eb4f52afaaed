"""The measurement of the page /watch/ROOM runs; what it finds is for people to read."""

import re
import subprocess
import sys

import pytest

from tests import chromium
from tests.programs import TOP


def test_it_counts_frames() -> None:
    if reason := chromium.why_not():
        pytest.skip(reason)
    small = ["--players", "3", "--rate", "5", "--seconds", "1", "--warm-up", "1"]
    ended = subprocess.run(
        [sys.executable, TOP / "benchmarks" / "watch_fps.py", *small], capture_output=True, text=True, timeout=100
    )
    assert ended.returncode == 0, ended.stderr
    assert "3 players are here" in ended.stdout
    assert "done within" in ended.stdout, "the players report what they ran"
    assert re.search(r"^frames  [1-9][\d.]* a second", ended.stdout, re.MULTILINE)
