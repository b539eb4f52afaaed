"""Exercise 3: chapter 3's dots, and the key c for another colour.

Run it:   python client.py [host] [port]        (and server.py before it)
"""

import argparse
import queue
import random
import socket
import sys
import threading
import tkinter

SIZE = 400  # pixels, the board's width and height
RADIUS = 14
STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}
COLOURS = ["tomato", "royal blue", "forest green", "orange", "orchid", "turquoise", "sienna", "slate gray"]
CHOICE = ["red", "gold", "green", "blue", "purple", "black"]  # without blanks: a blank ends a word of a message


def read_server(server, inbox):
    """Put each line from the server into the inbox. Runs in a thread of its own, because it waits.

    A read may end anywhere, even inside a letter: what follows the last line end is kept for the next one.
    """
    partial = b""
    try:
        while piece := server.recv(10):
            *lines, partial = (partial + piece).split(b"\n")
            for line in lines:
                inbox.put(line.decode("utf-8", errors="replace"))
    except OSError:
        pass  # the connection broke; for this game that is the end, too
    inbox.put("serverGone")


class Game:
    def __init__(self, server, log):
        self.server = server
        self.log = log
        self.my_id = None  # until the server has told us
        self.places = {}  # ID -> [x, y]
        self.colours = {}  # ID -> the name of a colour, for those who have chosen one
        self.inbox = queue.Queue()
        self.window = tkinter.Tk()
        self.window.title("dots: waiting for the server")
        self.board = tkinter.Canvas(self.window, width=SIZE, height=SIZE, background="white")
        self.board.pack()
        self.window.bind("<Key>", self.on_key)
        threading.Thread(target=read_server, args=[server, self.inbox], daemon=True).start()
        self.check_inbox()

    def check_inbox(self):
        # Only the thread that runs Tk may touch Tk. So the other thread leaves its lines in
        # a queue, and Tk looks there every 20 milliseconds.
        self.window.after(20, self.check_inbox)
        while not self.inbox.empty():
            self.execute(*self.inbox.get().split())

    def execute(self, instruction="", *details):
        match instruction, *details:
            case "newPlayer", player:
                self.place(player, SIZE // 2, SIZE // 2)
            case "myIDis", player:
                self.my_id = player
                self.place(player, SIZE // 2, SIZE // 2)
            case "move", player, dx, dy if player in self.places:
                self.move(player, int(dx), int(dy))
            case "colour", player, colour if player in self.places:
                self.paint(player, colour)
            case "serverGone", *_:
                self.my_id = None
                self.window.title("dots: the server has gone")

    def on_key(self, event):
        if self.my_id and event.keysym in STEPS:
            dx, dy = STEPS[event.keysym]
            self.move(self.my_id, dx, dy)
            self.server.sendall(f"move {dx} {dy}\n".encode())
        elif self.my_id and event.keysym == "c":
            colour = random.choice([one for one in CHOICE if one != self.colours.get(self.my_id)])
            self.paint(self.my_id, colour)
            self.server.sendall(f"colour {colour}\n".encode())

    def paint(self, player, colour):
        try:
            self.window.winfo_rgb(colour)
        except tkinter.TclError:
            return  # no colour that Tk knows
        self.colours[player] = colour
        self.draw(player)

    def move(self, player, dx, dy):
        x, y = self.places[player]
        # Who walks off one side comes back on the other.
        self.place(player, (x + dx) % SIZE, (y + dy) % SIZE)

    def place(self, player, x, y):
        self.places[player] = [x, y]
        self.draw(player)
        self.window.title(f"dots: {self.my_id or '?'} ({len(self.places)} here)")
        if self.log:
            print(f"{player} is at {x} {y}", flush=True)

    def draw(self, player):
        x, y = self.places[player]
        # The same colour in every window. Not from hash(): that differs from program to program.
        colour = self.colours.get(player) or COLOURS[sum(player.encode()) % len(COLOURS)]
        self.board.delete(player)
        corners = x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS
        self.board.create_oval(corners, fill=colour, outline="", tags=player)
        self.board.create_text(x, y + RADIUS + 10, text=player, tags=player)


def main():
    options = argparse.ArgumentParser(description="A dot for each player, moved with the arrow keys.")
    options.add_argument("host", nargs="?", default="localhost")
    options.add_argument("port", nargs="?", default=50003, type=int)
    options.add_argument("--log", action="store_true", help="print each dot's place as it changes")
    chosen = options.parse_args()
    try:
        server = socket.create_connection((chosen.host, chosen.port))
    except OSError as problem:
        sys.exit(f"No server at {chosen.host}, port {chosen.port} ({problem}). Start one: python server.py")
    Game(server, chosen.log).window.mainloop()


main()
