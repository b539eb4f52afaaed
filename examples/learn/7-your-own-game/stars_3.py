"""Catch the stars: walk with the arrow keys."""

import random
import tkinter

import roomcast

SIZE = 400
STEPS = {"Left": (-20, 0), "Right": (20, 0), "Up": (0, -20), "Down": (0, 20)}

room = roomcast.join("stars")
window = tkinter.Tk()
window.title("Catch the stars")
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="midnight blue")
board.pack()


def random_place():
    return [random.randrange(20, SIZE, 20), random.randrange(20, SIZE, 20)]


at = [200, 200]
score = 0
if "star" not in room.state:
    room.state["star"] = random_place()


@room.on("join")
@room.on("leave")
@room.on("set")
def draw(*_):
    board.delete("all")
    board.create_text(room.state.get("star", [-50, -50]), text="★", fill="gold", font=("", 24))
    for player in room.players:
        x, y = player.get("at", [200, 200])
        board.create_oval(x - 10, y - 10, x + 10, y + 10, fill="tomato", outline="")
    scores = [f"{player.id}: {player.get('score', 0)}" for player in room.players]
    board.create_text(10, 10, text="\n".join(scores), fill="white", anchor="nw")
    window.title(f"Catch the stars: {room.me.id}, {len(room.players)} here")


def walk(event):
    global at, score
    dx, dy = STEPS.get(event.keysym, (0, 0))
    at = [(at[0] + dx) % SIZE, (at[1] + dy) % SIZE]
    room.me["at"] = at
    if at == room.state.get("star"):
        room.state["star"] = random_place()
        score += 1
        room.me["score"] = score


window.bind("<Key>", walk)
draw()
room.attach(window)
window.mainloop()
