"""The room of my-game: what is true in it, and who may do what. It runs on the server, so nobody can cheat.

Run it:   roomcast serve rules.py
"""

from roomcast.server import Player, Reject, Room

SIZE = 400  # the field's width and height
STEPS = {"left": (-10, 0), "right": (10, 0), "up": (0, -10), "down": (0, 10)}
COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]
NEAR = 15  # who is so near to the coin has it


class Game(Room):
    kind = "my-game"  # the rooms my-game and my-game-… have these rules
    max_players = 8

    def on_create(self) -> None:
        self.place_coin()

    def place_coin(self) -> None:
        self.state["coin"] = [self.random.randrange(0, SIZE, 10), self.random.randrange(0, SIZE, 10)]

    def on_join(self, player: Player) -> None:
        taken = [one.get("colour") for one in self.players]
        player["colour"] = next(colour for colour in COLOURS if colour not in taken)
        player["at"] = [SIZE // 2, SIZE // 2]
        player["score"] = 0

    def on_step(self, player: Player, way: str) -> None:
        """Somebody has called step("left")."""
        if way not in STEPS:
            raise Reject(f"a step goes {', '.join(STEPS)}")
        x, y = player["at"][0] + STEPS[way][0], player["at"][1] + STEPS[way][1]
        if not (0 <= x <= SIZE and 0 <= y <= SIZE):
            raise Reject("there is a wall")
        player["at"] = [x, y]
        if abs(x - self.state["coin"][0]) <= NEAR and abs(y - self.state["coin"][1]) <= NEAR:
            player["score"] += 1
            self.place_coin()
            self.emit("found", by=player)  # everyone's program runs its function found
