"""Runs the load generator in C (benchmarks/load) against a server, and reads what it measured.

A step is a dict with these fields, among others: `rate` (copies a second), `copies` (how many arrived), `complete`,
`held`, `p50` and `p99` (ms), `user`, `kernel` and `cpu` (seconds of the server's processor time), `run_delay` and
`server_run_delay` (shares of the step's time). Where the load cannot go on, there is a dict with only `trouble`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from servers import TOP, Kind, Running, load_core, running

from roomcast.loadtest.criteria import DISTURBED, HELD_WITHIN, is_disturbed
from roomcast.loadtest.workloads import WORKLOADS, Workload

PROGRAM = TOP / "build" / "load"
# Copies a second below saturation: what every good server holds, and far below what Roomcast holds.
STEADY = {"A": 200_000.0, "B": 50_000.0, "C": 200_000.0, "E": 10_000.0, "P": 18_000.0}
COMPARED = {letter: WORKLOADS[letter] for letter in STEADY}
ROOMCAST_ONLY = ("E", "P")  # other servers have no snapshots, sessions, joins that are told, or private commands

Step = dict[str, Any]


def measure(kind: Kind, workload: Workload, *options: str) -> list[Step]:
    """Start a server, put it under load, and end it: all that the generator reported."""
    with running(kind) as server:
        return list(steps(server, workload, *options))


def steps(server: Running, workload: Workload, *options: str) -> Iterator[Step]:
    """Put a running server under load. Yields each report of the generator as it comes."""
    kind = server.kind
    with tempfile.TemporaryDirectory() as folder:
        if kind.seats is not None:
            rooms = [f"room{number}" for number in range(workload.rooms) for _ in range(workload.players)]
            paths = Path(folder, "paths")
            paths.write_text("\n".join(kind.seats(server.port, rooms)) + "\n", encoding="utf-8")
            options = (*options, "--paths", str(paths))
        command = [
            *("taskset", "--cpu-list", str(load_core()), str(PROGRAM)),
            *("--dialect", kind.dialect, "--port", str(server.port), "--pid", str(server.process.pid)),
            *("--rooms", str(workload.rooms), "--players", str(workload.players)),
            *("--senders", str(workload.senders), "--to", str(workload.to)),
            *("--limit", f"{HELD_WITHIN:g}", "--disturbed", f"{DISTURBED:g}"),
            *options,  # the last of two equal options counts
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as generator:
            assert generator.stdout is not None
            try:
                yield from (json.loads(line) for line in generator.stdout if line.startswith("{"))
            finally:
                generator.kill()


def whole_steps(server: Running, workload: Workload, *options: str) -> list[Step]:
    """The same; exits with a message if copies are missing in any step."""
    measured = list(steps(server, workload, *options))
    if bad := [step for step in measured if not step.get("complete")]:
        raise SystemExit(f"not everything arrived: {bad[0]}")
    return measured


def at_rate(kind: Kind, workload: Workload, rate: float, seconds: float, *more: str) -> list[Step]:
    """One step at a rate; newcomers of the workload join in it, and their arrivals are reported after it."""
    options = ["--rate", f"{rate:.0f}", "--seconds", f"{seconds}", *more]
    if workload.newcomers:
        options += ["--newcomers", f"{workload.newcomers}"]
    return measure(kind, workload, *options)


def was_disturbed(step: Step) -> bool:
    """Whether the generator or the server had to wait for a core too long."""
    return is_disturbed(step["run_delay"], step["server_run_delay"])


def trouble_in(measured: list[Step]) -> str:
    """Why the load could not go on; "" if nothing was wrong."""
    return next((str(one["trouble"]) for one in measured if "trouble" in one), "")
