"""my-game in a Tk window, on a plain socket: the arrow keys move your dot.

Run it:   python client.py [HOST] [PORT]        after server.py, or after `roomcast serve`
"""

import queue
import socket
import sys
import threading
import tkinter

SIZE = 400  # the field's width and height
STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}
COLOURS = ["#e4572e", "#2e86ab", "#44a06b", "#f3a712", "#a846a0", "#17bebb", "#8d6a4f", "#6c7a89"]

server = socket.create_connection(
    (sys.argv[1] if len(sys.argv) > 1 else "localhost", int((sys.argv[2:] or [50003])[0]))
)
inbox = queue.Queue()  # lines for the thread that runs Tk: no other may touch it
dots = {}  # ID -> [x, y]
my_id = None  # until the server has told it


def read_server():
    with server.makefile(encoding="utf-8", errors="replace", newline="\n") as lines:  # puts lines together from pieces
        for line in lines:
            inbox.put(line)


def execute(instruction="", player="", *details):
    global my_id
    if instruction in ("newPlayer", "myIDis"):
        dots[player] = [SIZE // 2, SIZE // 2]
        my_id = player if instruction == "myIDis" else my_id
    elif instruction == "move" and player in dots:
        dots[player] = [(old + int(step)) % SIZE for old, step in zip(dots[player], details, strict=True)]
    elif instruction == "left":
        dots.pop(player, None)


def draw():
    window.after(20, draw)
    while not inbox.empty():
        execute(*inbox.get().split())
    board.delete("all")
    for player, (x, y) in dots.items():
        board.create_oval(x - 14, y - 14, x + 14, y + 14, fill=COLOURS[sum(player.encode()) % len(COLOURS)], outline="")
        board.create_text(x, y + 24, text=player)


def on_key(event):
    if my_id and event.keysym in STEPS:
        execute("move", my_id, *STEPS[event.keysym])  # the server tells only the others
        server.sendall("move {} {}\n".format(*STEPS[event.keysym]).encode())


window = tkinter.Tk()
window.title("my-game")
board = tkinter.Canvas(window, width=SIZE, height=SIZE, background="white", highlightthickness=0)
board.pack()
window.bind("<Key>", on_key)
threading.Thread(target=read_server, daemon=True).start()
draw()
window.mainloop()
