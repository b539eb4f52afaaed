import math

from roomcast.server import Player, Reject, Room

WIDTH, HEIGHT, RADIUS = 640, 400, 16  # pixels
PUSH, DRAG = 900.0, 3.0  # pixels/s² of who steers; the share of its speed that a player loses in a second
SAFE = 1.5  # seconds in which nobody can be tagged, after somebody was


class Tag(Room):
    tick_rate = 20
    max_players = 8

    def on_create(self) -> None:
        self.steered: dict[str, list[int]] = {}  # where to, by player: -1, 0 or 1, twice
        self.speed: dict[str, list[float]] = {}  # pixels/s
        self.state["it"], self.state["safe"] = None, False

    def on_join(self, player: Player) -> None:
        player["x"], player["y"] = self.random.randrange(WIDTH), self.random.randrange(HEIGHT)
        player["tagged"] = 0
        self.steered[player.id], self.speed[player.id] = [0, 0], [0.0, 0.0]
        if self.state["it"] is None:
            self.state["it"] = player.id

    def on_drop(self, player: Player) -> None:
        self.steered[player.id] = [0, 0]

    def on_leave(self, player: Player) -> None:
        del self.steered[player.id], self.speed[player.id]
        if self.state["it"] == player.id:
            self.state["it"] = self.host.id if self.host else None

    def on_steer(self, player: Player, dx: int, dy: int) -> None:
        if abs(dx) > 1 or abs(dy) > 1:
            raise Reject("-1, 0 or 1, twice")
        self.steered[player.id] = [dx, dy]

    def on_tick(self, dt: float) -> None:
        for player in self.players:
            self.move(player, dt)
        it = self.players.get(self.state["it"])
        if it is None or self.state["safe"]:
            return
        for other in self.players:
            if other != it and math.dist((it["x"], it["y"]), (other["x"], other["y"])) < 2 * RADIUS:
                self.tag(other)
                return

    def move(self, player: Player, dt: float) -> None:
        speed, steered = self.speed[player.id], self.steered[player.id]
        for axis, key, size in ((0, "x", WIDTH), (1, "y", HEIGHT)):
            speed[axis] += (PUSH * steered[axis] - DRAG * speed[axis]) * dt
            if abs(speed[axis]) < 2:
                speed[axis] = 0.0
            place = player[key] + speed[axis] * dt
            if not RADIUS <= place <= size - RADIUS:
                place = min(size - RADIUS, max(RADIUS, place))
                speed[axis] *= -0.5  # it bounces off the wall
            player[key] = round(place, 1)

    def tag(self, player: Player) -> None:
        self.state["it"], self.state["safe"] = player.id, True
        player["tagged"] += 1
        self.emit("tagged", by=player)
        self.after(SAFE, self.chase)

    def chase(self) -> None:
        self.state["safe"] = False
