"""The measurement of drawing libraries runs; what it finds is for people to read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.takes(6)


def test_it_counts_frames_and_what_they_cost(display: str, tmp_path: Path) -> None:
    small = ["--only", "tkinter", "--seconds", "1", "--output", f"{tmp_path}/drawing.json"]
    ended = subprocess.run(
        [sys.executable, "benchmarks/drawing.py", *small],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=TOP,
    )
    assert ended.returncode == 0, ended.stderr
    slow, moving = ended.stdout.splitlines()
    rates = []
    for line, others in (slow, "slow"), (moving, "moving"):
        assert line.startswith(f"tkinter  others {others}")
        measured = re.search(
            r" [\d.]+ frames a second, .* on time, .* pump +\d+ µs a frame .* (\d+) commands a second$", line
        )
        assert measured, line
        rates.append(int(measured[1]))
    assert rates[1] > 3 * rates[0]  # the others did move
