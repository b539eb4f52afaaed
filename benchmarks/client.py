"""How many commands a second the clients in Python receive and run, and send, over real connections.

    make client                               these, then roomcast.js
    .venv/bin/python benchmarks/client.py     these alone

Each client is a process with a core of its own, network thread included. Commands to receive come from a program that
sends as fast as the client reads (flood.py). Commands to send go to a real server; one counts when it has come back and
was run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from machine import describe
from servers import ROOMCAST, TOP, Kind, load_core, running, server_core

HERE = Path(__file__).resolve().parent
RESULTS = TOP / "build" / "client.json"
RECEIVED = 400_000  # commands in a round
SENT = 200_000
TITLES = {  # of the loops in client_loops.py
    "game-receives": "pump() receives and runs",
    "asyncio-receives": "asyncio receives and runs",
    "game-sends": "a game sends, and runs what comes back",
    "asyncio-sends": "asyncio sends, and runs what comes back",
}


@contextlib.contextmanager
def flooding(commands: int) -> Iterator[str]:
    """Run flood.py on the server's core; yields the address of its room."""
    command = [*pinned(server_core()), sys.executable, str(HERE / "flood.py"), str(commands)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"127.0.0.1:{process.stdout.readline().strip()}/dots"
        finally:
            process.terminate()


@contextlib.contextmanager
def serving(kind: Kind) -> Iterator[str]:
    """Run a Roomcast server on its core; yields the address of a room."""
    with running(kind) as server:
        yield f"127.0.0.1:{server.port}/dots"


def pinned(core: int) -> list[str]:
    """What to put before a command so that it runs on a core."""
    return ["taskset", "--cpu-list", str(core)] if shutil.which("taskset") else []


def run(loop: str, *, server: Kind = ROOMCAST) -> dict[str, float]:
    """Run one loop of client_loops.py: commands a second (`rate`), and processor time for each (`cost`, µs).

    `server` says whose package both sides use, by its environment; flood.py is the same for all.
    """
    sends = loop.endswith("-sends")
    commands = SENT if sends else RECEIVED
    with serving(server) if sends else flooding(commands) as address:
        ran = subprocess.run(
            [*pinned(load_core()), sys.executable, str(HERE / "client_loops.py"), loop, address, str(commands)],
            env={**os.environ, **server.environment},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    result: dict[str, float] = json.loads(ran.stdout)
    return {"rate": result["rate"], "cost": 1e6 * result["cpu"] / commands}


def measure(rounds: int) -> dict[str, list[float]]:
    """All loops in turn, several rounds: commands a second, by title."""
    rates: dict[str, list[float]] = {title: [] for title in TITLES.values()}
    for _ in range(rounds):
        for loop, title in TITLES.items():
            rates[title].append(run(loop)["rate"])
    for title, found in rates.items():
        print(f"{title:42} {statistics.median(found):9,.0f} commands a second ({min(found):,.0f}–{max(found):,.0f})")
    return rates


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=3)
    wanted = options.parse_args()
    result = {"machine": describe(), "rates": measure(wanted.rounds)}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
