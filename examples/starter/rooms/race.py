"""A race for three. It begins when all three are there, and who leaves before that makes room for another.

roomcast serve race.py
"""

from roomcast.server import Player, Reject, Room

RACERS = 3


class Race(Room):
    max_players = RACERS

    def on_create(self) -> None:
        self.running = False

    def on_join(self, player: Player) -> None:
        if self.running:
            raise Reject("the race is on")
        if len(self.players) == RACERS:
            self.running = True
            self.emit("start")  # the room's own word: no name stands before it

    def on_run(self, player: Player, steps: int) -> None:
        if not self.running:
            raise Reject("wait for the start")
        player["steps"] = player.get("steps", 0) + steps
        self.relay()

    def on_leave(self, player: Player) -> None:
        if not self.players:
            self.running = False
