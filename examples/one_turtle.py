"""Ten lines, one turtle for everybody: click somewhere, and it walks there in every window.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python one_turtle.py    (ROOMCAST_SERVER=host:port tells where the server is)
"""

import turtle

import roomcast

room = roomcast.join("walk", replay=True)  # who comes late sees what happened before


@room.everywhere
def go(player, x, y):
    turtle.goto(x, y)
    turtle.write(player.id)


turtle.onscreenclick(go)
room.attach(turtle)
turtle.mainloop()
