"""One room of 100 at half of its highest rate, for long: does memory stay, does latency?

    make endure                                    30 minutes
    make endure MINUTES=5 ARGS="--rate 8000000"    at so many copies a second

The rate is half of what `make bench` found last in workload A. A line a minute; then a new server under the same
load, for a sixth of that time; at the end memory and latency of the first third, of the last third, and of the new
server, beside each other. The last third is judged by the first alone; but a machine changes in half an hour, too, and
the new server shows how it is by then.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from compare import RESULTS as COMPARED
from compare import WORKLOADS, describe, loading
from servers import ROOMCAST, TOP, running

RESULTS = TOP / "build" / "endured.json"
STEP = 60.0  # seconds
# At ten million copies a second the usual 10,000 entries are a tenth of a second: one pause of the computer, and
# players would be skipped. These are about a second.
KEPT = ("--kept-entries", "200000", "--kept-bytes", "16777216")
GROWN = 5.0  # MiB that memory may differ
DRIFTED = 1.2  # times that the 99th percentile may be what it was


def half_of_the_highest() -> float:
    runs = json.loads(COMPARED.read_text(encoding="utf-8"))["runs"] if COMPARED.exists() else []
    found = [run["highest"] for run in runs if (run["server"], run["workload"]) == ("roomcast", "A")]
    if not found:
        raise SystemExit("half of which rate? Run make bench first, or say --rate")
    return float(statistics.median(found)) / 2


def memory(process: int) -> float:
    """MiB that are its own."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def endure(rate: float, minutes: int) -> Iterator[dict[str, Any]]:
    """One step after the other, on one server and one set of connections; what each showed, and the memory after it."""
    how = ("--rate", f"{rate:.0f}", "--seconds", f"{STEP}", "--times", f"{minutes}", "--limit", "60000")
    with running(replace(ROOMCAST, command=lambda port: [*ROOMCAST.command(port), *KEPT])) as server:
        for step in loading(server, WORKLOADS["A"], *how):
            if not step.get("complete"):
                raise SystemExit(f"not everything arrived: {step}")
            yield step | {"memory": memory(server.process.pid)}


def watched(rate: float, minutes: int) -> list[dict[str, Any]]:
    """The steps of a server, each told as it comes."""
    steps = []
    for minute, step in enumerate(endure(rate, minutes), 1):
        steps.append(step)
        print(
            f"  minute {minute:2}: p50 {step['p50']:.2f}, p99 {step['p99']:.2f}, most {step['max']:.1f} ms;"
            f" {step['memory']:.1f} MiB",
            flush=True,
        )
    return steps


def stayed(first: dict[str, float], last: dict[str, float]) -> bool:
    """Whether memory and latency were in the end what they were in the beginning."""
    return abs(last["memory"] - first["memory"]) < GROWN and last["p99"] < first["p99"] * DRIFTED


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=int, default=30)
    options.add_argument("--rate", type=float, help="copies a second")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    rate = wanted.rate or half_of_the_highest()
    print(f"{rate:,.0f} copies a second, {wanted.minutes} minutes", flush=True)
    steps = watched(rate, wanted.minutes)
    print("a new server, under the same load:", flush=True)
    afterwards = watched(rate, max(1, wanted.minutes // 6))
    third = max(1, len(steps) // 3)
    first, last, new = (
        {key: statistics.median(step[key] for step in part) for key in ("memory", "p50", "p99")}
        for part in (steps[:third], steps[-third:], afterwards)
    )
    copies = sum(step["copies"] for step in steps)
    print(f"{copies:,} copies, all in order. Medians of the first third, of the last third, and with a new server:")
    print(f"memory {first['memory']:.1f}, {last['memory']:.1f} and {new['memory']:.1f} MiB,", end=" ")
    print(f"p99 {first['p99']:.2f}, {last['p99']:.2f} and {new['p99']:.2f} ms.")
    result = {
        "machine": describe(),
        "rate": rate,
        "minutes": len(steps),
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
