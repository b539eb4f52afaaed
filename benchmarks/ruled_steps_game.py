"""The rules that `ruled_steps.py` measures: four players who steer, and are moved 20 times a second."""

from __future__ import annotations

import time

from roomcast.server import Player, Room

SIZE = 1000


class Steps(Room):
    tick_rate = 20

    def on_create(self) -> None:
        self._late: list[float] = []  # seconds, of each tick since it was asked for: a measurement, and no state
        self._ticks = 0

    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = 500
        player["dx"] = player["dy"] = 0

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        player["dx"], player["dy"] = dx, dy

    def on_tick(self, dt: float) -> None:
        self._late.append(time.time() - self.time)
        for player in self.players:
            player["x"] = (player["x"] + player["dx"]) % SIZE
            player["y"] = (player["y"] + player["dy"]) % SIZE

    def on_late(self, player: Player) -> list[float]:
        late, self._late = self._late, []
        return [round(one, 4) for one in late]
