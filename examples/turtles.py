"""Twenty lines, a turtle for each player: click somewhere, and yours walks there in every window.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python turtles.py       (ROOMCAST_SERVER=host:port tells where the server is)
"""

import turtle

import roomcast

COLOURS = ["red", "blue", "green", "orange", "purple", "brown", "deep pink"]
room = roomcast.join("turtles", replay=True)  # with a name of your own: roomcast.join("turtles", name="Ada", …)
turtles = {}


@room.on("join")
def appear(player):
    turtles[player.id] = turtle.Turtle("turtle")
    turtles[player.id].color(COLOURS[sum(player.id.encode()) % 7])  # the same in every window
    if player == room.me:
        turtle.setup(480, 400, 500 * (len(turtles) % 2), 40 * len(turtles))  # beside the windows before it


@room.on("leave")
def vanish(player):
    gone = turtles.pop(player.id)
    gone.clear()
    gone.hideturtle()


@room.everywhere
def go(player, x, y):
    turtles[player.id].goto(x, y)


turtle.onscreenclick(go)
room.attach(turtle)
turtle.mainloop()
