"""Tidies the board: takes one note after the other, in the order of the alphabet, and hangs them up in rows."""

import math
import time

import roomcast

COLUMNS = 4
STEP = 0.02  # of the board's width or height
x, y = 0.5, 0.0  # where my cursor is


def go(to, note=""):
    """Bring my cursor there in small steps, and a note with it."""
    global x, y
    for left in range(1 + round(math.dist((x, y), to) / STEP), 0, -1):  # so many steps are left
        x, y = x + (to[0] - x) / left, y + (to[1] - y) / left
        room.me["at"] = [x, y]
        hang(note)
        time.sleep(0.03)
        room.pump()
    while hang(note):
        room.pump(wait=0.1)


def hang(note):
    """Bring a note to where my cursor is. Returns whether it is still on its way."""
    before = room.state.get(note)
    if before is None or before["place"] == [x, y]:
        return False  # somebody has taken it down, or it is there
    after = {**before, "place": [x, y]}  # all of it: a place alone would put half a note up again
    room.state.compare_and_set(note, before, after)
    return True


with roomcast.join("cursors", name="Tidy") as room:
    notes = [key for key in room.state if key.startswith("note ") and "text" in room.state[key]]
    notes.sort(key=lambda key: room.state[key]["text"].casefold())
    rows = max(5, math.ceil(len(notes) / COLUMNS))
    for number, note in enumerate(notes):
        if note in room.state:
            go(room.state[note]["place"])
            go([(number % COLUMNS + 0.5) / COLUMNS, (number // COLUMNS + 0.5) / rows], note)
    print(f"{len(notes)} notes are tidy.")
