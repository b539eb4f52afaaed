"""Tag for several: steer with the arrow keys. Who is it wants to touch somebody; the server moves all, and decides.

Run it:   roomcast serve tag.py          and, in more terminals:
          python play_tag.py Ada         (a name)
"""

import sys
import tkinter

import roomcast

WIDTH, HEIGHT, RADIUS = 640, 400, 16
COLOURS = ["#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#7a6c5d"]

room = roomcast.join("tag", name=sys.argv[1] if len(sys.argv) > 1 else "")
smooth = room.smooth("x", "y")  # the server moves everybody 20 times a second; windows draw more often
held = set()  # the keys that are down
steered = (0, 0)

window = tkinter.Tk()
window.title(f"tag: {room.me.name}")
field = tkinter.Canvas(window, width=WIDTH, height=HEIGHT, background="#f5f1e6", highlightthickness=0)
field.pack()
words = tkinter.Label(window, anchor="w", padx=8, pady=4)
words.pack(fill="x")


@room.command("tagged")
def tagged(player):
    words["text"] = f"{player.name} was tagged, and is it now"


def steer():
    global steered
    wanted = ("Right" in held) - ("Left" in held), ("Down" in held) - ("Up" in held)
    if wanted != steered:
        steered = wanted
        room.send("steer", *steered)


def frame():
    window.after(16, frame)
    steer()
    field.delete("all")
    for player in room.players:
        draw(player)


def draw(player):
    x, y = smooth(player)
    is_it = room.state["it"] == player.id
    colour = "#e4572e" if is_it else COLOURS[sum(player.id.encode()) % len(COLOURS)]
    rim = "#22223b" if player == room.me else colour
    field.create_oval(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS, fill=colour, outline=rim, width=3)
    if is_it:
        dash = (4, 4) if room.state["safe"] else ()
        field.create_oval(x - 24, y - 24, x + 24, y + 24, outline=colour, width=2, dash=dash)
    field.create_text(x, y + RADIUS + 18, text=f"{player.name} {player['tagged']}", fill="#22223b")


window.bind("<KeyPress>", lambda event: held.add(event.keysym))
window.bind("<KeyRelease>", lambda event: held.discard(event.keysym))
frame()
room.attach(window)
window.mainloop()
