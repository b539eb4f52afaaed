"""The game of the demo: a dot for each player on one field.

Everyone starts in the middle, and a dot that leaves the field on one side comes back on the other. Many first
multiplayer games have these rules, so a program of examples/ or a starter client that joins the room plays along.
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
STEP: Final = 10  # length of one move
_MARGIN: Final = 2 * STEP  # distance from the border at which a `Walker` turns around
_SHARE_EVERY: Final = 0.1  # seconds between two updates of our shared place
_TRAIL: Final = 24  # past places of a dot that are drawn


class Dots:
    """The game as one player sees it, from the commands that it has run.

    Only the `start` and `stop` of the player `umpire` count, so that no guest can end the comparison.
    """

    def __init__(self, room: Room, umpire: str) -> None:
        self.places: dict[str, tuple[int, int]] = {}  # by player id: x to the right, y down
        self.trails: dict[str, deque[tuple[int, int]]] = {}  # past places, the latest last
        self.moves: Counter[str] = Counter()
        self.run_digest = RunDigest()
        self._shared: tuple[int, int] | None = MIDDLE  # our place as last shared
        self._shared_at = 0.0
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
        """Send a move of our own. Our dot moves when the command comes back."""
        self._room.send("move", dx, dy)

    def share_place(self) -> None:
        """Set our place in our shared state, for players who join later and have not seen our moves.

        To be called often: it does so only after a move, and at most every 0.1 s.
        """
        me = self._room.me
        place, now = self.places.get(me.id), time.monotonic()
        if place != self._shared and now - self._shared_at >= _SHARE_EVERY and place is not None:
            self._shared, self._shared_at = place, now
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
    """The place that a player has shared, or the middle where it is no place.

    >>> shared_place([410, 20]), shared_place("somewhere")
    ((10, 20), (200, 200))
    """
    match at:
        case [int(x), int(y)]:
            return x % SIZE, y % SIZE
    return MIDDLE


class Walker:
    """A random walk: a step at a time in a direction that changes a little, turning around at the borders."""

    def __init__(self) -> None:
        self._heading = random.uniform(0, math.tau)

    def step(self, x: int, y: int) -> tuple[int, int]:
        """The next move from the place (x, y)."""
        self._heading += random.uniform(-0.4, 0.4)
        dx, dy = STEP * math.cos(self._heading), STEP * math.sin(self._heading)
        if not _MARGIN <= x + dx <= SIZE - _MARGIN:
            dx = math.copysign(dx, SIZE // 2 - x)
        if not _MARGIN <= y + dy <= SIZE - _MARGIN:
            dy = math.copysign(dy, SIZE // 2 - y)
        self._heading = math.atan2(dy, dx)
        return round(dx), round(dy)
