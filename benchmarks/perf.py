"""Is this tree slower than another revision? Both run in one session, in turn; the result is a verdict per workload.

    make perf                          against the last release, or the commit before where there is none
    make perf ARGS="--against main~5 --rounds 9"
    make perf ARGS="--only A,sending"

First come the instructions of both hot paths (counts.py), which noise does not affect. Then servers of both trees run
workloads A, B, C, E and P below saturation, and clients of both receive (pumping) and send as fast as they can. Speed
is the number of copies or commands for each second of processor time, of the server or the client. In each round it
is compared as a ratio, this tree's to the other's; a workload passes if the median of these is at least 0.97. The
exit code is 1 if one does not pass.

The other revision is checked out into build/perf; it runs on this tree's Python and libraries. Measurements that
another program disturbed are repeated a few times; a verdict on a busy machine says so, and means little.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import client
from c_load import COMPARED, STEADY, at_rate, trouble_in, was_disturbed
from counts import TITLES, count, why_not
from machine import chosen
from servers import TOP, Kind, roomcast_of

from roomcast.loadtest.workloads import Workload

TREES = TOP / "build" / "perf"
SLOWEST = 0.97  # of the other tree's speed
NEVER_GIVE_UP = ("--limit", "60000")  # ms: a step goes on to its end, whatever the latency
RETRIES = 3  # of one measurement that was disturbed
CLIENTS = {"pumping": "game-receives", "sending": "game-sends"}


@dataclass(frozen=True)
class Measurement:
    """One run of a workload. `cost` is in microseconds of processor time; the others are shown, not judged."""

    cost: float
    others: dict[str, float] = field(default_factory=dict)
    disturbed: bool = False


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=TOP, capture_output=True, text=True, check=True).stdout.strip()


def default_revision() -> str:
    """The last release, or the commit before this one."""
    tags = git("tag", "--list", "v*", "--sort=-version:refname").splitlines()
    return tags[0] if tags else "HEAD~1"


def check_out(revision: str) -> Path:
    """The files of a revision, in a folder of their own."""
    commit = git("rev-parse", "--short", f"{revision}^{{commit}}")
    folder = TREES / commit
    if not folder.exists():
        folder.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=TOP, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive, check=True)
    return folder


def measure_server(kind: Kind, workload: Workload, seconds: float) -> Measurement:
    """The server's processor time for each copy; in E, for each newcomer, the steady load of the others included."""
    measured = at_rate(kind, workload, STEADY[workload.letter], seconds, *NEVER_GIVE_UP)
    if trouble_in(measured) or not measured[0].get("complete"):
        raise SystemExit(f"{workload.letter}, {kind.name}: not everything arrived: {measured}")
    step = measured[0]
    divisor = workload.newcomers or step["copies"]
    latency = {"p50, ms": float(step["p50"]), "p99, ms": float(step["p99"])}
    if workload.newcomers:
        latency["arrival p99, ms"] = float(measured[1]["arrival_p99"])
    return Measurement(1e6 * step["cpu"] / divisor, latency, was_disturbed(step))


def measure_client(kind: Kind, loop: str) -> Measurement:
    """The client's processor time for each command."""
    result = client.run(loop, server=kind)
    return Measurement(result["cost"], {"commands/s": result["rate"]})


def undisturbed(measure: Callable[[], Measurement]) -> Measurement:
    """Measure again while other programs disturb, up to `RETRIES` times."""
    for _ in range(RETRIES):
        if not (measured := measure()).disturbed:
            return measured
    return measure()


def in_turn(kinds: tuple[Kind, Kind], measure: Callable[[Kind], Measurement], rounds: int) -> list[list[Measurement]]:
    """Rounds of both kinds, the order alternating: the other tree's measurements, then this one's."""
    found: list[list[Measurement]] = [[], []]
    for turn in range(rounds):
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            found[which].append(undisturbed(partial(measure, kinds[which])))
    return found


def speed_ratio(before: list[Measurement], now: list[Measurement]) -> float:
    """This tree's speed as a multiple of the other's: the median over the rounds."""
    return statistics.median(old.cost / new.cost for old, new in zip(before, now, strict=True))


def print_row(title: str, before: str, now: str, note: str = "") -> None:
    print(f"{title:44} {before:>12} {now:>12}  {note}", flush=True)


def print_medians(
    title: str, before: list[Measurement], now: list[Measurement], value: Callable[[Measurement], float]
) -> None:
    print_row(title, *(f"{statistics.median(map(value, several)):,.2f}" for several in (before, now)))


def other_value(measured: Measurement, name: str) -> float:
    return measured.others[name]


def compare_counts(other: Path) -> None:
    if reason := why_not():
        print(f"No instructions are counted: {reason}")
        return
    before, now = count(other), count(TOP)
    for name, title in TITLES.items():
        if name in before:
            print_row(title, f"{before[name]:,}", f"{now[name]:,}", f"{now[name] / before[name]:6.3f} times as many")


def compare_workload(
    title: str, kinds: tuple[Kind, Kind], measure: Callable[[Kind], Measurement], rounds: int
) -> tuple[float, bool]:
    """Measure and print one workload; returns the ratio of speeds, and whether measurements were disturbed."""
    before, now = in_turn(kinds, measure, rounds)
    print(title)
    print_medians("    processor time, µs", before, now, lambda one: one.cost)
    for name in before[0].others:
        print_medians(f"    {name}", before, now, partial(other_value, name=name))
    return speed_ratio(before, now), any(one.disturbed for one in before + now)


def verdict(title: str, ratio: float, disturbed: bool) -> str:
    """One line: the ratio, and whether it is good enough."""
    note = " (disturbed by other programs)" if disturbed else ""
    return f"{'pass' if ratio >= SLOWEST else 'FAIL'}  {title:10} {ratio:6.3f} times the speed{note}"


def main() -> None:
    workloads = [*COMPARED, *CLIENTS]
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--against", default=None, help="a revision; default: the last release, or the commit before")
    options.add_argument("--only", default=",".join(workloads), help=f"of {', '.join(workloads)}")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=1.5, help="of each step")
    options.add_argument("--no-counts", action="store_true", help="do not count instructions")
    wanted = options.parse_args()
    only = chosen(wanted.only, workloads)
    revision = wanted.against or default_revision()
    try:
        other = check_out(revision)
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"there is no revision {revision!r}: {error.stderr}") from None
    os.environ.pop("PYTHONPATH", None)
    kinds = (roomcast_of(other / "src", "before"), roomcast_of(TOP / "src", "now"))
    print_row("", revision, "this tree")
    if not wanted.no_counts:
        compare_counts(other)
    verdicts, passed = [], True
    measure: Callable[[Kind], Measurement]
    for name in only:
        if name in CLIENTS:
            measure = partial(measure_client, loop=CLIENTS[name])
            ratio, disturbed = compare_workload(name, kinds, measure, wanted.rounds)
        else:
            workload = COMPARED[name]
            measure = partial(measure_server, workload=workload, seconds=wanted.seconds)
            ratio, disturbed = compare_workload(f"{name} {workload.title}", kinds, measure, wanted.rounds)
        verdicts.append(verdict(name, ratio, disturbed))
        passed = passed and ratio >= SLOWEST
    print(f"\nAt least {SLOWEST:g} times the speed of {revision}, medians of {wanted.rounds} rounds in turn:")
    print("\n".join(verdicts))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
