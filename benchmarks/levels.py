"""The cost of keeping a room on disk: the levels none, relaxed and full, in alternating runs.

    make levels                     40,000 commands a second into one room of 10 players
    make levels ARGS="--rate 100 --players 100"

Each run puts the same load on a new server for a few seconds. The table has medians, and their ratio to those of
none. The exit code is 1 if a copy is missing in any run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from roomcast.loadtest import load
from roomcast.loadtest.server_process import serving
from roomcast.loadtest.workloads import Step, one_room

LEVELS = ("none", "relaxed", "full")


def run(level: str, wanted: argparse.Namespace) -> Step:
    workload = one_room("L", wanted.players)
    copies = wanted.players * wanted.rate * wanted.players  # a second
    with (
        tempfile.TemporaryDirectory(dir=wanted.folder) as folder,
        serving(["--keep", str(Path(folder) / "rooms.db"), "--level", level]) as server,
    ):
        outcome = load.run(server, workload, processes=1, seconds=wanted.seconds, rate=copies)
    return outcome.steps[0]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--players", type=int, default=10)
    options.add_argument("--rate", type=float, default=4000.0, help="commands a second, each player")
    options.add_argument("--seconds", type=float, default=4.0, help="of each run")
    options.add_argument("--times", type=int, default=5, help="runs of each level")
    options.add_argument("--folder", help="folder of the database files; default: a temporary one")
    wanted = options.parse_args()
    results: dict[str, list[Step]] = {level: [] for level in LEVELS}
    for turn in range(wanted.times):
        for level in LEVELS:
            result = run(level, wanted)
            results[level].append(result)
            note = "" if result.whole else "  SOMETHING IS MISSING"
            print(f"run {turn + 1}, {level}: p99 {result.p99:.1f} ms{note}", flush=True)
    print(
        f"\n{wanted.players * wanted.rate:,.0f} commands a second, {wanted.players} players, medians of {wanted.times}"
    )
    print("level    p50 ms  p99 ms  p99.9 ms  processor  beside none: p50, p99, processor")
    first: tuple[float, ...] = ()
    for level in LEVELS:
        row = (
            statistics.median(one.p50 for one in results[level]),
            statistics.median(one.p99 for one in results[level]),
            statistics.median(one.p999 for one in results[level]),
            statistics.median(100 * ((one.user or 0) + (one.system or 0)) / one.seconds for one in results[level]),
        )
        first = first or row
        ratios = f"{row[0] / first[0]:.2f}, {row[1] / first[1]:.2f}, {row[3] / first[3]:.2f}"
        print(f"{level:8} {row[0]:6.2f}  {row[1]:6.2f}  {row[2]:8.2f}  {row[3]:7.0f} %  {ratios}")
    sys.exit(0 if all(one.whole for several in results.values() for one in several) else 1)


if __name__ == "__main__":
    main()
