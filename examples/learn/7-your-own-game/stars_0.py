"""Catch the stars: walk with the arrow keys."""

import random
import tkinter

SIZE = 400
STEPS = {"Left": (-20, 0), "Right": (20, 0), "Up": (0, -20), "Down": (0, 20)}

window = tkinter.Tk()
window.title("Catch the stars")
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="midnight blue")
board.pack()


def random_place():
    return [random.randrange(20, SIZE, 20), random.randrange(20, SIZE, 20)]


at = [200, 200]
star = random_place()
score = 0


def draw():
    board.delete("all")
    board.create_text(star, text="★", fill="gold", font=("", 24))
    x, y = at
    board.create_oval(x - 10, y - 10, x + 10, y + 10, fill="tomato", outline="")
    board.create_text(10, 10, text=f"Stars: {score}", fill="white", anchor="nw")


def walk(event):
    global at, star, score
    dx, dy = STEPS.get(event.keysym, (0, 0))
    at = [(at[0] + dx) % SIZE, (at[1] + dy) % SIZE]
    if at == star:
        star = random_place()
        score += 1
    draw()


window.bind("<Key>", walk)
draw()
window.mainloop()
