"""A turtle race: press the left and the right arrow key in turn, as fast as you can."""

import sys
import turtle

import roomcast

COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]
FONT = ("Arial", 14, "bold")
STEPS = 30  # from the start to the finish
room = roomcast.join("race", name=sys.argv[1] if len(sys.argv) > 1 else "")
mine = [0, 0, ""]  # the race's number, my steps in it, and the key that counted last
turtle.setup(640, 480, 660 * (len(room.players) % 2), 40 * len(room.players))  # beside the windows before it
turtle.tracer(0)  # draw when told to
pen = turtle.Turtle("turtle", visible=False)
pen.penup()


def steps(player):
    number, done, _ = player.get("at", [0, 0, ""])
    return done if number == len(room.state.get("winners", [])) else 0  # those of an earlier race do not count


@room.on("join")
@room.on("leave")
@room.on("set")
def draw(player, patch=None):
    winners = room.state.get("winners", [])
    if player == room.me and [one for one in room.players if steps(one) == STEPS] == [player]:
        room.state["winners"] = [*winners, player.name]  # of all programs, only that of the first comes to this line
    pen.clear()
    pen.clearstamps()
    pen.goto(295, -120)
    pen.write("\n\n".join("FINISH"), align="center", font=FONT)
    pen.goto(0, -220)
    last = f"{winners[-1]} won! Again: " if winners else ""
    pen.write(f"{last}left, right, left, right …", align="center", font=FONT)
    for lane, one in enumerate(room.players):
        pen.goto(450 * steps(one) / STEPS - 180, 180 - 45 * lane)
        pen.fillcolor(COLOURS[lane % len(COLOURS)])
        pen.stamp()
        pen.sety(pen.ycor() - 11)
        pen.write(f"{one.name} {'★' * winners.count(one.name)}    ", align="right", font=FONT)
    turtle.update()


def step(key):
    global mine
    number = len(room.state.get("winners", []))
    done = mine[1] if mine[0] == number else 0  # not steps(room.me): the last step may still be on its way
    if key != mine[2] and done < STEPS:  # so a key that is held down is one step
        room.me["at"] = mine = [number, done + 1, key]


turtle.onkeypress(lambda: step("Left"), "Left")
turtle.onkeypress(lambda: step("Right"), "Right")
turtle.listen()
room.attach(turtle)
turtle.mainloop()
