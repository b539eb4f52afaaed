"""Turtles. What is to be done for each command stands in a dict of functions."""

import queue
import socket
import threading
import turtle

HOST, PORT = "localhost", 50003

sock = socket.create_connection((HOST, PORT))
inbox = queue.SimpleQueue()
turtles = {}
my_id = ""


def reader():
    stream = sock.makefile("r", encoding="utf-8")
    while True:
        line = stream.readline()
        if line == "":
            break
        inbox.put(line)


def add(who):
    """Somebody came."""
    turtles[who] = turtle.Turtle("turtle")
    turtles[who].speed(0)
    show(who)


def welcome(who):
    global my_id
    my_id = who
    turtle.title("turtles: " + who)
    add(who)


def forward(who, distance):
    turtles[who].forward(int(distance))
    show(who)


# turning is told in degrees
def left(who, angle):
    turtles[who].left(float(angle))
    show(who)


ACTIONS = {"newPlayer": add, "myIDis": welcome, "forward": forward, "left": left}


def show(who):
    x, y = turtles[who].position()
    print(f"{who} is at {round(x)} {round(y)}", flush=True)


def look():
    while not inbox.empty():
        command, *details = inbox.get().split()
        if command in ACTIONS:
            ACTIONS[command](*details)
    turtle.ontimer(look, 20)


def go():
    turtles[my_id].forward(50)
    show(my_id)
    sock.sendall(b"forward 50\n")


def turn():
    turtles[my_id].left(90)
    show(my_id)
    sock.sendall(("left " + str(90.0) + "\n").encode())


threading.Thread(target=reader, daemon=True).start()
turtle.onkey(go, "Right")
turtle.onkey(turn, "Left")
turtle.listen()
look()
turtle.mainloop()
