"""The figures of docs/performance.md that are no rates: start-up, memory, a lone action, a command's cost.

    make figures            all of them, in some two minutes

Each is the median of several tries, beside what it is to stay below.
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
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compare import Workload, chosen, describe, load_on
from lone import Player
from servers import NO_LIMITS, ROOMCAST, TOP, Running, cores, free_port, running

RESULTS = TOP / "build" / "figures.json"
PAIRS = Workload("", "", 200, 2, 2, 50_000.0)
QUIET = 10  # players, of whom one does something
ACTIONS = 300  # of one try


@dataclass(frozen=True)
class Figure:
    """`measure` gives one try, or several; `most` is what the median is to stay below."""

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
    """From starting the program to the first player's welcome."""
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter"]
    process = subprocess.Popen([*command, *NO_LIMITS, "--quiet"], stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                with Player(port):
                    return [(time.perf_counter() - began) * 1000]
            except OSError:
                if process.poll() is not None:
                    raise SystemExit(f"the server ended: {' '.join(command)}") from None
                time.sleep(0.002)  # nothing tells when it listens; this is little beside what is measured
    finally:
        process.terminate()
        process.wait()


def _serving(*flags: str) -> AbstractContextManager[Running]:
    return running(replace(ROOMCAST, command=lambda port: [*ROOMCAST.command(port), *flags]))


def steps(workload: Workload, seconds: float, times: int, *flags: str) -> list[dict[str, Any]]:
    with _serving(*flags) as server:
        how = ("--rate", f"{workload.steady:.0f}", "--seconds", f"{seconds}", "--times", f"{times}")
        said = load_on(server, workload, *how)
    if bad := [one for one in said if not one.get("complete")]:
        raise SystemExit(f"not everything arrived: {bad[0]}")
    return said


def lone_action() -> list[float]:
    """How soon a lone action is back with the usual pace, as a multiple of that with none.

    They take turns, action for action, so that what disturbs one disturbs the other as well.
    """
    allowed = os.sched_getaffinity(0)
    with ExitStack() as stack:
        actors = []
        for flags in ((), ("--pace", "0")):
            server = stack.enter_context(_serving(*flags))
            actors.append([stack.enter_context(Player(server.port)) for _ in range(QUIET)][-1])
        stack.callback(os.sched_setaffinity, 0, allowed)
        os.sched_setaffinity(0, cores()[1])
        took: list[list[float]] = [[], []]
        for number in range(ACTIONS):
            for which in (0, 1) if number % 2 else (1, 0):
                took[which].append(actors[which].act())
                time.sleep(0.01)  # what is measured is a room that has been quiet for longer than the pace, 4 ms
    paced, unpaced = map(statistics.median, took)
    return [paced / unpaced]


def command_cost() -> list[float]:
    return [1e6 * step["user"] / step["commands"] for step in steps(PAIRS, 2.0, 5)]


def _bench(letter: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "roomcast", "bench", letter, "--json", *more]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    outcome: dict[str, Any] = (json.loads(said.stdout) if said.stdout.startswith("[") else [{}])[0]
    if said.returncode or not outcome:
        raise SystemExit(f"{' '.join(command)}: {outcome.get('trouble') or said.stderr}")
    return outcome


def idle_memory() -> list[float]:
    """Of 10,000 connections that are held for 40 s: longer than any is without a ping."""
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
        print(f"{figure.title}: {row['median']:.3g}{spread} {figure.unit}; to stay below {figure.most:g}", flush=True)
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps({"machine": describe(), "figures": rows}, indent=1), encoding="utf-8")
    print(os.path.relpath(wanted.output))


if __name__ == "__main__":
    main()
