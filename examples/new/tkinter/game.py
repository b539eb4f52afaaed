"""my-game in a Tk window: the arrow keys move your dot, space waves.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import sys
import tkinter

from dots import SIZE, Dots

import roomcast

KEYS = {"Left": "left", "Right": "right", "Up": "up", "Down": "down"}

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)

window = tkinter.Tk()
window.title(f"my-game: {room.me.name}")
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="white", highlightthickness=0)
board.pack()


def draw():
    board.delete("all")
    for name, colour, x, y in game.dots():
        board.create_oval(x - 14, y - 14, x + 14, y + 14, fill=colour, outline="")
        board.create_text(x, y + 24, text=name, fill=colour)
    board.create_text(SIZE // 2, SIZE - 14, text=game.news)
    window.after(20, draw)


def on_key(event):
    if event.keysym in KEYS:
        game.step(KEYS[event.keysym])
    elif event.keysym == "space":
        game.wave()


window.bind("<Key>", on_key)
room.attach(window)  # runs what has arrived, again and again
draw()
window.mainloop()
