"""The benchmark of hostile addresses, for seconds: that every attack reaches the server and is told, not how fast."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.takes(60)

Script = Callable[[str], ModuleType]


@pytest.mark.parametrize("attacks", [("rooms", "ghosts", "silent"), ("watch", "half-open", "control")])
def test_it_reports_what_each_attack_did_and_what_the_others_noticed(attacks: tuple[str, ...], tmp_path: Path) -> None:
    output = tmp_path / "hostile.json"
    ran = subprocess.run(
        [
            *(sys.executable, str(TOP / "benchmarks" / "hostile.py"), "--seconds", "2", "--calm", "2"),
            *("--only", ",".join(attacks), "--output", str(output)),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr  # 1: a goal was missed, which is no matter here
    rows = json.loads(output.read_text(encoding="utf-8"))["attacks"]
    assert [row["attack"] for row in rows] == list(attacks)
    for row in rows:
        assert row["done"] + row["refused"] > 0
        assert 0 < row["calm"] < float("inf")
        assert 0 < row["attacked"] < float("inf")
        assert len(row["memory"]) == 3
        assert row["newcomer"] > 0
        assert row["starter"] > 0
        assert row["attack"] in ran.stdout


def test_a_row_says_which_goals_it_misses(benchmark_script: Script) -> None:
    hostile = benchmark_script("hostile")
    row: dict[str, Any] = {
        "ratio": 1.0,
        "newcomer": 0.1,
        "starter": 0.1,
        "lost": 0,
        "memory": [40.0, 50.0, 45.0],
    }
    assert hostile.missed(row) == []
    assert hostile.missed(row | {"ratio": 2.0, "starter": 3.0}) == ["p99", "newcomers"]
    assert hostile.missed(row | {"lost": 1, "memory": [40.0, 999.0, 45.0]}) == ["lost", "memory"]


def test_frames_are_those_of_a_client(benchmark_script: Script) -> None:
    raw = benchmark_script("raw_websocket")
    assert raw.frame(b"hi") == b"\x81\x82\0\0\0\0hi"
    assert raw.frame(b"", raw.PING) == b"\x89\x80\0\0\0\0"
    assert raw.frame(b"", raw.CONTINUATION, last=False) == b"\x00\x80\0\0\0\0"
    assert raw.frame(b"x" * 300)[:8] == b"\x81\xfe\x01\x2c\0\0\0\0"
    assert raw.frame(b"x" * 70_000)[:10] == b"\x81\xff\0\0\0\0\0\x01\x11\x70"
