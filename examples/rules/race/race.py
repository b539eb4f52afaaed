from roomcast.server import Player, Reject, WaitingRoom

LENGTH = 20  # steps


class Race(WaitingRoom):
    """A race for two to four: who is the first to have made twenty steps?"""

    max_players = 4
    bots = 2  # who is alone runs against one

    def begin_game(self) -> None:
        for player in self.players:
            player["steps"] = 0
        self.state["winner"] = None

    def on_step(self, player: Player) -> None:
        if self.state["phase"] != "playing":
            raise Reject("the race has not begun" if self.is_waiting else "the race is over")
        player["steps"] += 1
        if player["steps"] == LENGTH:
            self.state["phase"], self.state["winner"] = "over", player.id
            self.after(5, self.wait_again)
