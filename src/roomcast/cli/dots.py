"""The game that the demo's players play: a dot for each player on one field.

It has the rules of many a first multiplayer game: everyone starts in the middle, and who walks off one side
comes back on the other. So a window or a starter client that joins the room plays along.
"""

from __future__ import annotations

import math
import random
import time
from collections import Counter, deque
from typing import Final

from roomcast.cli.run_digest import RunDigest
from roomcast.client.game import Room
from roomcast.client.players import Player

SIZE: Final = 400  # the field's width and height
MIDDLE: Final = (SIZE // 2, SIZE // 2)
STEP: Final = 10  # how far one move goes
_MARGIN: Final = 2 * STEP  # from the border, where those who walk by themselves turn around
_WORD_EVERY: Final = 0.1  # seconds
_TRAIL: Final = 24  # places that a dot leaves behind to be seen


class Dots:
    """The game as one player sees it: where everyone is, from nothing but the commands that it has run.

    The umpire is the player whose `start` and `stop` count, so that no guest can end the comparison.
    """

    def __init__(self, room: Room, umpire: str) -> None:
        self.places: dict[str, tuple[int, int]] = {}  # by player id: x to the right, y down
        self.trails: dict[str, deque[tuple[int, int]]] = {}  # where they were, the latest last
        self.moves: Counter[str] = Counter()
        self.run_digest = RunDigest()
        self._word: tuple[int, int] | None = MIDDLE  # where we said last that we are
        self._word_at = 0.0
        self._room = room

        @room.everywhere
        def move(player: Player, dx: int, dy: int) -> None:
            self._moved(player.id, dx, dy)

        @room.everywhere
        def start(player: Player) -> None:
            if player.id == umpire:
                self.run_digest.start()

        @room.everywhere
        def stop(player: Player) -> None:
            if player.id == umpire:
                self.run_digest.stop()

        @room.on("join")
        def come(player: Player) -> None:
            self._place(player.id, shared_place(player.get("at")))

        @room.on("leave")
        def go(player: Player) -> None:
            self.places.pop(player.id, None)
            self.trails.pop(player.id, None)

    def walk(self, dx: int, dy: int) -> None:
        """Send a move of our own; our dot moves when it comes back."""
        self._room.send("move", dx, dy)

    def share_place(self) -> None:
        """Say in our shared state where we are, for those who join later and have not seen us come here.

        To be called often; it says so only after a move, and not with every one of a fast hand.
        """
        me = self._room.me
        place, now = self.places.get(me.id), time.monotonic()
        if place != self._word and now - self._word_at >= _WORD_EVERY and place is not None:
            self._word, self._word_at = place, now
            me["at"] = place

    def _moved(self, player: str, dx: int, dy: int) -> None:
        self.run_digest.add(self._room.seq, player, "move", dx, dy)
        self.moves[player] += 1
        x, y = self.places.get(player, MIDDLE)
        self._place(player, ((x + dx) % SIZE, (y + dy) % SIZE))

    def _place(self, player: str, place: tuple[int, int]) -> None:
        self.places[player] = place
        self.trails.setdefault(player, deque(maxlen=_TRAIL)).append(place)


def shared_place(at: object) -> tuple[int, int]:
    """Where a player starts who left this word: there, if it is a place; else in the middle.

    >>> shared_place([410, 20]), shared_place("somewhere")
    ((10, 20), (200, 200))
    """
    match at:
        case [int(x), int(y)]:
            return x % SIZE, y % SIZE
    return MIDDLE


class Walker:
    """Walks by itself: wavering, a step at a time, and turning around at the borders."""

    def __init__(self) -> None:
        self._heading = random.uniform(0, math.tau)

    def step(self, x: int, y: int) -> tuple[int, int]:
        """The next move from there."""
        self._heading += random.uniform(-0.4, 0.4)
        dx, dy = STEP * math.cos(self._heading), STEP * math.sin(self._heading)
        if not _MARGIN <= x + dx <= SIZE - _MARGIN:
            dx = math.copysign(dx, SIZE // 2 - x)
        if not _MARGIN <= y + dy <= SIZE - _MARGIN:
            dy = math.copysign(dy, SIZE // 2 - y)
        self._heading = math.atan2(dy, dx)
        return round(dx), round(dy)
