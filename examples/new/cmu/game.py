"""my-game in CMU Graphics: the arrow keys move your dot, space waves.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import sys

from cmu_graphics import *
from dots import SIZE, STEPS, Dots

import roomcast

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)


def onAppStart(app):
    app.stepsPerSecond = 60
    app.title = f"my-game: {room.me.name}"


def onAppStop(app):
    room.leave()  # CMU Graphics ends the program at once


def onStep(app):
    room.pump()  # runs what has arrived


def onKeyPress(app, key):
    if key in STEPS:
        game.step(key)
    elif key == "space":
        game.wave()


def redrawAll(app):
    for name, colour, x, y in game.dots():
        paint = rgb(*bytes.fromhex(colour[1:]))  # "#e4572e" is 228, 87, 46
        drawCircle(x, y, 14, fill=paint)
        drawLabel(name, x, y + 24, fill=paint)
    drawLabel(game.news, SIZE // 2, SIZE - 14)


runApp(width=SIZE, height=SIZE)
