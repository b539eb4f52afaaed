"""Dots in Tk: a window a player, a dot a player, moved with the arrow keys.

Run it:   python dots.py [room] [name]        after `roomcast serve`, or while `roomcast demo` runs
          python dots.py 192.168.1.20:8112/dots red

It is the game of starter/dots_client.py, and plays with it in one room. It needs no thread, no queue and
no partial lines; your own dot moves when your move comes back, so everybody sees the same moves in one order.
"""

import argparse
import signal
import sys
import tkinter

import roomcast

SIZE = 400  # pixels, the board's width and height
RADIUS = 14
STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}
COLOURS = ["tomato", "royal blue", "forest green", "orange", "orchid", "turquoise", "sienna", "slate gray"]

options = argparse.ArgumentParser(description="A dot for each player, moved with the arrow keys.")
options.add_argument("room", nargs="?", default="dots", help="a room, host:port/room, or an address")
options.add_argument("name", nargs="?", default="", help="what the others see")
options.add_argument("--log", action="store_true", help="print each dot's place as it changes")
chosen = options.parse_args()
try:
    room = roomcast.join(chosen.room, name=chosen.name)
except roomcast.RoomcastError as problem:
    sys.exit(str(problem))

places = {}  # player id -> [x, y]
goal = [SIZE // 2, SIZE // 2]  # our own place, once all our moves have come back
window = tkinter.Tk()
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="white")
board.pack()


@room.everywhere
def move(player, dx: int, dy: int):
    x, y = places[player.id]
    # Who walks off one side comes back on the other.
    place(player, [(x + dx) % SIZE, (y + dy) % SIZE])


@room.on("join")
def appear(player):
    place(player, player.get("at", [SIZE // 2, SIZE // 2]))


@room.on("set")
def correct(player, patch):
    # Each player leaves word of where it is, for those who come later and have not seen it go there.
    if "at" in patch and places[player.id] != patch["at"]:
        place(player, patch["at"])


@room.on("leave")
def vanish(player):
    board.delete(player.id)
    del places[player.id]
    show_title()


@room.on("offline")
@room.on("closed")
def trouble(why):
    window.title(f"dots: {why}")


@room.on("resumed")
@room.on("lost")
@room.on("skipped")
def back_again(*_):
    room.me["at"] = goal  # the others may have missed some of our moves
    show_title()


def place(player, at):
    places[player.id] = at
    x, y = at
    colour = COLOURS[sum(player.id.encode()) % len(COLOURS)]  # the same in every window
    board.delete(player.id)
    board.create_oval(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS, fill=colour, outline="", tags=player.id)
    board.create_text(x, y + RADIUS + 10, text=player.name, tags=player.id)
    show_title()
    if chosen.log:
        print(f"{player.id} is at {x} {y}", flush=True)


def show_title():
    window.title(f"dots: {room.me.id} ({len(places)} here)")


def on_key(event):
    if event.keysym in STEPS and not room.closed:
        dx, dy = STEPS[event.keysym]
        goal[:] = (goal[0] + dx) % SIZE, (goal[1] + dy) % SIZE
        move(dx, dy)
        room.me["at"] = goal


def tick():
    window.after(10, tick)
    room.pump()  # runs what has arrived, in this thread, which is Tk's


signal.signal(signal.SIGINT, lambda *_: window.quit())  # Ctrl-C
window.bind("<Key>", on_key)
tick()
with room:
    window.mainloop()
