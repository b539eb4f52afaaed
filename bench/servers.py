"""The servers that are measured: how each is started, and how the load generator talks to it."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
READY_WITHIN = 20.0  # seconds
# Everything that a limit of Roomcast would hold back, for the load comes from few players who send much.
NO_LIMITS = [
    *("--room-players", "1000000", "--connections", "1000000", "--connections-address", "1000000"),
    *("--rate", "1e9", "--burst", "1000000000"),
]


@dataclass(frozen=True)
class Kind:
    """One server. `command` gets the port; `missing` says what it lacks here, "" if nothing."""

    name: str
    title: str
    dialect: str
    command: Callable[[int], list[str]]
    missing: Callable[[], str] = lambda: ""
    version: Callable[[], str] = lambda: ""
    environment: dict[str, str] = field(default_factory=dict)
    first_guess: float = 20_000.0  # copies a second, where the search begins


@dataclass(frozen=True)
class Running:
    kind: Kind
    process: subprocess.Popen[bytes]
    port: int


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def cores() -> tuple[set[int], set[int]]:
    """One for the server, one for the load; the same where there is only one."""
    have = sorted(os.sched_getaffinity(0))
    return {have[0]}, {have[-1]}


def raise_open_files() -> None:
    """A thousand connections need more open files than a shell allows at first."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def running(kind: Kind) -> Iterator[Running]:
    """The server on its core, listening; ended at the end."""
    raise_open_files()
    port = free_port()
    pinned = ["taskset", "--cpu-list", str(min(cores()[0]))] if shutil.which("taskset") else []
    process = subprocess.Popen(
        [*pinned, *kind.command(port)],
        env={**os.environ, **kind.environment},
        cwd=TOP,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(process, port)
        yield Running(kind, process, port)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"it does not listen on port {port}: {subprocess.list2cmdline(map(str, process.args))}")  # type: ignore[arg-type]


def _roomcast(port: int) -> list[str]:
    return [sys.executable, "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter",
            "--quiet", *NO_LIMITS]  # fmt: skip


ROOMCAST = Kind("roomcast", "Roomcast", "roomcast", _roomcast, first_guess=100_000.0)
RELAY = Kind(
    "relay",
    "minimal relay in C",
    "counted",
    lambda port: [str(TOP / "build" / "relay"), str(port)],
    lambda: "" if (TOP / "build" / "relay").exists() else "build/relay: make build/relay",
    first_guess=200_000.0,
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in (ROOMCAST, RELAY)}
