"""The rules that `ruled_steps.py` measures: four players who steer, and are moved 20 times a second."""

from __future__ import annotations

import time
from collections import Counter

from roomcast.server import Player, Room

SIZE = 1000
late: list[float] = []  # ms from when a tick was due to when it began, of all rooms: a measurement, and no state


class Steps(Room):
    max_players = 4
    tick_rate = 20

    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = 500
        player["dx"] = player["dy"] = 0

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        player["dx"], player["dy"] = dx, dy

    def on_tick(self, dt: float) -> None:
        late.append((time.time() - self.time) * 1000)
        for player in self.players:
            player["x"] = (player["x"] + player["dx"]) % SIZE
            player["y"] = (player["y"] + player["dy"]) % SIZE


class Late(Room):
    """For who measures."""

    def on_take(self, player: Player) -> list[list[float]]:
        """How many ticks began how late (ms, rounded) since it was asked last."""
        counts = Counter(round(max(0.0, one), 1) for one in late)
        late.clear()
        return [[ms, count] for ms, count in sorted(counts.items())]
