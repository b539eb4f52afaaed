"""Nobody leaves the board, and nobody jumps. For dots_client.py, as it is: it has moved before the room could say no.

roomcast serve referee.py
"""

from roomcast.server import Player, Room

SIZE = 400  # of the board
STEP = 10  # the longest that is allowed


class Referee(Room):
    def on_join(self, player: Player) -> None:
        player["x"] = player["y"] = SIZE // 2

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        x, y = player["x"] + dx, player["y"] + dy
        if max(abs(dx), abs(dy)) > STEP or not (0 <= x < SIZE and 0 <= y < SIZE):
            self.emit("move", -dx, -dy, by=player, to=player)  # back again, in its own program alone
            return
        player["x"], player["y"] = x, y
        self.relay()
