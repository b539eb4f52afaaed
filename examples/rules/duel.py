from typing import Any

from roomcast.server import Matchmaking, Player, Reject, TurnRoom


class Duel(TurnRoom):
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
            self.begin(self.random.sample(list(self.players), 2))

    def on_take(self, player: Player, many: int) -> None:
        self.check_turn(player)
        if not 1 <= many <= min(3, self.state["sticks"]):
            raise Reject("take one, two or three")
        self.state["sticks"] -= many
        self.end_turn()
        if self.state["sticks"] == 0:
            self.game_over(winner=self.state["turn"])


class Lobby(Matchmaking):
    """Brings together those of nearly one rank, who join the room `duel-…` that they are told."""

    game = "duel"
    rank_within = 100
