"""Catch the stars: walk with the arrow keys."""

import random
import tkinter

import roomcast

SIZE = 400
STEPS = {"Left": (-20, 0), "Right": (20, 0), "Up": (0, -20), "Down": (0, 20)}
COLOURS = ["tomato", "sky blue", "pale green", "orange", "orchid", "turquoise", "khaki", "white"]

room = roomcast.join("stars")
window = tkinter.Tk()
window.title("Catch the stars")
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="midnight blue")
board.pack()


def random_place():
    return [random.randrange(20, SIZE, 20), random.randrange(20, SIZE, 20)]


at = [200, 200]
star, scores = room.state.get("star"), room.state.get("scores", {})  # as the one who decides knows them


def host():
    return next((player for player in room.players if player.here), room.me)


@room.on("join")
@room.on("leave")
@room.on("away")
@room.on("back")
@room.on("set")
def decide(player, patch=None):
    global star, scores
    if room.me != host():
        star, scores = room.state.get("star"), room.state.get("scores", {})
    elif star is None or player.get("at") == star:
        if star is not None:
            scores = {**scores, player.id: scores.get(player.id, 0) + 1}
        star = random_place()
        room.state.update(star=star, scores=scores)
    draw()


def draw():
    board.delete("all")
    board.create_text(room.state.get("star", [-50, -50]), text="★", fill="gold", font=("", 24))
    for player in room.players:
        x, y = player.get("at", [200, 200])
        colour = COLOURS[sum(player.id.encode()) % len(COLOURS)] if player.here else "gray"
        board.create_oval(x - 10, y - 10, x + 10, y + 10, fill=colour, outline="")
        board.create_text(x, y + 20, text=player.id, fill=colour)
    lines = [f"{player}: {score}" for player, score in room.state.get("scores", {}).items()]
    board.create_text(10, 10, text="\n".join(lines), fill="white", anchor="nw")
    window.title(f"Catch the stars: {room.me.id}, {len(room.players)} here")


@room.on("offline")
@room.on("closed")
def trouble(why):
    window.title(f"Catch the stars: {why}")


@room.on("resumed")
def go_on(missed):
    draw()


@room.on("lost")
def begin_again(why):
    global star
    star = None
    room.me["at"] = at


def walk(event):
    global at
    if not room.closed:
        dx, dy = STEPS.get(event.keysym, (0, 0))
        at = [(at[0] + dx) % SIZE, (at[1] + dy) % SIZE]
        room.me["at"] = at


window.bind("<Key>", walk)
room.attach(window)
window.mainloop()
