"""Pong in Arcade, for as many as like: half of the players on each side, the up and down keys move your paddle.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python arcade_pong.py YOUR-NAME

Whoever has been here longest moves the ball, and keeps it and the score in shared state: so latecomers see the game
as it is, and when that player leaves, the next one goes on.
"""

import sys

import arcade
from arcade.types import Color

import roomcast

WIDTH, HEIGHT, REACH = 600, 450, 45  # pixels; REACH is half of a paddle
COLOURS = ["#ff6b6b", "#4dabf7", "#69db7c", "#ffd43b", "#da77f2", "#3bc9db", "#ffa94d", "#ced4da"]
SERVE = [WIDTH / 2, HEIGHT / 2, 240, 150]  # the ball's x and y, and how far it flies in a second
EDGES = {"left": 30, "right": WIDTH - 30}
room = roomcast.join("pong", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
sides = [player.get("side") for player in room.players]
side = "right" if sides.count("left") > sides.count("right") else "left"
room.me.update(side=side, y=HEIGHT / 2, colour=min(COLOURS, key=taken.count))  # the colour that fewest have
ball = list(SERVE)


def move_ball(seconds):
    x, y, dx, dy = ball
    x, y = x + dx * seconds, y + dy * seconds
    if not 9 < y < HEIGHT - 9:
        dy = abs(dy) if y <= 9 else -abs(dy)
    for player in room.players:
        edge = EDGES[player.get("side", "left")]
        if abs(x - edge) < 15 and abs(y - player.get("y", HEIGHT / 2)) < REACH + 9:
            dx = abs(dx) if edge < WIDTH / 2 else -abs(dx)
    ball[:] = (x, y, dx, dy) if 0 < x < WIDTH else SERVE
    room.state["ball"] = ball
    if not 0 < x < WIDTH:
        left, right = room.state.get("score", (0, 0))
        room.state["score"] = [left + (x > 0), right + (x < 0)]


class Pong(arcade.Window):
    def __init__(self):
        super().__init__(WIDTH, HEIGHT, f"pong: {room.me.name}")
        self.background_color = Color.from_hex_string("#1f2430")
        self.y, self.step = HEIGHT / 2, 0
        self.score = arcade.Text("", WIDTH / 2, HEIGHT - 60, font_size=32, anchor_x="center")

    def on_key_press(self, key, modifiers):
        self.step = {arcade.key.UP: 1, arcade.key.DOWN: -1}.get(key, 0)

    def on_key_release(self, key, modifiers):
        self.step = 0

    def on_update(self, seconds):
        room.pump()  # runs what has arrived
        if self.step:
            self.y = min(max(self.y + 360 * seconds * self.step, REACH), HEIGHT - REACH)
            room.me["y"] = self.y
        if next(iter(room.players)) == room.me:
            move_ball(seconds)
        else:
            ball[:] = room.state.get("ball", SERVE)

    def on_draw(self):
        self.clear()
        self.score.text = "{} : {}".format(*room.state.get("score", (0, 0)))
        self.score.draw()
        for player in room.players:
            paddle = arcade.XYWH(EDGES[player.get("side", "left")], player.get("y", HEIGHT / 2), 12, 2 * REACH)
            arcade.draw_rect_filled(paddle, Color.from_hex_string(player.get("colour", "#ffffff")))
        arcade.draw_circle_filled(ball[0], ball[1], 9, arcade.color.WHITE)


Pong()
arcade.run()
