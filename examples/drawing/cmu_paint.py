"""Painting together in CMU Graphics: move your brush with the arrow keys, or paint with the mouse; c clears.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python cmu_paint.py YOUR-NAME

Each painted square is a key of the room's shared state: so latecomers see the whole picture.
"""

import sys

from cmu_graphics import *

import roomcast

SIDE, CELL = 24, 20  # squares in a row; pixels
COLOURS = ["tomato", "steelBlue", "seaGreen", "orange", "orchid", "turquoise", "sienna", "slateGray"]
WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

room = roomcast.join("paint", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
brush = [randrange(SIDE), randrange(SIDE)]
room.me.update(colour=min(COLOURS, key=taken.count), at=brush)  # the colour that fewest have


@room.everywhere
def clear(player):
    if player == room.me:
        for square in list(room.state):
            del room.state[square]


def paint(x, y):
    brush[:] = min(max(x, 0), SIDE - 1), min(max(y, 0), SIDE - 1)
    room.me["at"] = brush
    room.state[f"{brush[0]},{brush[1]}"] = room.me["colour"]


def onAppStart(app):
    app.stepsPerSecond = 60
    app.title = f"paint: {room.me.name}"


def onAppStop(app):
    room.leave()  # CMU Graphics ends the program at once, without Python's own clearing up


def onStep(app):
    room.pump()  # runs what has arrived


def onKeyPress(app, key):
    if key in WAYS:
        dx, dy = WAYS[key]
        paint(brush[0] + dx, brush[1] + dy)
    elif key == "c":
        clear()


def onMousePress(app, x, y):
    paint(int(x // CELL), int(y // CELL))


onMouseDrag = onMousePress


def redrawAll(app):
    drawRect(0, 0, SIDE * CELL, SIDE * CELL, fill="ivory")
    for square, colour in room.state.items():
        x, y = square.split(",")
        drawRect(int(x) * CELL, int(y) * CELL, CELL, CELL, fill=colour)
    for player in room.players:
        x, y = (place * CELL + CELL / 2 for place in player.get("at", (-2, -2)))
        drawCircle(x, y, 12, fill=player.get("colour", "black"), border="white", borderWidth=3)
        drawLabel(player.name, x, y + 22, bold=True)


runApp(width=SIDE * CELL, height=SIDE * CELL)
