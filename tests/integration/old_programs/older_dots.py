# Dots: python older_dots.py PORT TITLE
import queue
import socket
import sys
import threading
import tkinter

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.connect(("127.0.0.1", int(sys.argv[1])))
messages = queue.Queue()


def handle_server():
    text = ""
    while True:
        text += server.recv(10).decode("UTF-8")
        lines = text.split("\n")
        while len(lines) > 1:
            messages.put(lines[0])
            lines = lines[1:]
        text = lines[0]


me = [200, 200]
strangers = {}  # number: [x, y]


def redraw():
    canvas.delete("all")
    for x, y in strangers.values():
        canvas.create_oval(x - 10, y - 10, x + 10, y + 10, fill="tomato", outline="")
    x, y = me
    canvas.create_oval(x - 10, y - 10, x + 10, y + 10, fill="black", outline="")


def key_pressed(event):
    dx = {"Left": -10, "Right": 10}.get(event.keysym, 0)
    dy = {"Up": -10, "Down": 10}.get(event.keysym, 0)
    if dx or dy:
        me[0] += dx
        me[1] += dy
        server.send(f"{dx} {dy}\n".encode())
        print("I am at", *me)
        redraw()


def timer_fired():
    while messages.qsize() > 0:
        message = messages.get().split()
        if message[0] == "newPlayer":
            strangers[int(message[1])] = [int(message[2]), int(message[3])]
        else:
            stranger = strangers[int(message[1])]
            stranger[0] += int(message[2])
            stranger[1] += int(message[3])
        print("stranger", int(message[1]), "is at", *strangers[int(message[1])])
        redraw()
    root.after(20, timer_fired)


root = tkinter.Tk()
root.title(sys.argv[2])
canvas = tkinter.Canvas(root, width=400, height=400, background="white", highlightthickness=0)
canvas.pack()
root.bind("<Key>", key_pressed)
redraw()
threading.Thread(target=handle_server, daemon=True).start()
timer_fired()
print("ready")
root.mainloop()
