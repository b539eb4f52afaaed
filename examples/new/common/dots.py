"""What one player of my-game knows and does. How it looks is in another file, and its test in test_dots.py."""

SIZE = 400  # the field's width and height
STEPS = {"left": (-10, 0), "right": (10, 0), "up": (0, -10), "down": (0, 10)}
COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]


class Dots:
    """`room` comes from roomcast.join, or from a test."""

    def __init__(self, room):
        self.room = room
        self.at = [40 * len(room.players) % SIZE] * 2  # where my dot is: who comes stands beside the others
        self.news = ""  # what has happened last
        taken = [player.get("colour") for player in room.players]
        free = [colour for colour in COLOURS if colour not in taken] or COLOURS
        self.colour = free[len(room.players) % len(free)]  # so two who come at the same moment differ, too
        self.appear()
        room.on("lost")(self.appear)

        @room.everywhere
        def wave(player):  # whoever calls wave(), it runs in everyone's program
            self.news = f"{player.name} waves"

        self.wave = wave

    def appear(self, *_):
        """Tell the others about my dot: at the beginning, and if the server was started anew."""
        self.room.me.update(at=self.at, colour=self.colour)

    def step(self, way):
        """Move my dot "left", "right", "up" or "down"."""
        dx, dy = STEPS[way]
        self.at = [(self.at[0] + dx) % SIZE, (self.at[1] + dy) % SIZE]
        self.room.me["at"] = self.at  # shared state: who comes later gets it as well

    def dots(self):
        """A (name, colour, x, y) for each player."""
        return [
            (player.name, player["colour"], *player["at"])
            for player in self.room.players
            if "colour" in player  # else it has just come, and not yet said where it is
        ]
