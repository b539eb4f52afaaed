"""my-game with turtles: the arrow keys move yours, space waves.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import contextlib
import sys
import turtle

from dots import SIZE, Dots

import roomcast

KEYS = {"Left": "left", "Right": "right", "Up": "up", "Down": "down"}

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)

turtle.title(f"my-game: {room.me.name}")
turtle.setup(SIZE + 40, SIZE + 40, 460 * (len(room.players) % 2), 40 * len(room.players))  # beside those before it
turtle.setworldcoordinates(0, SIZE, SIZE, 0)  # y is counted from above, as in dots.py
turtle.tracer(0)  # draw when told to, once a frame
turtle.hideturtle()
turtle.penup()


def draw():
    with contextlib.suppress(turtle.Terminator, turtle.TK.TclError):  # the window is closed in the middle of it
        turtle.clear()
        for name, colour, x, y in game.dots():
            turtle.goto(x, y)
            turtle.dot(28, colour)
            turtle.goto(x, y + 32)
            turtle.pencolor(colour)
            turtle.write(name, align="center")
        turtle.goto(SIZE // 2, SIZE)
        turtle.pencolor("black")
        turtle.write(game.news, align="center")
        turtle.update()
        turtle.ontimer(draw, 20)


for key, way in KEYS.items():
    turtle.onkeypress(lambda way=way: game.step(way), key)
turtle.onkeypress(game.wave, "space")
turtle.listen()
room.attach(turtle)  # runs what has arrived, again and again
draw()
turtle.mainloop()
