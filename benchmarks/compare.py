"""Roomcast beside other servers of rooms: the highest rate that each holds, in alternating rounds of one run.

    make bench                                              all servers, in some 40 minutes
    make bench ARGS="--quick --only roomcast,relay"         these two, one round, in two minutes
    make bench ARGS="--workloads A --rounds 3"

Server and load generator have a core each. A rate is held if the 99th percentile of latency, counted from the due
time of a command, stays below 50 ms and every copy arrives. Before each search, one step at a fixed rate measures
what a copy costs below saturation. Workloads E and P run with Roomcast alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

from c_load import COMPARED, ROOMCAST_ONLY, STEADY, at_rate, measure, trouble_in, was_disturbed
from machine import chosen, describe
from servers import KINDS, ROOMCAST, TOP, Kind

from roomcast.loadtest.workloads import Workload

RESULTS = TOP / "build" / "bench.json"


def search(kind: Kind, workload: Workload, near: float | None, seconds: float) -> dict[str, Any]:
    """One step at the steady rate, then the search for the highest rate; `near` is the result of an earlier round."""
    start, growth = (kind.first_guess, 2.0) if near is None else (near, 1.12)
    calm, *more = measure(
        *(kind, workload, "--rate", f"{STEADY[workload.letter]:.0f}", "--seconds", f"{seconds}"),
        *("--search", f"{start:.0f}", "--growth", f"{growth}"),
    ) or [{}]
    steps = [one for one in more if "rate" in one]
    return {
        "highest": next((one["highest"] for one in more if "highest" in one), 0),
        "trouble": trouble_in([calm, *more]),
        "at": max((one for one in steps if one["held"]), key=lambda one: one["rate"], default=None),
        "steps": len(steps),
        "disturbed": sum(map(was_disturbed, steps)),
        "steady": calm if "rate" in calm else {},
    }


def arrivals(kind: Kind, workload: Workload) -> dict[str, Any]:
    """One step at the steady rate while newcomers join: their arrivals, and the latency of the others."""
    measured = at_rate(kind, workload, STEADY[workload.letter], 2.0)
    came = next((one for one in measured if "newcomers" in one), {})
    return {"arrivals": came, "trouble": trouble_in(measured), "steady": measured[0]}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    options.add_argument("--workloads", default=",".join(COMPARED), help=f"of {', '.join(COMPARED)}")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=float, default=1.2, help="of each step")
    options.add_argument("--output", type=Path, default=RESULTS)
    options.add_argument("--quick", action="store_true", help="one round of short steps")
    wanted = options.parse_args()
    if wanted.quick:
        wanted.rounds, wanted.seconds = 1, 1.0
    kinds = [KINDS[name] for name in chosen(wanted.only, KINDS)]
    letters = chosen(wanted.workloads, COMPARED)
    result: dict[str, Any] = {"machine": describe(), "rounds": wanted.rounds, "runs": [], "storms": [], "missing": {}}
    for kind in list(kinds):
        if lacks := kind.missing():
            result["missing"][kind.name] = lacks
            print(f"{kind.title} is left out: {lacks}")
            kinds.remove(kind)
    near: dict[tuple[str, str], float] = {}
    for turn in range(wanted.rounds):
        for letter in letters:
            workload = COMPARED[letter]
            for kind in kinds:
                if letter in ROOMCAST_ONLY and kind is not ROOMCAST:
                    continue
                start = f"round {turn + 1}, {letter}"
                if workload.newcomers:
                    result["storms"].append(arrivals(kind, workload))
                    print(f"{start}: {storm_line(result['storms'][-1])}", flush=True)
                    continue
                key = (kind.name, letter)
                found = search(kind, workload, near.get(key), wanted.seconds)
                if found["highest"]:
                    near[key] = found["highest"]
                result["runs"].append({"turn": turn, "server": kind.name, "workload": letter, **found})
                print(f"{start}, {kind.title}: {run_line(found)}", flush=True)
    print_table(result["runs"], letters)
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps(result, indent=1))
    print(f"\n{os.path.relpath(wanted.output)}")
    sys.exit(1 if any(run["trouble"] for run in result["runs"] + result["storms"]) else 0)


def run_line(run: dict[str, Any]) -> str:
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


def storm_line(storm: dict[str, Any]) -> str:
    came, calm = storm["arrivals"], storm["steady"]
    if storm["trouble"]:
        return f"TROUBLE: {storm['trouble']}"
    text = f"{came['arrived']:,} of {came['newcomers']:,} newcomers, all in after {came['all_in'] / 1000:.2f} s"
    text += f" (each p50 {came['arrival_p50']:.0f}, p99 {came['arrival_p99']:.0f} ms)"
    return f"{text}; for those already there p50 {calm['p50']:.1f}, p99 {calm['p99']:.1f} ms"


def print_table(runs: list[dict[str, Any]], letters: list[str]) -> None:
    print("\nhighest rate held, thousands of copies a second: median (least–most)")
    for name in dict.fromkeys(run["server"] for run in runs):
        cells = []
        for letter in letters:
            rates = [run["highest"] / 1000 for run in runs if (run["server"], run["workload"]) == (name, letter)]
            if rates:
                cells.append(f"{letter} {statistics.median(rates):8,.0f} ({min(rates):,.0f}–{max(rates):,.0f})")
        print(f"{KINDS[name].title:30} " + "   ".join(cells))


if __name__ == "__main__":
    main()
