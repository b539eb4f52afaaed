"""`roomcast …` as a program of its own, and what a stranger says to it over a WebSocket."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.programs import Program

ROOMCAST = Path(sys.executable).with_name("roomcast")
ANYWHERE = ("--host", "127.0.0.1", "--port", "0", "--starter-port", "0")  # free ports, seen from here alone


class Roomcast(Program):
    """`roomcast WORD …`, running."""

    def __init__(self, *words: str, **environment: str) -> None:
        super().__init__(ROOMCAST, *words, **environment)

    @property
    def port(self) -> int:
        """The port for players, as it printed it."""
        return int(self._number(r"  On this computer +roomcast\.join\(\".*:(\d+)/[^/]+\"\)"))

    @property
    def starter_port(self) -> int:
        return int(self._number(r"  Starter clients .*port (\d+)"))

    def _number(self, pattern: str) -> str:
        start = pattern.partition(" +")[0].partition(" .")[0]
        found = re.fullmatch(pattern, start + self.line(start))
        assert found, f"no {pattern} in what it printed: {self.lines}"
        return found[1]


def said(*words: str, **environment: str) -> tuple[int, str]:
    """Run `roomcast WORD …` that should fail: its exit code and what it said about it."""
    ended = subprocess.run(
        [ROOMCAST, *words],
        env={"PATH": "/usr/bin:/bin", "ROOMCAST_NO_ANNOUNCE": "1", "ROOMCAST_NO_DISCOVERY": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


@contextmanager
def stranger(port: int, name: str = "red") -> Iterator[tuple[ClientConnection, dict[str, Any]]]:
    """A WebSocket client that has said hello, and the welcome that it got."""
    with connect(f"ws://127.0.0.1:{port}/", subprotocols=["roomcast.1"], compression=None) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"t": "hello", "room": "dots", "name": name}))
        welcome = json.loads(socket.recv(10))
        assert welcome["t"] == "welcome"
        yield socket, welcome
