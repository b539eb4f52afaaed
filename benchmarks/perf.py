"""Is this tree faster or slower than another revision? Both in one run, in turn, as ratios.

    make perf                          against the last release, or where there is none, the commit before
    make perf ARGS="--against main~5 --rounds 9"

First the instructions of the hot path, which noise cannot blur (counts.py); then servers of both trees under the
same load in turn, below saturation: processor time a copy and latency. The other tree is checked out into build/perf.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compare import WORKLOADS, steady
from counts import TITLES, count, why_not
from servers import ROOMCAST, TOP, Kind

TREES = TOP / "build" / "perf"


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()


def default_revision() -> str:
    """The last release, or the commit before this one."""
    tags = git("tag", "--list", "v*", "--sort=-version:refname").splitlines()
    return tags[0] if tags else "HEAD~1"


def check_out(revision: str) -> Path:
    """That revision's files, in a folder of their own."""
    commit = git("rev-parse", "--short", f"{revision}^{{commit}}")
    folder = TREES / commit
    if not folder.exists():
        folder.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=TOP, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


def server_of(source: Path, name: str) -> Kind:
    """A Roomcast of another tree; what it runs on is the same as this one's."""
    return dataclasses.replace(ROOMCAST, name=name, environment={"PYTHONPATH": str(source)})


def row(title: str, before: float, now: float, unit: str, digits: int = 2) -> str:
    return f"{title:44} {before:12,.{digits}f} {now:12,.{digits}f} {unit:4}  {now / before if before else 1:6.3f}"


def compare_counts(other: Path) -> None:
    if reason := why_not():
        print(f"No instructions are counted: {reason}")
        return
    before, now = count(other / "src"), count(TOP / "src")
    for name, title in TITLES.items():
        print(row(title, before[name], now[name], "", 0))


def cost(step: dict[str, Any]) -> float:
    """Microseconds of the server's processor time a copy."""
    return float(1e6 * (step["user"] + step["kernel"]) / max(1, step["copies"]))


def compare_servers(other: Path, rounds: int, seconds: float) -> None:
    kinds = {"before": server_of(other / "src", "before"), "now": server_of(TOP / "src", "now")}
    measures: dict[str, tuple[Callable[[dict[str, Any]], float], str]] = {
        "processor a copy": (cost, "µs"),
        "p50": (lambda step: float(step["p50"]), "ms"),
        "p99": (lambda step: float(step["p99"]), "ms"),
    }
    for workload in (one for one in WORKLOADS.values() if not one.newcomers):
        steps: dict[str, list[dict[str, Any]]] = {"before": [], "now": []}
        for turn in range(rounds):
            for name in ("before", "now") if turn % 2 == 0 else ("now", "before"):
                step = steady(kinds[name], workload, workload.steady, seconds)
                if not step.get("complete"):
                    raise SystemExit(f"{workload.letter}, {name}: not everything arrived: {step}")
                steps[name].append(step)
        for title, (of, unit) in measures.items():
            before, now = (statistics.median(map(of, steps[name])) for name in ("before", "now"))
            print(row(f"{workload.letter} {workload.title}: {title}", before, now, unit), flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--against", default=None, help="a revision; default: the last release, or the commit before")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.5, help="of each step")
    wanted = options.parse_args()
    revision = wanted.against or default_revision()
    try:
        other = check_out(revision)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"there is no revision {revision!r}: {error.stderr}") from None
    os.environ.pop("PYTHONPATH", None)
    print(f"{'':44} {revision:>12} {'this tree':>12}        ratio")
    compare_counts(other)
    compare_servers(other, wanted.rounds, wanted.seconds)
    print(f"\nMedians of {wanted.rounds}, in turn. Above 1: this tree is slower.")


if __name__ == "__main__":
    main()
