"""my-game in the terminal, with Textual: the arrow keys move your dot, space waves, q ends it.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import sys

from dots import SIZE, STEPS, Dots
from rich.text import Text
from textual.app import App
from textual.widgets import Footer, Static

import roomcast

COLUMNS, ROWS = 40, 20  # characters that stand for the field

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)


class Game(App):
    CSS = """
    Screen { align: center middle; }
    #field { width: 42; height: 22; border: round $primary; }
    #news { width: 42; text-align: center; }
    """
    BINDINGS = [*((way, f"step('{way}')", way) for way in STEPS), ("space", "wave", "wave"), ("q", "quit", "quit")]

    def compose(self):
        yield Static(id="field")
        yield Static(id="news")
        yield Footer()

    def on_mount(self):
        self.title = f"my-game: {room.me.name}"
        self.set_interval(1 / 30, self.frame)

    def frame(self):
        room.pump()  # runs what has arrived
        rows = [Text(" " * COLUMNS) for _ in range(ROWS)]
        for name, colour, x, y in game.dots():
            column, row = x * COLUMNS // SIZE, y * ROWS // SIZE
            left, right = rows[row][:column], rows[row][column + 1 + len(name) :]
            rows[row] = Text.assemble(left, (f"●{name}"[: COLUMNS - column], colour), right)
        self.query_one("#field", Static).update(Text("\n").join(rows))
        self.query_one("#news", Static).update(Text(game.news))

    def action_step(self, way):
        game.step(way)

    def action_wave(self):
        game.wave()


Game().run()
