"""Turtles that leave their paths: the up key walks, left and right turn.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python turtle_paths.py YOUR-NAME

A turtle's moves are a word in its player's shared state, such as "FFLF": everyone draws what is new in it, and
latecomers draw it from its beginning.
"""

import random
import sys
import turtle

import roomcast

COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]
KEYS = {"Up": "F", "Left": "L", "Right": "R"}
MOVES = {"F": lambda pet: pet.forward(20), "L": lambda pet: pet.left(30), "R": lambda pet: pet.right(30)}

room = roomcast.join("paths", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
start = [random.randrange(-250, 250), random.randrange(-150, 150)]
room.me.update(colour=min(COLOURS, key=taken.count), start=start, moves="")  # the colour that fewest have
moves = ""
turtles = {}  # player id -> its turtle
drawn = {}  # player id -> how many of its moves are drawn


@room.on("join")
@room.on("set")
def draw(player, patch=None):
    if "start" not in player:
        return  # it has not said yet where it begins
    if player.id not in turtles:
        turtles[player.id], drawn[player.id] = begin(player), 0
    for move in player["moves"][drawn[player.id] :]:
        drawn[player.id] += 1
        MOVES[move](turtles[player.id])


def begin(player):
    pet = turtle.Turtle("turtle")
    pet.color(player["colour"])
    pet.pensize(3)
    pet.penup()
    pet.goto(player["start"])
    pet.pendown()
    return pet


@room.on("leave")
def vanish(player):
    if player.id in turtles:
        pet = turtles.pop(player.id)
        pet.clear()
        pet.hideturtle()


def press(letter):
    global moves
    moves += letter
    room.me["moves"] = moves


def frame():
    turtle.ontimer(frame, 16)
    turtle.update()


turtle.title(f"paths: {room.me.name}")
turtle.setup(640, 480, 660 * (len(taken) % 2), 40 * len(taken))  # beside the windows before it
turtle.bgcolor("#f7f3e9")
turtle.tracer(0)  # draw when told to, once a frame
for key, letter in KEYS.items():
    turtle.onkeypress(lambda letter=letter: press(letter), key)
turtle.listen()
frame()
room.attach(turtle)  # runs what arrives, in the window's own loop
turtle.mainloop()
