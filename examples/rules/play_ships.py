"""Ships for several: steer with the arrow keys, shoot with the mouse. See what makes it quick, and smooth.

Run it:   roomcast serve ships.py --lag 50ms --jitter 20ms       and, in more terminals:
          python play_ships.py Ada                                 (a name)
          python play_ships.py bot                                 (a ship that goes round by itself)

Press s, p and l to switch off smooth others, predicted moves, shots that look back, and see what each of them does.
"""

import math
import sys
import time
import tkinter

import roomcast

SIZE, SPEED, RADIUS = 480, 4.5, 14  # pixels; SPEED is pixels a frame
COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb"]
KEYS = {"s": "smooth", "p": "predicted", "l": "looks back"}

room = roomcast.join("ships", name=sys.argv[1] if len(sys.argv) > 1 else "")
switched = dict.fromkeys(KEYS.values(), True)
held = set()  # the keys that are down
shots = []  # where we shot, when, and whether we hit

smooth = room.smooth("x", "y", jump=100)


@room.predict
def move(me, dx, dy):
    me["x"] = min(SIZE, max(0, me["x"] + dx))
    me["y"] = min(SIZE, max(0, me["y"] + dy))


window = tkinter.Tk()
window.title(f"ships: {room.me.name}")
sea = tkinter.Canvas(window, width=SIZE, height=SIZE, background="#dceaf2", highlightthickness=0)
sea.pack()
words = tkinter.Label(window, justify="left", anchor="w", padx=8, pady=4)
words.pack(fill="x")


def place(player):
    if player == room.me and switched["predicted"]:
        return smooth(player)
    if player == room.me or not switched["smooth"]:
        return player["x"], player["y"]  # as the room said last
    return smooth(player)


def frame():
    window.after(16, frame)
    dx = ("Right" in held) - ("Left" in held)
    dy = ("Down" in held) - ("Up" in held)
    if room.me.name == "bot":
        dx, dy = math.cos(2 * time.monotonic()), math.sin(2 * time.monotonic())
    if dx or dy:
        step = SPEED / math.hypot(dx, dy)
        move(dx * step, dy * step)
    sea.delete("all")
    for player in room.players:
        draw(player)
    for x, y, when, hit in shots:
        size = 4 + 60 * (time.monotonic() - when)
        sea.create_oval(x - size, y - size, x + size, y + size, outline="#e4572e" if hit else "#8fa6b2", width=2)
    shots[:] = [shot for shot in shots if time.monotonic() - shot[2] < 0.5]
    on = "   ".join(f"{key}: {what} {'on' if switched[what] else 'off'}" for key, what in KEYS.items())
    words["text"] = f"{on}\nothers are shown {1000 * smooth.delay:.0f} ms ago"


def draw(player):
    x, y = place(player)
    colour = COLOURS[sum(player.id.encode()) % len(COLOURS)]
    sea.create_oval(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS, fill=colour, width=2 * (player == room.me))
    sea.create_text(x, y + RADIUS + 10, text=f"{player.name} {player['hits']}", fill="#22223b")


def shoot(event):
    seen = smooth.time if switched["smooth"] and switched["looks back"] else room.time
    room.ask("shoot", event.x, event.y, seen).then(lambda hit: shots.append((event.x, event.y, time.monotonic(), hit)))


def press(event):
    held.add(event.keysym)
    if event.keysym in KEYS:
        switched[KEYS[event.keysym]] ^= True


window.bind("<KeyPress>", press)
window.bind("<KeyRelease>", lambda event: held.discard(event.keysym))
sea.bind("<Button-1>", shoot)
frame()
room.attach(window)
window.mainloop()
