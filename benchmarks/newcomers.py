"""How long a newcomer takes until it has what the others have: with the room's world, and by running what was before.

    make newcomers                          a million entries, with a world of 1 MB; then 10,000 entries to be run
    make newcomers ARGS="--entries 100000"  a short form

Two players fill a room and answer its questions for their world. Then newcomers join, one after the other: the clock
runs from the call of `roomcast.join` until the newcomer's own join has run, which is the last entry then. The exit
code is 1 where the median is over its limit, or a newcomer has another state than the others.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import Any, Final

from servers import ROOMCAST, running

import roomcast

WORLD: Final = 1_000_000  # bytes of the world's text, about
CELLS: Final = 20_000  # values in it
KEPT: Final = 10_000  # entries: the default of a server
AT_A_TIME: Final = 500  # commands, until all have come back
TRIES: Final = 7
WITH_WORLD: Final = 1.0  # seconds
BY_REPLAY: Final = 0.3  # seconds
GIVE_UP: Final = 60.0  # seconds


class Board:
    """A program with a state of about 1 MB: a board of many cells, and how often one was painted."""

    def __init__(self, room: roomcast.Room, *, world: bool) -> None:
        self.cells = [f"{cell:0{WORLD // CELLS - 3}}" for cell in range(CELLS)]
        self.painted = 0
        room.command("paint")(self.paint)
        if world:
            room.world(lambda: {"cells": self.cells, "painted": self.painted}).load(self.load)

    def paint(self, player: roomcast.Player, cell: int, colour: int) -> None:
        self.cells[cell % CELLS] = f"{colour:0{WORLD // CELLS - 3}}"
        self.painted += 1

    def load(self, saved: Any) -> None:
        self.cells[:] = saved["cells"]
        self.painted = saved["painted"]

    @property
    def all(self) -> tuple[int, list[str]]:
        return self.painted, self.cells


def fill(rooms: list[roomcast.Room], entries: int) -> None:
    """Send so many commands, by the first of these players; all of them run all."""
    for start in range(0, entries, AT_A_TIME):
        for number in range(start, min(start + AT_A_TIME, entries)):
            rooms[0].send("paint", number * 7919, number)
        pump(rooms, lambda: not rooms[0].unacknowledged)
        if sys.stderr.isatty() and start % 20_000 == 0:
            print(f"\r{start:,} entries of {entries:,}", end="", file=sys.stderr)
    pump(rooms, lambda: len({room.seq for room in rooms}) == 1)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


def pump(rooms: list[roomcast.Room], done: Any) -> None:
    give_up = time.monotonic() + GIVE_UP
    while not done():
        for room in rooms:
            room.pump(wait=0.001)
        if time.monotonic() > give_up:
            raise SystemExit("the rooms did not come to an end")


def newcomer(address: str, others: list[roomcast.Room], board: Board, *, world: bool) -> float:
    """Seconds until a newcomer has run all; it leaves again."""
    began = time.perf_counter()
    with roomcast.join(address, name="newcomer", replay=not world) as room:
        mine = Board(room, world=world)
        while room.me not in room.players or room.seq < others[0].seq:
            room.pump(wait=0.001)
        took = time.perf_counter() - began
        pump([*others, room], lambda: len({one.seq for one in (*others, room)}) == 1)
        if mine.all != board.all:
            raise SystemExit("the newcomer has another state than the others")
    return took


def measure(address: str, entries: int, *, world: bool) -> list[float]:
    with roomcast.join(address, name="first") as one, roomcast.join(address, name="second") as other:
        board = Board(one, world=world)
        Board(other, world=world)
        fill([one, other], entries)
        return [newcomer(address, [one, other], board, world=world) for _ in range(TRIES)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000, metavar="N", help="in the room with a world")
    options = parser.parse_args()
    good = True
    with running(ROOMCAST) as server:
        for entries, world, limit in ((options.entries, True, WITH_WORLD), (KEPT - 100, False, BY_REPLAY)):
            what = f"a world of {WORLD / 1e6:.0f} MB" if world else "replay=True"
            took = measure(f"127.0.0.1:{server.port}/{'world' if world else 'replay'}", entries, world=world)
            median, least, most = statistics.median(took), min(took), max(took)
            good = good and median <= limit
            tries = f"{TRIES} tries: {least:.3f} to {most:.3f}; limit {limit:g} s"
            print(f"{what}, {entries:,} entries: {median:.3f} s ({tries})")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
