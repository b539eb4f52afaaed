"""Dots in a class. What arrives is taken apart by match; what is sent is put together by join."""

import queue
import socket
import threading
import tkinter as tk

STEPS = {"Left": (-10, 0), "Right": (10, 0), "Up": (0, -10), "Down": (0, 10)}


class App:
    def __init__(self):
        self.sock = socket.socket()
        self.sock.connect(("localhost", 50003))
        self.lines = queue.Queue()
        self.places = {}
        self.me = None
        self.root = tk.Tk()
        self.canvas = tk.Canvas(self.root, width=400, height=400)
        self.canvas.pack()
        self.root.bind("<Key>", self.key)
        thread = threading.Thread(target=self.receive)
        thread.daemon = True
        thread.start()
        self.root.after(20, self.look)

    def receive(self):
        for line in self.sock.makefile(encoding="utf-8"):
            self.lines.put(line.strip())

    def look(self):
        while True:
            try:
                line = self.lines.get_nowait()
            except queue.Empty:
                break
            self.execute(line.split())
        self.root.after(20, self.look)

    def execute(self, words):
        match words:
            case ["newPlayer", who]:
                self.put(who, 200, 200)
            case ["myIDis", who]:
                self.me = who
                self.root.title("dots: " + who)
                self.put(who, 200, 200)
            # another player has gone a step
            case ["moved", who, dx, dy] if who in self.places:
                x, y = self.places[who]
                self.put(who, x + int(dx), y + int(dy))

    def put(self, who, x, y):
        self.places[who] = (x, y)
        self.canvas.delete(who)
        self.canvas.create_oval(x - 8, y - 8, x + 8, y + 8, fill="royal blue", tags=who)
        print(f"{who} is at {x} {y}", flush=True)

    def send(self, *words):
        self.sock.sendall((" ".join(str(word) for word in words) + "\n").encode())

    def key(self, event):
        if self.me and event.keysym in STEPS:
            dx, dy = STEPS[event.keysym]
            x, y = self.places[self.me]
            self.put(self.me, x + dx, y + dy)
            self.send("moved", dx, dy)


App().root.mainloop()
