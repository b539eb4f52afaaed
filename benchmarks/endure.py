"""One room of 100 at half of its highest rate for a long time: do memory and latency stay the same?

    make endure                                    30 minutes
    make endure MINUTES=5 ARGS="--rate 8000000"    at this rate, in copies a second

The rate is half of what `make bench` last found in workload A. It prints one line a minute. Afterwards a new server
runs under the same load for a sixth of the time. The result shows the first third, the last third and the new server.
The verdict compares the last third with the first alone; the new server shows how much the machine itself has
changed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from c_load import COMPARED, steps
from compare import RESULTS as HIGHEST_RATES
from machine import describe
from servers import TOP, roomcast_with, running

RESULTS = TOP / "build" / "endured.json"
STEP = 60.0  # seconds
# At ten million copies a second the default of 10,000 entries lasts for a tenth of a second: one pause of the machine,
# and players would be skipped. This log lasts for about a second.
KEPT = ("--kept-entries", "200000", "--kept-bytes", "16777216")
GROWN = 5.0  # MiB by which memory may differ
DRIFTED = 1.2  # factor by which the 99th percentile may grow


def half_of_the_highest() -> float:
    runs = json.loads(HIGHEST_RATES.read_text(encoding="utf-8"))["runs"] if HIGHEST_RATES.exists() else []
    found = [run["highest"] for run in runs if (run["server"], run["workload"]) == ("roomcast", "A")]
    if not found:
        raise SystemExit("half of which rate? Run make bench first, or say --rate")
    return float(statistics.median(found)) / 2


def memory(process: int) -> float:
    """Private memory of a process, in MiB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def endure(rate: float, minutes: int) -> Iterator[dict[str, Any]]:
    """Steps of a minute on one server with one set of connections. Yields each, with the memory after it, in MiB."""
    options = ("--rate", f"{rate:.0f}", "--seconds", f"{STEP}", "--times", f"{minutes}", "--limit", "60000")
    with running(roomcast_with(*KEPT)) as server:
        for step in steps(server, COMPARED["A"], *options):
            if not step.get("complete"):
                raise SystemExit(f"not everything arrived: {step}")
            yield step | {"memory": memory(server.process.pid)}


def watched(rate: float, minutes: int) -> list[dict[str, Any]]:
    """The steps of a server, printed as they come."""
    minutes_of_load = []
    for minute, step in enumerate(endure(rate, minutes), 1):
        minutes_of_load.append(step)
        print(
            f"  minute {minute:2}: p50 {step['p50']:.2f}, p99 {step['p99']:.2f}, most {step['max']:.1f} ms;"
            f" {step['memory']:.1f} MiB",
            flush=True,
        )
    return minutes_of_load


def stayed(first: dict[str, float], last: dict[str, float]) -> bool:
    """Whether memory and latency at the end are those of the beginning, within `GROWN` and `DRIFTED`."""
    return abs(last["memory"] - first["memory"]) < GROWN and last["p99"] < first["p99"] * DRIFTED


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=int, default=30)
    options.add_argument("--rate", type=float, help="copies a second")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    rate = wanted.rate or half_of_the_highest()
    print(f"{rate:,.0f} copies a second, {wanted.minutes} minutes", flush=True)
    measured = watched(rate, wanted.minutes)
    print("a new server, under the same load:", flush=True)
    afterwards = watched(rate, max(1, wanted.minutes // 6))
    third = max(1, len(measured) // 3)
    first, last, new = (
        {key: statistics.median(step[key] for step in part) for key in ("memory", "p50", "p99")}
        for part in (measured[:third], measured[-third:], afterwards)
    )
    copies = sum(step["copies"] for step in measured)
    print(f"{copies:,} copies, all in order. Medians of the first third, of the last third, and with a new server:")
    print(f"memory {first['memory']:.1f}, {last['memory']:.1f} and {new['memory']:.1f} MiB,", end=" ")
    print(f"p99 {first['p99']:.2f}, {last['p99']:.2f} and {new['p99']:.2f} ms.")
    result = {
        "machine": describe(),
        "rate": rate,
        "minutes": len(measured),
        "copies": copies,
        "first": first,
        "last": last,
        "new": new,
    }
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps(result, indent=1), encoding="utf-8")
    print(os.path.relpath(wanted.output))
    sys.exit(0 if stayed(first, last) else 1)


if __name__ == "__main__":
    main()
