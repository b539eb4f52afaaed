"""The figures of docs/performance.md that are not rates: start-up, memory, a lone action, the cost of a command.

    make figures            all of them, in some three minutes

Each is the median of several tries, beside its limit.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from c_load import STEADY, Step, whole_steps
from lone_player import LonePlayer
from machine import chosen, describe
from servers import ROOMCAST, TOP, load_core, roomcast_with, running

from roomcast.learn.free_port import free_port
from roomcast.loadtest.workloads import WORKLOADS, Workload

RESULTS = TOP / "build" / "figures.json"
QUIET = 10  # players in a room in which only one acts
ACTIONS = 300  # in one try
PRIVATE = 2_000.0  # commands a second, in a room in which all are private and in the same one in public


@dataclass(frozen=True)
class Figure:
    """`measure` returns one try or several; `most` is the limit of their median."""

    name: str
    title: str
    unit: str
    most: float
    measure: Callable[[], Iterable[float]]
    times: int = 1


def import_time() -> list[float]:
    code = "import time; began = time.perf_counter(); import roomcast; print(time.perf_counter() - began)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return [float(said) * 1000]


def start_time() -> list[float]:
    """Milliseconds from the start of the program to the first player's welcome."""
    port = free_port()
    began = time.perf_counter()
    command = ROOMCAST.command(port)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                with LonePlayer(port):
                    return [(time.perf_counter() - began) * 1000]
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"the server ended: {' '.join(command)}") from None
                time.sleep(0.002)  # polling; short against what is measured
    finally:
        process.terminate()
        process.wait()


def steps(workload: Workload, rate: float, seconds: float, times: int) -> list[Step]:
    """Steps with a new server; `rate` in copies a second."""
    with running(ROOMCAST) as server:
        options = ("--rate", f"{rate:.0f}", "--seconds", f"{seconds}", "--times", f"{times}")
        return whole_steps(server, workload, *options)


def lone_action() -> list[float]:
    """The round trip of a lone action with the default pace, as a multiple of that without one.

    Both servers take turns, action by action, so that a disturbance affects both.
    """
    allowed = os.sched_getaffinity(0)
    with ExitStack() as stack:
        actors = []
        for flags in ((), ("--pace", "0")):
            server = stack.enter_context(running(roomcast_with(*flags)))
            actors.append([stack.enter_context(LonePlayer(server.port)) for _ in range(QUIET)][-1])
        stack.callback(os.sched_setaffinity, 0, allowed)
        os.sched_setaffinity(0, [load_core()])
        took: list[list[float]] = [[], []]
        for number in range(ACTIONS):
            for which in (0, 1) if number % 2 else (1, 0):
                took[which].append(actors[which].act())
                time.sleep(0.01)  # the room is to be quiet for longer than the pace, 4 ms
    paced, unpaced = map(statistics.median, took)
    return [paced / unpaced]


def command_cost() -> list[float]:
    measured = steps(WORKLOADS["B"], STEADY["B"], 2.0, 5)
    return [1e6 * step["user"] / step["commands"] for step in measured]


def private_cost(to: int) -> list[float]:
    """Processor time of a command that is private to so many of 64, as a multiple of a public one; both in turn."""
    private = replace(WORKLOADS["P"], to=to)
    ratios = []
    for _ in range(5):
        cost = [
            sum(step["cpu"] / step["commands"] for step in steps(workload, PRIVATE * workload.copies, 2.0, 1))
            for workload in (private, replace(private, to=0))
        ]
        ratios.append(cost[0] / cost[1])
    return ratios


def _bench(letter: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "roomcast", "bench", letter, "--json", *more]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    outcome: dict[str, Any] = (json.loads(said.stdout) if said.stdout.startswith("[") else [{}])[0]
    if said.returncode or not outcome:
        raise SystemExit(f"{' '.join(command)}: {outcome.get('trouble') or said.stderr}")
    return outcome


def idle_memory() -> list[float]:
    """KiB for each of 10,000 connections, held for 40 s: longer than the interval between pings."""
    outcome = _bench("D", "--seconds", "40")
    assert outcome["held"] == 10_000
    return [outcome["memory"] / 1024]


def shared_state() -> list[float]:
    return [step["p99"] for step in _bench("F", "--seconds", "3")["steps"]]


FIGURES = (
    Figure("import", "`import roomcast`", "ms", 120, import_time, 15),
    Figure("start", "from the server's start to the first welcome", "ms", 250, start_time, 9),
    Figure("idle", "memory of an idle connection, of 10,000 held for 40 s", "KiB", 10, idle_memory),
    Figure("lone", "a lone action in a quiet room, beside `--pace 0`", "times as long (p50)", 1.1, lone_action, 9),
    Figure("command", "a command's processor time beyond system calls, in 200 rooms of 2", "µs", 12, command_cost),
    *(
        Figure(
            name,
            f"a command private to {to}, beside a public one",
            "times the processor time",
            2,
            partial(private_cost, count),
        )
        for name, to, count in (("private", "8 of 64", 8), ("private-all", "all 63 others", 63))
    ),
    Figure("state", "100 players change shared state 20 times a second", "ms (p99)", 9, shared_state, 3),
)


def main() -> None:
    names = [figure.name for figure in FIGURES]
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(names), help=f"of {', '.join(names)}")
    options.add_argument("--output", type=Path, default=RESULTS)
    wanted = options.parse_args()
    only = chosen(wanted.only, names)
    compileall.compile_dir(TOP / "src", quiet=1)  # as pip leaves what it installs
    rows = []
    for figure in FIGURES:
        if figure.name not in only:
            continue
        tries = [one for _ in range(figure.times) for one in figure.measure()]
        row = {"title": figure.title, "unit": figure.unit, "most": figure.most, "median": statistics.median(tries)}
        rows.append(row | {"least": min(tries), "greatest": max(tries)})
        spread = f" ({min(tries):.3g}–{max(tries):.3g})" if len(tries) > 1 else ""
        print(f"{figure.title}: {row['median']:.3g}{spread} {figure.unit}; limit {figure.most:g}", flush=True)
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps({"machine": describe(), "figures": rows}, indent=1), encoding="utf-8")
    print(os.path.relpath(wanted.output))


if __name__ == "__main__":
    main()
