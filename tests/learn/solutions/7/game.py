"""Exercise 7: paint together. Keys move your brush, space leaves a spot: python game.py, after `roomcast serve`."""

import tkinter

import roomcast

STEPS = {"Left": (-20, 0), "Right": (20, 0), "Up": (0, -20), "Down": (0, 20)}
COLOURS = ["tomato", "royal blue", "forest green", "orange", "orchid"]

room = roomcast.join("painting")
window = tkinter.Tk()
board = tkinter.Canvas(window, width=400, height=400, background="white")
board.pack()


def draw(*_):
    """Everything that is to be seen is in shared state: so newcomers see it, too."""
    board.delete("all")
    for x, y, colour in room.state.get("spots", []):
        board.create_rectangle(x - 10, y - 10, x + 10, y + 10, fill=colour, outline="")
    for player in room.players:
        x, y = player.get("at", [200, 200])
        board.create_oval(x - 8, y - 8, x + 8, y + 8, fill=colour_of(player))


def colour_of(player):
    return COLOURS[sum(player.id.encode()) % len(COLOURS)]


for event in "join", "leave", "set":
    room.on(event)(draw)


def on_key(event):
    x, y = room.me.get("at", [200, 200])
    if event.keysym in STEPS:
        dx, dy = STEPS[event.keysym]
        room.me["at"] = [(x + dx) % 400, (y + dy) % 400]
    elif event.keysym == "space":
        room.state["spots"] = [*room.state.get("spots", []), [x, y, colour_of(room.me)]]


window.bind("<Key>", on_key)
room.attach(window)
window.mainloop()
