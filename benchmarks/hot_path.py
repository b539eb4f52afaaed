"""The hot path in one process, without a network: benchmarks/counts.py counts the instructions of these pieces.

    python benchmarks/hot_path.py            run each piece once, and print the time of an operation

Inputs, clock and hash seed are fixed. Connections discard what they are given, so sockets and frames are not
included. The garbage collector is off, since its runs depend on what was allocated before. `make perf` runs this
script of another revision as it stands there; it relies on `PIECES`, `operations` and `mark`.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import Final

import hot_path_client
import hot_path_server
from hot_path_server import Piece

from roomcast.core.protocol import codec

OPERATIONS: Final = 400  # measured operations of each piece
WARM_UP: Final = 1200  # operations before them, until caches are full and the log is trimmed regularly
SLOW: Final = {"join-leave-100": 20}  # pieces with expensive operations need fewer


def json() -> Piece:
    """One command read and written as JSON: msgspec's share of the other pieces."""

    def prepare(count: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(count):
                codec.encode(codec.decode_client(b'{"t":"do","n":1,"c":"move","a":[1,2]}'))

        return run

    return prepare


PIECES: Final[dict[str, Callable[[], Piece]]] = {
    "command-2": lambda: hot_path_server.command(2),
    "command-64": lambda: hot_path_server.command(64),
    "private-8-64": lambda: hot_path_server.command(64, to=8),
    "private-63-64": lambda: hot_path_server.command(64, to=63),
    "command-100": lambda: hot_path_server.command(100),
    "lone-command-2": lambda: hot_path_server.lone_command(2),
    "lone-command-100": lambda: hot_path_server.lone_command(100),
    "ruled-command-2": lambda: hot_path_server.command(2, ruled=True),
    "ticked-command-4": lambda: hot_path_server.ticked_command(4),
    "tick-4": lambda: hot_path_server.tick(4),
    "join-leave-100": hot_path_server.join_and_leave,
    "client-runs": hot_path_client.game_receives,
    "asyncio-runs": hot_path_client.asyncio_receives,
    "client-sends": hot_path_client.game_sends,
    "json": json,
}

mark: Final = os.getsid
"""Calls a C function that nothing else calls: callgrind dumps its counts at each call."""


def operations(name: str) -> int:
    """How many operations of a piece are measured."""
    return SLOW.get(name, OPERATIONS)


def main() -> None:
    gc.disable()
    for name, piece in PIECES.items():
        prepare = piece()
        prepare(SLOW.get(name, WARM_UP))()
        count = operations(name)
        run = prepare(count)
        mark(0)
        began = time.perf_counter()
        run()
        took = time.perf_counter() - began
        mark(0)
        print(f"{name:18} {took / count * 1e6:8.2f} µs")


if __name__ == "__main__":
    main()
