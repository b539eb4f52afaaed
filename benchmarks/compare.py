"""Roomcast beside other servers of rooms: the highest rate that each holds, in one run, in turn, several times.

    make bench                                              all of them, in some 40 minutes
    make bench ARGS="--quick --only roomcast,relay"         these two, once, in two minutes
    make bench ARGS="--workloads A --rounds 3"

Server and load generator (benchmarks/load) have a core each. A rate is held if the 99th percentile of latency, counted
from when a command was due, stays under 50 ms and every copy arrives. Before each search one step at a fixed rate tells
what a copy costs the server below saturation.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from servers import KINDS, ROOMCAST, TOP, Kind, Running, cores, running

RESULTS = TOP / "build" / "bench.json"


DISTURBED = 0.02  # of its time that a program was kept from running: as in benchmarks/load/run.c


@dataclass(frozen=True)
class Workload:
    letter: str
    title: str
    rooms: int
    players: int
    senders: int
    steady: float  # copies a second, far below what Roomcast holds
    newcomers: int = 0  # who come in within a second, while the others play at the steady rate


WORKLOADS = {
    "A": Workload("A", "one room of 100, all send", 1, 100, 100, 200_000.0),
    "B": Workload("B", "200 rooms of 2", 200, 2, 2, 50_000.0),
    "C": Workload("C", "one sender, 1,000 listeners", 1, 1001, 1, 200_000.0),
    # For Roomcast alone: the others have no snapshots, sessions and joins that are told.
    "E": Workload("E", "2,000 come into 20 rooms of 5", 20, 5, 5, 10_000.0, newcomers=2000),
}


def load(kind: Kind, workload: Workload, *how: str) -> list[dict[str, Any]]:
    """One server from its start to its end, under one load: what the generator said."""
    with running(kind) as server:
        return load_on(server, workload, *how)


def load_on(server: Running, workload: Workload, *how: str) -> list[dict[str, Any]]:
    """The same for a server that runs."""
    return list(loading(server, workload, *how))


def loading(server: Running, workload: Workload, *how: str) -> Iterator[dict[str, Any]]:
    """The same, each thing as it is said."""
    kind = server.kind
    with tempfile.TemporaryDirectory() as folder:
        if kind.seats is not None:
            rooms = [f"room{number}" for number in range(workload.rooms) for _ in range(workload.players)]
            paths = Path(folder, "paths")
            paths.write_text("\n".join(kind.seats(server.port, rooms)) + "\n", encoding="utf-8")
            how = (*how, "--paths", str(paths))
        command = [
            *("taskset", "--cpu-list", str(min(cores()[1])), str(TOP / "build" / "load")),
            *("--dialect", kind.dialect, "--port", str(server.port), "--pid", str(server.process.pid)),
            *("--rooms", str(workload.rooms), "--players", str(workload.players)),
            *("--senders", str(workload.senders), *how),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as said:
            assert said.stdout is not None
            try:
                yield from (json.loads(line) for line in said.stdout if line.startswith("{"))
            finally:
                said.kill()


def measure(kind: Kind, workload: Workload, near: float | None, seconds: float) -> dict[str, Any]:
    """One step at the steady rate, then the search for the highest one held; `near` is what an earlier round found."""
    start, growth = (kind.first_guess, 2.0) if near is None else (near, 1.12)
    calm, *said = load(
        *(kind, workload, "--rate", f"{workload.steady:.0f}", "--search", f"{start:.0f}", "--growth", f"{growth}"),
        *("--seconds", f"{seconds}"),
    ) or [{}]
    steps = [one for one in said if "rate" in one]
    disturbed = sum(max(one["kept"], one["server_kept"]) > DISTURBED for one in steps)
    return {
        "highest": next((one["highest"] for one in said if "highest" in one), 0),
        "trouble": next((one["trouble"] for one in [calm, *said] if "trouble" in one), ""),
        "at": max((one for one in steps if one["held"]), key=lambda one: one["rate"], default=None),
        "steps": len(steps),
        "disturbed": disturbed,
        "steady": calm if "rate" in calm else {},
    }


def arrivals(kind: Kind, workload: Workload) -> dict[str, Any]:
    """One step at the steady rate, while newcomers come in: their arrivals, and what the others feel."""
    how = ("--rate", f"{workload.steady:.0f}", "--newcomers", f"{workload.newcomers}", "--seconds", "2")
    said = load(kind, workload, *how)
    trouble = next((one["trouble"] for one in said if "trouble" in one), "")
    return {"arrivals": next((one for one in said if "newcomers" in one), {}), "trouble": trouble, "steady": said[0]}


def steady(kind: Kind, workload: Workload, rate: float, seconds: float) -> dict[str, Any]:
    """One step below saturation, and what a copy costs there."""
    said = load(kind, workload, "--rate", f"{rate:.0f}", "--seconds", f"{seconds}")
    return said[0] if said and "rate" in said[0] else {}


def describe() -> dict[str, str]:
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), "?")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{model}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "node": _said("node", "--version").removeprefix("v"),
    }


def _said(*words: str) -> str:
    if shutil.which(words[0]) is None:
        return ""
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def chosen(typed: str, known: Collection[str]) -> list[str]:
    """What was typed after an option, with commas between."""
    names = typed.split(",")
    for name in names:
        if name not in known:
            raise SystemExit(f"there is no {name!r}: choose from {', '.join(known)}")
    return names


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    options.add_argument("--workloads", default=",".join(WORKLOADS), help=f"of {', '.join(WORKLOADS)}")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.2, help="of each step")
    options.add_argument("--output", type=Path, default=RESULTS)
    options.add_argument("--quick", action="store_true", help="one round, of short steps")
    wanted = options.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.seconds = 1, 1.0
    kinds = [KINDS[name] for name in chosen(wanted.only, KINDS)]
    letters = chosen(wanted.workloads, WORKLOADS)
    result: dict[str, Any] = {"machine": describe(), "rounds": wanted.rounds, "runs": [], "storms": [], "missing": {}}
    for kind in list(kinds):
        if lacks := kind.missing():
            result["missing"][kind.name] = lacks
            print(f"{kind.title} is left out: {lacks}")
            kinds.remove(kind)
    near: dict[tuple[str, str], float] = {}
    for turn in range(wanted.rounds):
        for letter in letters:
            for kind in kinds:
                workload, key = WORKLOADS[letter], (kind.name, letter)
                if workload.newcomers:
                    if kind is ROOMCAST:
                        storm = arrivals(kind, workload)
                        result["storms"].append(storm)
                        print(f"round {turn + 1}, {letter}: {storm_said(storm)}", flush=True)
                    continue
                found = measure(kind, workload, near.get(key), wanted.seconds)
                if found["highest"]:
                    near[key] = found["highest"]
                run = {"turn": turn, "server": kind.name, "workload": letter, **found}
                result["runs"].append(run)
                print(f"round {turn + 1}, {letter}, {kind.title}: {said(run)}", flush=True)
    table(result["runs"], wanted.workloads)
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps(result, indent=1))
    print(f"\n{os.path.relpath(wanted.output)}")
    sys.exit(1 if any(run["trouble"] for run in result["runs"] + result["storms"]) else 0)


def said(run: dict[str, Any]) -> str:
    text = f"{run['highest']:,.0f} copies/s in {run['steps']} steps"
    if run["at"]:
        at = run["at"]
        text += f" (p50 {at['p50']:.1f}, p99 {at['p99']:.1f} ms; generator busy {at['busy']:.0%})"
    calm = run["steady"]
    if calm and calm["held"]:
        used = (calm["user"] + calm["kernel"]) / max(1, calm["copies"]) * 1e6
        text += f"; at {calm['rate']:,.0f}: {used:.2f} µs a copy, p50 {calm['p50']:.2f}, p99 {calm['p99']:.2f} ms"
    if run["disturbed"]:
        text += f"; {run['disturbed']} of the steps disturbed"
    return text + (f"  TROUBLE: {run['trouble']}" if run["trouble"] else "")


def storm_said(storm: dict[str, Any]) -> str:
    came, calm = storm["arrivals"], storm["steady"]
    text = f"{came['arrived']:,} of {came['newcomers']:,} newcomers, all in after {came['all_in'] / 1000:.2f} s"
    text += f" (each p50 {came['arrival_p50']:.0f}, p99 {came['arrival_p99']:.0f} ms)"
    return f"{text}; for those already there p50 {calm['p50']:.1f}, p99 {calm['p99']:.1f} ms"


def table(runs: list[dict[str, Any]], letters: str) -> None:
    print("\nhighest rate held, thousands of copies a second: median (least–most)")
    for name in dict.fromkeys(run["server"] for run in runs):
        cells = []
        for letter in letters:
            rates = [run["highest"] / 1000 for run in runs if (run["server"], run["workload"]) == (name, letter)]
            if not rates:
                continue
            cells.append(f"{letter} {statistics.median(rates):8,.0f} ({min(rates):,.0f}–{max(rates):,.0f})")
        print(f"{KINDS[name].title:30} " + "   ".join(cells))


if __name__ == "__main__":
    main()
