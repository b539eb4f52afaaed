"""The dots of chapter 3, with Roomcast.

Run it:   roomcast serve          and, in a second and a third terminal:
          python dots.py
"""

import tkinter

import roomcast

STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}
COLOURS = ["tomato", "royal blue", "forest green", "orange", "orchid", "turquoise", "sienna", "slate gray"]

room = roomcast.join("dots")
board = tkinter.Canvas(width=400, height=400, background="white")
board.pack()


@room.on("join")
def appear(player):
    board.create_oval(186, 186, 214, 214, fill=COLOURS[sum(player.id.encode()) % 8], outline="", tags=player.id)


@room.everywhere
def move(player, dx: int, dy: int):
    board.move(player.id, dx, dy)


@room.on("leave")
def vanish(player):
    board.delete(player.id)


board.bind_all("<Key>", lambda event: move(*STEPS.get(event.keysym, (0, 0))))
room.attach(board)
board.mainloop()
