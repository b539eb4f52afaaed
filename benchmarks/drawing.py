"""Sixty frames a second with each drawing library, in a room of 20 players who each move 20 times a second.

    make drawing                              all of them, ten seconds each
    .venv/bin/python benchmarks/drawing.py --only pygame,arcade

One player has a window (drawing_player.py), on a virtual screen, with OpenGL in software; the other 19 have none. Each
library is measured twice: while the others move so often, and while they move once a second, which shows what drawing
alone takes here. A frame is on time that comes at most 25 ms after the one before: one and a half frames.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from machine import describe
from servers import ROOMCAST, TOP, running

import roomcast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.windows import screen

HERE = Path(__file__).resolve().parent
RESULTS = TOP / "build" / "drawing.json"
LIBRARIES = ("tkinter", "turtle", "pygame", "cmu", "arcade", "textual")
OTHERS = 19
COMMANDS = 20  # a second, each
ON_TIME = 0.025  # seconds


class OtherPlayers:
    """Players without windows, who walk to and fro from a thread of their own until the `with` block ends."""

    def __init__(self, address: str, *, move: bool) -> None:
        self._address = address
        self._move = move
        self._over = threading.Event()
        self._there = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))

    def __enter__(self) -> OtherPlayers:
        self._thread.start()
        self._there.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    async def _all(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            rooms = [
                await stack.enter_async_context(roomcast.connect(self._address, name=f"bot{number}"))
                for number in range(OTHERS)
            ]
            readers = [asyncio.create_task(self._read(room)) for room in rooms]
            self._there.set()
            started, count = time.monotonic(), 0
            while not self._over.is_set():
                step, number = divmod(count, OTHERS)  # spread over the time, as what people do is
                if self._move or step % COMMANDS == 0:
                    rooms[number].send("move", float((step * 7 + 20 * number) % 480), 24.0 * number)
                count += 1
                await asyncio.sleep(max(0.0, started + count / COMMANDS / OTHERS - time.monotonic()))
            for reader in readers:
                reader.cancel()

    @staticmethod
    async def _read(room: roomcast.AsyncRoom) -> None:
        async for _ in room:
            pass


def measure(library: str, display: str, address: str, seconds: float) -> dict[str, Any]:
    """One player with a window for so long, in a terminal of its own."""
    with tempfile.TemporaryDirectory() as folder, terminal() as theirs:
        result = Path(folder) / "result.json"
        environment = {"DISPLAY": display, "TERM": "xterm-256color", "SDL_AUDIODRIVER": "dummy", "COLUMNS": "80"}
        subprocess.run(
            [sys.executable, str(HERE / "drawing_player.py"), library, address, str(seconds), str(result)],
            env=os.environ | environment,
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            check=True,
            timeout=seconds + 60,
        )
        found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return found


@contextlib.contextmanager
def terminal() -> Iterator[int]:
    """The program's end of a terminal whose output nobody reads."""
    ours, theirs = pty.openpty()

    def drain() -> None:
        with contextlib.suppress(OSError):
            while os.read(ours, 65536):
                pass

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


def summary(found: dict[str, Any]) -> dict[str, float]:
    gaps, costs = found["gaps"], found["costs"]
    return {
        "rate": len(gaps) / sum(gaps),  # frames a second
        "on_time": sum(gap <= ON_TIME for gap in gaps) / len(gaps),
        "worst": max(gaps),  # seconds
        "pump": statistics.fmean(costs),  # seconds of processor time a frame
        "pump99": statistics.quantiles(costs, n=100)[98],
        "commands": found["ran"] / sum(gaps),  # a second
    }


def line(found: dict[str, float]) -> str:
    return (
        f"{found['rate']:5.1f} frames a second, {found['on_time']:6.1%} on time, worst {found['worst'] * 1e3:5.1f} ms;"
        f" pump {found['pump'] * 1e6:4.0f} µs a frame (99 of 100: {found['pump99'] * 1e6:5.0f} µs);"
        f" {found['commands']:4.0f} commands a second"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--only", default=",".join(LIBRARIES), help="libraries, separated by commas")
    options.add_argument("--seconds", type=float, default=10, help="of each measurement")
    options.add_argument("--output", type=Path, default=RESULTS, help="the file for the results, as JSON")
    wanted = options.parse_args()
    results: dict[str, dict[str, dict[str, float]]] = {}
    with screen() as display:
        for library in wanted.only.split(","):
            results[library] = {}
            for others in "slow", "moving":
                with running(ROOMCAST) as server:
                    address = f"127.0.0.1:{server.port}/dots"
                    with OtherPlayers(address, move=others == "moving"):
                        found = summary(measure(library, display, address, wanted.seconds))
                results[library][others] = found
                print(f"{library:8} others {others:6} {line(found)}", flush=True)
    wanted.output.parent.mkdir(exist_ok=True)
    wanted.output.write_text(json.dumps({"machine": describe(), "libraries": results}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
