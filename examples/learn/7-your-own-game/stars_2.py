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
star = random_place()
score = 0


@room.on("join")
@room.on("leave")
@room.on("set")
def draw(*_):
    board.delete("all")
    board.create_text(star, text="★", fill="gold", font=("", 24))
    for player in room.players:
        x, y = player.get("at", [200, 200])
        board.create_oval(x - 10, y - 10, x + 10, y + 10, fill="tomato", outline="")
    board.create_text(10, 10, text=f"Stars: {score}", fill="white", anchor="nw")
    window.title(f"Catch the stars: {room.me.id}, {len(room.players)} here")


def walk(event):
    global at, star, score
    dx, dy = STEPS.get(event.keysym, (0, 0))
    at = [(at[0] + dx) % SIZE, (at[1] + dy) % SIZE]
    room.me["at"] = at
    if at == star:
        star = random_place()
        score += 1
    draw()


window.bind("<Key>", walk)
draw()
room.attach(window)
window.mainloop()
