from roomcast.server import Player, Reject, Room

BEATS = {"rock": "scissors", "paper": "rock", "scissors": "paper"}


class RockPaperScissors(Room):
    kind = "rps"
    max_players = 2

    def on_create(self) -> None:
        self.chosen: dict[str, str] = {}  # the room's own: nobody is sent it

    def on_join(self, player: Player) -> None:
        player["score"] = 0

    def on_leave(self, player: Player) -> None:
        self.chosen.pop(player.id, None)

    def on_choose(self, player: Player, what: str) -> None:
        if what not in BEATS or player.id in self.chosen:
            raise Reject("choose rock, paper or scissors, once a round")
        self.chosen[player.id] = what
        if len(self.chosen) == 2:
            (one, mine), (other, yours) = self.chosen.items()
            winner = one if BEATS[mine] == yours else other if BEATS[yours] == mine else None
            if winner is not None:
                self.players[winner]["score"] += 1
            self.emit("reveal", self.chosen, winner)
            self.chosen = {}
