"""A dot for each player: arrow keys move yours."""

import queue
import socket
import threading
import tkinter

STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}

server = socket.create_connection(("localhost", 50003))
inbox = queue.Queue()
window = tkinter.Tk()
board = tkinter.Canvas(window, width=400, height=400)
board.pack()
places = {}  # name -> [x, y]
my_name = None


def read_server():
    """Put each line from the server into the inbox. Runs in a thread, because it waits."""
    partial = b""
    while piece := server.recv(1024):
        *lines, partial = (partial + piece).split(b"\n")
        for line in lines:
            inbox.put(line.decode())


def move(name, dx, dy):
    places[name][0] += dx
    places[name][1] += dy
    draw(name)


def draw(name):
    x, y = places[name]
    print(f"{name} is at {x} {y}", flush=True)
    board.delete(name)
    board.create_oval(x - 9, y - 9, x + 9, y + 9, fill="tomato", tags=name)


def check_inbox():
    global my_name
    while not inbox.empty():
        words = inbox.get().split()
        command = words[0]
        if command == "newPlayer":
            places[words[1]] = [200, 200]
            draw(words[1])
        elif command == "myIDis":
            my_name = words[1]
            places[my_name] = [200, 200]
            draw(my_name)
        # the others move
        elif command == "move":
            move(words[1], int(words[2]), int(words[3]))
    window.after(20, check_inbox)


def on_key(event):
    if my_name is not None and event.keysym in STEPS:
        dx, dy = STEPS[event.keysym]  # not too far
        move(my_name, dx, dy)
        server.sendall(f"move {dx} {dy}\n".encode())


threading.Thread(target=read_server, daemon=True).start()
window.bind("<Key>", on_key)
check_inbox()
window.mainloop()
