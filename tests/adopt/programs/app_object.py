# One object holds everything, and each function gets it.
import socket
import threading
import tkinter
from queue import Queue


class Data:
    pass


def start(data):
    data.me = "?"
    data.hats = {}
    data.colours = ["red", "green", "blue"]


def keyPressed(event, data):
    if event.keysym == "space" and data.me in data.hats:
        colour = data.colours[(data.colours.index(data.hats[data.me]) + 1) % 3]
        data.hats[data.me] = colour
        print(data.me, "has a", colour, "hat", flush=True)
        msg = "hat " + colour + "\n"
        data.server.send(msg.encode())


def timerFired(data):
    while data.inbox.qsize() > 0:
        msg = data.inbox.get(False)
        print("received:", msg, flush=True)
        msg = msg.split()
        command = msg[0]
        if command == "myIDis":
            data.me = msg[1]
            data.hats[data.me] = "red"
            data.root.title("hats: " + data.me)
            print(data.me, "has a red hat", flush=True)
        elif command == "newPlayer":
            data.hats[msg[1]] = "red"
            print(msg[1], "has a red hat", flush=True)
        elif command == "hat":
            data.hats[msg[1]] = msg[2]
            print(msg[1], "has a", msg[2], "hat", flush=True)


def handleServerMsg(server, inbox):
    msg = ""
    while True:
        msg += server.recv(10).decode("UTF-8")
        command = msg.split("\n")
        while (len(command) > 1):
            inbox.put(command[0])
            msg = "\n".join(command[1:])
            command = msg.split("\n")


def run(server, inbox):
    data = Data()
    data.server = server
    data.inbox = inbox
    data.root = tkinter.Tk()
    start(data)
    canvas = tkinter.Canvas(data.root, width=300, height=200)
    canvas.pack()
    data.root.bind("<Key>", lambda event: keyPressed(event, data))

    def timer():
        timerFired(data)
        for number, who in enumerate(sorted(data.hats)):
            canvas.create_rectangle(20 + 60 * number, 20, 60 + 60 * number, 60, fill=data.hats[who])
        canvas.after(50, timer)

    timer()
    data.root.mainloop()


HOST = "localhost"
PORT = 50003
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.connect((HOST, PORT))
inbox = Queue(100)
threading.Thread(target=handleServerMsg, args=(server, inbox), daemon=True).start()
run(server, inbox)
