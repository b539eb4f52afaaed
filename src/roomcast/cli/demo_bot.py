"""A player that plays by itself, in a process of its own: `python -m roomcast.cli.demo_bot ROOM NAME NUMBER UMPIRE`.

It walks from the umpire's `start` to its `stop`, then sets a report of what it ran in its shared state, and leaves.
It also ends when it has been offline for a while, so that no process stays behind when a demo is killed.
"""

from __future__ import annotations

import dataclasses
import random
import sys
import time
from typing import Final

from roomcast.cli.dots import Dots, Walker
from roomcast.client.game import Room, join
from roomcast.errors import RoomcastError

STEPS_PER_SECOND: Final = 10
OFFLINE_FOR: Final = 2.0  # seconds without a connection after which the demo has ended, presumably


class Connected:
    """True while the room is there: connected, or offline for a moment only."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._lost_at: float | None = None
        self._anew = False

        @room.on("offline")
        def offline(why: str) -> None:
            self._lost_at = time.monotonic()

        @room.on("resumed")
        def resumed(missed: int) -> None:
            self._lost_at = None

        @room.on("lost")
        def lost(why: str) -> None:
            self._anew = True  # another server answers at that address now: not the demo that started us

    def __bool__(self) -> bool:
        if self._room.closed or self._anew:
            return False
        return self._lost_at is None or time.monotonic() - self._lost_at < OFFLINE_FOR


def play(where: str, name: str, number: int, umpire: str) -> None:
    """Play until the umpire's `stop`, or until the room is gone. The demo knows this bot by `number`."""
    with join(where, name) as room:
        dots, walker, connected = Dots(room, umpire), Walker(), Connected(room)
        room.me["bot"] = number
        next_step = time.monotonic()
        while dots.run_digest.report is None and connected:
            room.pump(wait=max(0.001, next_step - time.monotonic()))
            dots.share_place()
            if time.monotonic() >= next_step:
                next_step = time.monotonic() + random.uniform(0.7, 1.3) / STEPS_PER_SECOND
                if dots.run_digest.counting:
                    dots.walk(*walker.step(*dots.places[room.me.id]))
        if dots.run_digest.report is not None:
            room.me["report"] = dataclasses.asdict(dots.run_digest.report)


def main() -> None:
    where, name, number, umpire = sys.argv[1:]
    try:
        play(where, name, int(number), umpire)
    except RoomcastError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
