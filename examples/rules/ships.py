from roomcast.server import Past, Player, Reject, Room

SIZE, FASTEST, HIT = 480, 6.5, 22  # pixels: of the sea, of a ship's step in a sixtieth of a second, from its middle


class Ships(Room):
    def on_create(self) -> None:
        self._past = Past(seconds=0.4)  # how far a shot may look back

    def on_join(self, player: Player) -> None:
        player["x"], player["y"] = self.random.randrange(SIZE), self.random.randrange(SIZE)
        player["hits"] = 0

    def on_move(self, player: Player, dx: float, dy: float) -> None:
        if dx * dx + dy * dy > FASTEST * FASTEST:
            raise Reject("too fast")
        player["x"] = min(SIZE, max(0, player["x"] + dx))
        player["y"] = min(SIZE, max(0, player["y"] + dy))
        self._past.note(self.time, {one.id: (one["x"], one["y"]) for one in self.players})

    def on_shoot(self, player: Player, x: float, y: float, seen: float) -> bool:
        """`seen`: the room's time at which the others are drawn there. Returns whether somebody was hit."""
        there = self._past.at(min(seen, self.time))
        for other in self.players:
            px, py = there.get(other.id, (other["x"], other["y"]))
            if other != player and abs(px - x) < HIT and abs(py - y) < HIT:
                player["hits"] += 1
                other["x"], other["y"] = self.random.randrange(SIZE), self.random.randrange(SIZE)
                self.emit("sunk", by=other)
                return True
        return False
