"""Exercise 5: chapter 5's dots, and the key c for another colour, which newcomers see as well.

Run it:   python game.py [room]        after `roomcast serve`
"""

import random
import sys
import tkinter

import roomcast

STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}
COLOURS = ["tomato", "royal blue", "forest green", "orange", "orchid", "turquoise", "sienna", "slate gray"]

room = roomcast.join(sys.argv[1] if len(sys.argv) > 1 else "dots")
board = tkinter.Canvas(width=400, height=400, background="white")
board.pack()


@room.on("join")
def appear(player):
    first = COLOURS[sum(player.id.encode()) % 8]
    board.create_oval(186, 186, 214, 214, fill=player.get("colour", first), outline="", tags=player.id)


@room.everywhere
def move(player, dx: int, dy: int):
    board.move(player.id, dx, dy)


@room.everywhere
def colour(player, name: str):
    if name in COLOURS:
        board.itemconfigure(player.id, fill=name)


@room.on("leave")
def vanish(player):
    board.delete(player.id)


def on_key(event):
    if event.keysym == "c":
        name = random.choice(COLOURS)
        room.me["colour"] = name  # for those who come later
        colour(name)
    elif event.keysym in STEPS:
        move(*STEPS[event.keysym])


board.bind_all("<Key>", on_key)
room.attach(board)
board.mainloop()
