"""my-game in Arcade: the arrow keys move your dot, space waves.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import sys

import arcade
from dots import SIZE, Dots

import roomcast

KEYS = {arcade.key.LEFT: "left", arcade.key.RIGHT: "right", arcade.key.UP: "up", arcade.key.DOWN: "down"}

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)


class Window(arcade.Window):
    def __init__(self):
        super().__init__(SIZE, SIZE, f"my-game: {room.me.name}")
        self.background_color = arcade.color.WHITE
        self.text = arcade.Text("", 0, 0, anchor_x="center", anchor_y="center")

    def on_key_press(self, key, modifiers):
        if key in KEYS:
            game.step(KEYS[key])
        elif key == arcade.key.SPACE:
            game.wave()

    def on_update(self, seconds):
        room.pump()  # runs what has arrived

    def on_draw(self):
        self.clear()
        for name, colour, x, y in game.dots():
            paint = arcade.types.Color.from_hex_string(colour)
            arcade.draw_circle_filled(x, SIZE - y, 14, paint)  # Arcade counts y from below
            self.write(name, x, SIZE - y - 24, paint)
        self.write(game.news, SIZE // 2, 14, arcade.color.BLACK)

    def write(self, text, x, y, colour):
        self.text.text, self.text.x, self.text.y, self.text.color = text, x, y, colour
        self.text.draw()


Window()
arcade.run()
