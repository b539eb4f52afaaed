"""A client's half of the conversation, written from docs/protocol.md alone: nothing of Roomcast's own is in it.

The programs beside this file add a WebSocket library. Each reads commands from its input, one a line (`move [5, 0]`),
and prints whatever it hears: `welcome {…}`, `entry {…}`, `other {…}`.
"""

import json
import threading
from collections.abc import Callable
from typing import Any


class Half:
    """Numbers what is sent, keeps it until it has come back, and knows how to come back itself."""

    def __init__(self, room: str, name: str) -> None:
        self.room = room
        self.name = name
        self.lock = threading.Lock()
        self.me = self.session = ""
        self.seen = self.n = 0
        self.waiting: dict[int, str] = {}  # by number: sent, and not acknowledged
        self.send: Callable[[str], object] | None = None  # to the server, while there is a welcome

    def hello(self) -> str:
        message: dict[str, Any] = {"t": "hello", "room": self.room, "name": self.name}
        if self.session:
            message["resume"] = {"session": self.session, "seen": self.seen}
        return json.dumps(message)

    def do(self, command: str, args: list[Any]) -> None:
        with self.lock:
            self.n += 1
            self.waiting[self.n] = json.dumps({"t": "do", "n": self.n, "c": command, "a": args})
            if self.send is not None:
                try:
                    self.send(self.waiting[self.n])
                except Exception as error:  # each library has its own for a lost connection; it goes out again
                    print("unsent", self.n, error)

    def hear(self, frame: str, send: Callable[[str], object]) -> None:
        with self.lock:
            for line in frame.split("\n"):
                if line.strip():
                    self._take(json.loads(line), send)

    def _take(self, message: dict[str, Any], send: Callable[[str], object]) -> None:
        if message["t"] == "welcome":
            assert bool(self.session) == message.get("resumed", False), "came back, but as somebody new"
            self.me, self.session = message["me"], message["session"]
            if not message.get("resumed"):
                self.seen = message["s"]
            for n, text in self.waiting.items():
                if n > message.get("n", 0):
                    send(text)
            self.send = send
            print("welcome", json.dumps(message))
        elif "s" in message:
            assert message["s"] == self.seen + 1, f"{message['s']} came after {self.seen}"
            self.seen = message["s"]
            if message.get("by") == self.me:
                self.waiting.pop(message.get("n", 0), None)
            print("entry", json.dumps(message))
        else:
            print("other", json.dumps(message))

    def lost(self) -> None:
        with self.lock:
            self.send = None
