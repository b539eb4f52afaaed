"""Twenty-five lines, many turtles: click somewhere, and your turtle walks there in every window.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python turtles.py       (ROOMCAST_SERVER=host:port tells where the server is)
"""

import turtle

import roomcast

COLOURS = ["red", "blue", "green", "orange", "purple", "brown", "deep pink"]
room = roomcast.join("turtles")  # with a name of your own: roomcast.join("turtles", name="Ada")
turtle.setup(480, 400, 500 * (len(room.players) % 2), 40 * len(room.players))  # beside the windows before it
turtles, path = {}, []


@room.on("join")
def appear(player):
    turtles[player.id] = turtle.Turtle("turtle")
    turtles[player.id].color(COLOURS[sum(player.id.encode()) % 7])  # the same in every window
    for x, y in player.get("path", []):
        turtles[player.id].goto(x, y)


@room.on("leave")
def vanish(player):
    gone = turtles.pop(player.id)
    gone.clear()
    gone.hideturtle()


@room.everywhere
def go(player, x, y):
    turtles[player.id].goto(x, y)


def click(x, y):
    path.append([x, y])
    room.me["path"] = path  # for those who come later
    go(x, y)


turtle.onscreenclick(click)
room.attach(turtle)
turtle.mainloop()
