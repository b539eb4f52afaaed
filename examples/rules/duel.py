from typing import Any

from roomcast.server import Matchmaking, Player, Reject, Room


class Duel(Room):
    """Sticks for two: take one, two or three in turn; who takes the last one loses."""

    max_players = 2

    def on_create(self, options: dict[str, Any]) -> None:
        sticks = options.get("sticks", 21)
        if type(sticks) is not int or sticks not in range(5, 100):
            raise Reject("a duel has 5 to 99 sticks")
        self.state["sticks"] = sticks
        self.listing = {"sticks": sticks}  # what lists of rooms show

    def on_join(self, player: Player) -> None:
        if len(self.players) == 2:
            self.lock()  # whoever leaves, nobody else comes into this game
            self.state["turn"] = self.random.choice([one.id for one in self.players])

    def on_take(self, player: Player, many: int) -> None:
        if self.state.get("turn") != player.id:
            raise Reject("it is not your turn")
        if not 1 <= many <= min(3, self.state["sticks"]):
            raise Reject("take one, two or three")
        self.state["sticks"] -= many
        other = next(one for one in self.players if one != player)
        self.state["turn"] = other.id
        if self.state["sticks"] == 0:
            self._end(other)

    def on_leave(self, player: Player) -> None:
        if self.state.get("turn"):  # the game is not over yet
            self._end(next(iter(self.players)))

    def _end(self, winner: Player) -> None:
        self.state["turn"] = ""
        self.emit("over", winner.name)


class Lobby(Matchmaking):
    """Brings together those of nearly one rank, who join the room `duel-…` that they are told."""

    game = "duel"
    rank_within = 100
