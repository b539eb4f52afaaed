"""The scripts that measure figures, for a moment each: they measure the real thing, and say what it came to."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.programs import TOP


def test_clients_take_in_and_send(
    benchmark_script: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = benchmark_script("client")
    monkeypatch.setattr(client, "RECEIVED", 8000)
    monkeypatch.setattr(client, "SENT", 12_000)  # more than may wait
    rates = client.measure(1)
    assert set(rates) == set(client.TITLES.values())
    assert all(rate > 0 for (rate,) in rates.values())
    assert capsys.readouterr().out.count("commands a second") == len(rates)


def test_start_up_is_measured(benchmark_script: Any) -> None:
    figures = benchmark_script("figures")
    (imported,), (started,) = figures.import_time(), figures.start_time()
    assert 0 < imported < 60_000
    assert 0 < started < 60_000


def test_a_steady_load_tells_memory_and_latency(
    benchmark_script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("cc") is None:
        pytest.skip("not installed: a C compiler; type: sudo apt install gcc libc6-dev")
    subprocess.run(["make", "--silent", "build/load"], cwd=TOP, check=True, timeout=100)
    endure = benchmark_script("endure")
    monkeypatch.setattr(endure, "STEP", 0.5)
    steps = list(endure.endure(20_000, 2))
    assert [step["copies"] for step in steps] == [10_000, 10_000]
    assert all(1 < step["memory"] < 1000 for step in steps)
    found = tmp_path / "bench.json"
    runs = [{"server": "roomcast", "workload": "A", "highest": rate} for rate in (1e6, 4e6, 2e6)]
    found.write_text(json.dumps({"runs": runs}))
    monkeypatch.setattr(endure, "HIGHEST_RATES", found)
    assert endure.half_of_the_highest() == 1e6


def test_what_endured_is_to_be_in_the_end_what_it_was(benchmark_script: Any) -> None:
    endure = benchmark_script("endure")
    first = {"memory": 50.0, "p99": 6.0}
    assert endure.stayed(first, {"memory": 51.0, "p99": 6.5})
    assert not endure.stayed(first, {"memory": 51.0, "p99": 7.5})
    assert not endure.stayed(first, {"memory": 56.0, "p99": 6.0})
