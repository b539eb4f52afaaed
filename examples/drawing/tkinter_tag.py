"""Tag in a Tk window: walk with the arrow keys; whoever is it wears a ring, and passes it on by touch.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python tkinter_tag.py YOUR-NAME

A player's place and colour are its own shared state, and who is it is the room's: so latecomers see the game as it is.
"""

import random
import sys
import time
import tkinter

import roomcast

SIZE, RADIUS, SPEED = 480, 18, 4  # pixels; SPEED is pixels a frame
COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]

room = roomcast.join("tag", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
place = [random.randrange(RADIUS, SIZE - RADIUS), random.randrange(RADIUS, SIZE - RADIUS)]
room.me.update(at=place, colour=min(COLOURS, key=taken.count))  # the colour that fewest have
held = set()  # the keys that are down
tagged = 0.0  # when we were tagged; for a second after that we cannot pass it on

window = tkinter.Tk()
window.title(f"tag: {room.me.name}")
field = tkinter.Canvas(window, width=SIZE, height=SIZE, background="#f7f3e9", highlightthickness=0)
field.pack()


@room.on("set")
def note(player, patch):
    global tagged
    if patch.get("it") == room.me.id:
        tagged = time.monotonic()


def frame():
    window.after(16, frame)
    dx = ("Right" in held) - ("Left" in held)
    dy = ("Down" in held) - ("Up" in held)
    if dx or dy:
        place[0] = min(max(place[0] + SPEED * dx, RADIUS), SIZE - RADIUS)
        place[1] = min(max(place[1] + SPEED * dy, RADIUS), SIZE - RADIUS)
        room.me["at"] = place
    pass_it_on()
    field.delete("all")
    for player in room.players:
        draw(player)


def pass_it_on():
    players = list(room.players)
    if room.state.get("it") not in room.players:
        if players[0] == room.me:  # somebody has to begin
            room.state["it"] = random.choice(players).id
    elif room.state["it"] == room.me.id and time.monotonic() - tagged > 1:
        for player in players:
            x, y = player.get("at", (-SIZE, -SIZE))
            if player != room.me and abs(x - place[0]) + abs(y - place[1]) < 2 * RADIUS:
                room.state["it"] = player.id


def draw(player):
    x, y = player.get("at", (-SIZE, -SIZE))  # outside until its first word has come
    if room.state.get("it") == player.id:
        field.create_oval(x - 25, y - 25, x + 25, y + 25, outline="#22223b", width=3)
    field.create_oval(x - 18, y - 18, x + 18, y + 18, fill=player.get("colour", ""), width=0)
    field.create_text(x, y + 34, text=player.name, fill="#22223b")


window.bind("<KeyPress>", lambda event: held.add(event.keysym))
window.bind("<KeyRelease>", lambda event: held.discard(event.keysym))
frame()
room.attach(window)  # runs what arrives, in Tk's own loop
window.mainloop()
