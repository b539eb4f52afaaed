"""Marbles that roll and push one another, the same in every window: one world, which late players join as it is.

Run it:   roomcast serve              and, in as many terminals as you like:
          python marbles.py Ada       (a name)

Click: your marble, the one with a ring, rolls there. No message says where a marble is: every program reckons it,
twenty times a second, from the clicks alone.
"""

import sys
import tkinter

from table import HIGH, RADIUS, STEP, WIDE, Table

import roomcast

COLOURS = ["#c0392b", "#1d5fa8", "#1e7d4f", "#8e44ad", "#b9770e", "#34495e", "#0e7c86", "#a0396b"]

room = roomcast.join("marbles", name=sys.argv[1] if len(sys.argv) > 1 else "Guest")
table = Table()
rolling = []  # whether the clock runs: one that is started twice would run twice as fast


@room.world
def world():
    return {"marbles": table.marbles, "rolling": rolling}


@world.load
def load(saved):
    table.marbles = saved["marbles"]
    rolling[:] = saved["rolling"]


@room.on("join")
def come(player):
    table.put(player.id)
    if not rolling:
        rolling.append(True)
        room.every(STEP, step)


@room.on("leave")
def go(player):
    del table.marbles[player.id]


@room.everywhere
def kick(player, x: int, y: int):
    table.kick(player.id, x, y)


@room.timer
def step():
    table.step()


room.check(world)  # the server compares what everyone has

if __name__ == "__main__":
    window = tkinter.Tk()
    window.title(f"marbles: {room.me.id}")
    board = tkinter.Canvas(window, width=WIDE, height=HIGH, background="#e9e2d0", highlightthickness=0)
    board.pack()

    def draw():
        board.delete("all")
        for player, (x, y, _, _) in sorted(table.marbles.items()):
            ring = "#1b1b1b" if player == room.me.id else "#e9e2d0"
            colour = COLOURS[sum(player.encode()) % len(COLOURS)]
            board.create_oval(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS, fill=colour, outline=ring, width=3)
            board.create_text(x, y + RADIUS + 10, text=player, font="sans 9", fill="#333333")
        window.after(25, draw)

    board.bind("<Button-1>", lambda event: kick(event.x, event.y))
    room.attach(window)
    draw()
    window.mainloop()
