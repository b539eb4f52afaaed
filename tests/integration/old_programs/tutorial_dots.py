# Dots: python tutorial_dots.py PORT
import queue
import socket
import sys
import threading
import tkinter

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.connect(("127.0.0.1", int(sys.argv[1])))
channel = queue.Queue()


def handle_server():
    server.setblocking(True)
    text = ""
    while True:
        text += server.recv(10).decode("UTF-8")
        commands = text.split("\n")
        while len(commands) > 1:
            channel.put(commands[0])
            commands = commands[1:]
        text = commands[0]


my_id = "Lonely"
places = {}


def place(player, x, y):
    places[player] = [x, y]
    print(player, "is at", x, y)
    canvas.delete("all")
    for x, y in places.values():
        canvas.create_oval(x - 10, y - 10, x + 10, y + 10, fill="royal blue", outline="")


def key_pressed(event):
    dx = {"Left": -10, "Right": 10}.get(event.keysym, 0)
    dy = {"Up": -10, "Down": 10}.get(event.keysym, 0)
    if dx or dy:
        place(my_id, places[my_id][0] + dx, places[my_id][1] + dy)
        server.send(f"playerMoved {dx} {dy}\n".encode())


def timer_fired():
    global my_id
    while channel.qsize() > 0:
        message = channel.get()
        try:
            message = message.split()
            command = message[0]
            if command == "myIDis":
                my_id = message[1]
                place(my_id, 200, 200)
                root.title("dots of " + my_id)
            elif command == "newPlayer":
                place(message[1], 200, 200)
            elif command == "playerMoved":
                x, y = places[message[1]]
                place(message[1], x + int(message[2]), y + int(message[3]))
        except Exception as problem:
            print("failed", problem)
    root.after(20, timer_fired)


root = tkinter.Tk()
root.title("dots")
canvas = tkinter.Canvas(root, width=400, height=400, background="white", highlightthickness=0)
canvas.pack()
root.bind("<Key>", key_pressed)
threading.Thread(target=handle_server, daemon=True).start()
timer_fired()
root.mainloop()
