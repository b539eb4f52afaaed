"""The receiving thread is a class, and messages are a small class, too. Played by typing."""

import collections
import socket
import sys
import threading


class Receiver(threading.Thread):
    def __init__(self, sock, inbox):
        super().__init__(daemon=True)
        self.sock = sock
        self.inbox = inbox

    def run(self):
        stream = self.sock.makefile("r", encoding="utf-8", newline="\n")
        for line in stream:
            self.inbox.append(line.rstrip("\n"))


class Quiz:
    def __init__(self, sock):
        self.sock = sock
        self.inbox = collections.deque()
        self.answers = {}
        self.me = None
        Receiver(sock, self.inbox).start()

    def dispatch(self):
        while self.inbox:
            self.on_line(self.inbox.popleft())

    def on_line(self, line):
        command, _, rest = line.partition(" ")
        if command == "myIDis":
            self.me = rest.strip()
            print("You are", self.me, flush=True)
        elif command == "newPlayer":
            print(rest, "plays, too", flush=True)
        elif command == "answer":
            who, text = rest.split(" ", 1)
            self.answers[who] = text
            print(who, "answers:", text, flush=True)

    def send(self, command, *details):
        print(command, *details, file=self.out, flush=True)


quiz = Quiz(socket.create_connection(("localhost", 50003)))
quiz.out = quiz.sock.makefile("w", encoding="utf-8")
typed = []
threading.Thread(target=lambda: typed.extend(iter(sys.stdin.readline, "")), daemon=True).start()
while "quit\n" not in typed:
    quiz.dispatch()
    while typed and typed[0] != "quit\n":
        text = typed.pop(0).strip()
        quiz.answers[quiz.me] = text
        print(quiz.me, "answers:", text, flush=True)
        quiz.send("answer", text)
    threading.Event().wait(0.01)
