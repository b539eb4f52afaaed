"""Who comes late is told where the others are. For dots_client.py, as it is: it knows no other way than moves.

roomcast serve greeting.py
"""

from roomcast.server import Player, Room

MIDDLE = 200  # of the board: there each program begins with everybody


class Greeting(Room):
    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = MIDDLE
        for other in self.players:
            dx, dy = other["x"] - MIDDLE, other["y"] - MIDDLE
            if dx or dy:
                self.emit("move", dx, dy, by=other, to=player)

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        player["x"] += dx
        player["y"] += dy
        self.relay()  # to the others: the program that sent it has moved already
