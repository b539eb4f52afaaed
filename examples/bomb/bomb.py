"""Bombs that tick and explode in all windows at once: timers on the room's time, and not one message for a tick.

Run it:   roomcast serve              and, in as many terminals as you like:
          python bomb.py Ada          (a name)

Click to lay a bomb: five seconds later it explodes. Move with the arrow keys, and get away. Whoever comes later sees
the bombs tick as well, for its program runs what it missed.
"""

import sys
import tkinter

import roomcast

SIDE, FIELD, FUSE, REACH = 11, 44, 5, 2  # fields on a side, pixels, seconds, fields
COLOURS = ["#c0392b", "#1d5fa8", "#1e7d4f", "#8e44ad", "#b9770e", "#34495e"]

room = roomcast.join("bomb", name=sys.argv[1] if len(sys.argv) > 1 else "Guest", replay=True)
places = {}  # id -> (x, y)
lives = {}  # id -> how many are left
bombs = {}  # seq of the entry that has laid it -> [x, y, seconds left]
blasts = {}  # the same of those that have just exploded -> (x, y)
window = tkinter.Tk()
board = tkinter.Canvas(window, width=SIDE * FIELD, height=SIDE * FIELD, background="#f3ead7")
news = tkinter.Label(window, font="sans 13", width=40, pady=6)
board.pack()
news.pack()


@room.on("join")
def come(player):
    number = len(places)
    places[player.id] = (1 + 3 * number % (SIDE - 2), 1 + 4 * number % (SIDE - 2))
    lives[player.id] = 3


@room.on("leave")
def go(player):
    del places[player.id], lives[player.id]


@room.everywhere
def walk(player, dx, dy):
    x, y = places[player.id]
    places[player.id] = (min(max(x + dx, 0), SIDE - 1), min(max(y + dy, 0), SIDE - 1))


@room.everywhere
def lay(player, x, y):
    bomb = room.seq
    bombs[bomb] = [x, y, FUSE]
    for second in range(1, FUSE):
        room.after(second, tick, bomb)
    room.after(FUSE, explode, bomb)


def tick(bomb):
    bombs[bomb][2] -= 1


def explode(bomb):
    x, y, _ = bombs.pop(bomb)
    blasts[bomb] = (x, y)
    room.after(0.6, fade, bomb)
    hit = [who for who, (px, py) in places.items() if max(abs(px - x), abs(py - y)) <= REACH]
    for who in hit:
        lives[who] = max(0, lives[who] - 1)
    caught = ", ".join(room.players[who].name for who in hit if who in room.players)
    tell(f"boom! It has caught {caught or 'nobody'}")
    print(f"{room.seq} {room.time:.3f} boom at {x},{y}: {caught or 'nobody'}", flush=True)


def fade(bomb):
    del blasts[bomb]


@room.check  # the server compares what everyone has
def state():
    return [places, lives, {str(bomb): what for bomb, what in bombs.items()}]


def tell(text):
    news["text"] = text


def middle(x, y):
    return FIELD * (x + 0.5), FIELD * (y + 0.5)


def draw():
    board.delete("all")
    for x, y in blasts.values():
        (left, top), (right, bottom) = middle(x - REACH, y - REACH), middle(x + REACH, y + REACH)
        half = FIELD / 2
        board.create_rectangle(left - half, top - half, right + half, bottom + half, fill="#f5b041", outline="#c0392b")
    for x, y, left in bombs.values():
        cx, cy = middle(x, y)
        board.create_line(cx + 8, cy - 12, cx + 15, cy - 20, width=3, fill="#8a5a2b")
        board.create_oval(cx - 16, cy - 14, cx + 16, cy + 18, fill="#222222", outline="")
        board.create_text(cx, cy + 2, text=left, fill="#ff5a4d", font="sans 15 bold")
    for number, (who, place) in enumerate(sorted(places.items())):
        x, y = middle(*place)
        colour = COLOURS[number % len(COLOURS)] if lives[who] else "#b5ab98"
        board.create_oval(x - 13, y - 13, x + 13, y + 13, fill=colour, outline="white", width=2)
        board.create_text(x, y + 22, text=f"{room.players[who].name} {'♥' * lives[who]}", fill=colour, font="sans 10")
    window.title(f"bomb: {room.me.id}")


def frame():
    window.after(20, frame)
    room.pump(budget=0.01)
    draw()


for key, step in {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}.items():
    window.bind(f"<{key}>", lambda event, step=step: walk(*step))
board.bind("<Button-1>", lambda event: lay(event.x // FIELD, event.y // FIELD))
frame()
with room:
    window.mainloop()
