"""A room that holds all that one may hold, kept on a disk that loses nothing."""

from __future__ import annotations

from roomcast.server import Player, Room
from roomcast.testing import Playtest, playtest


class Game(Room):
    """All that a room may hold."""

    kind = "game"

    def on_create(self) -> None:
        self.deck = list(range(20))
        self.random.shuffle(self.deck)
        self.turns = {"z": 1, "a": 2}  # the order of keys is whose turn it is
        self.state["log"] = []
        self.every(10, self.rain)

    def on_join(self, player: Player) -> None:
        player["cards"] = 0
        self.emit("hello", player.id, to=player)

    def on_drop(self, player: Player) -> None:
        self.state["dropped"] = player.id

    def on_draw(self, player: Player) -> list[float]:
        card = self.deck.pop()
        player["cards"] += 1
        first = next(iter(self.turns))
        self.turns[first] = self.turns.pop(first) + 1  # who was first is last
        return [card, self.random.random()]

    def on_bomb(self, player: Player, seconds: float) -> None:
        self.after(seconds, self.explode, player.id)

    def on_lock(self, player: Player) -> None:
        self.lock()

    def rain(self) -> None:
        self.state["rain"] = self.state.get("rain", 0) + 1

    def explode(self, who: str) -> None:
        self.state["log"].append(f"boom, {who}")


def kept(rules: type[Room] = Game, *names: str, seed: int = 1) -> Playtest:
    return playtest(rules, *(names or ("Ada", "Alan")), level="full", seed=seed)
