"""Ten lines, many turtles: click somewhere, and your turtle walks there in every window.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python turtles.py       (ROOMCAST_SERVER=host:port tells where the server is)
"""

import collections
import contextlib
import turtle

import roomcast

room = roomcast.join("turtles")
turtles = collections.defaultdict(turtle.Turtle)


@room.everywhere
def go(player, x, y):
    turtles[player.id].goto(x, y)


turtle.onscreenclick(go)
with contextlib.suppress(KeyboardInterrupt, turtle.Terminator, turtle.TK.TclError):  # until the window is closed
    while True:
        room.pump(wait=0.02)
        turtle.update()
