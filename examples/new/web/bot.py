"""A player of my-game without a page: it walks in a square, and waves when somebody comes.

Run it:   python bot.py        after `roomcast serve --site .`
"""

import itertools

from dots import Dots

import roomcast

room = roomcast.join("my-game", name="bot")
game = Dots(room)


@room.on("join")
def greet(player):
    if player != room.me:
        game.wave()


for way in itertools.cycle(["right"] * 10 + ["down"] * 10 + ["left"] * 10 + ["up"] * 10):
    room.pump(wait=0.2)  # runs what has arrived
    if room.closed:
        break
    game.step(way)
