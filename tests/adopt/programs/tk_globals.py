# Dots, with global variables: the way most people write their first game.
from tkinter import *
import socket
import threading
from queue import Queue

HOST = ""  # put the IP address of the server here
PORT = 50003

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.connect((HOST, PORT))
print("connected")

# ----- the network

def receive(server, inbox):
    server.setblocking(1)
    rest = ""
    while True:
        rest += server.recv(10).decode("UTF-8")
        lines = rest.split("\n")
        while len(lines) > 1:
            line = lines[0]
            rest = "\n".join(lines[1:])
            inbox.put(line)
            lines = rest.split("\n")

# ----- the game

me = "?"
dots = { }     # name -> [x, y]
steps = {"Left": (-10,0), "Right": (10,0), "Up": (0,-10), "Down": (0,10)}

def show(name):
    print("%s is at %d %d" % (name, dots[name][0], dots[name][1]), flush=True)
    canvas.delete(name)
    x, y = dots[name]
    canvas.create_oval(x-8, y-8, x+8, y+8, fill="tomato", tags=name)

def key(event):
    if event.keysym in steps and me != "?":
        dx, dy = steps[event.keysym]
        dots[me][0] += dx
        dots[me][1] += dy
        show(me)
        message = "moved %d %d\n" % (dx, dy)
        server.send(message.encode())

def timer():
    global me
    while inbox.qsize() > 0:
        message = inbox.get(False)
        try:
            message = message.split()
            command = message[0]

            # the server tells me who I am
            if (command == "myIDis"):
                me = message[1]
                dots[me] = [200, 200]
                root.title("dots: " + me)
                show(me)

            # somebody came
            elif (command == "newPlayer"):
                name = message[1]
                dots[name] = [200, 200]
                show(name)

            elif (command == "moved"):
                name = message[1]
                dx = int(message[2])
                dy = int(message[3])
                dots[name][0] += dx
                dots[name][1] += dy
                show(name)
        except KeyError:
            print("failed")
        inbox.task_done()
    root.after(50, timer)

inbox = Queue(100)
threading.Thread(target = receive, args = (server, inbox), daemon=True).start()

root = Tk()
canvas = Canvas(root, width=400, height=400)
canvas.pack()
root.bind("<Key>", key)
timer()
root.mainloop()
