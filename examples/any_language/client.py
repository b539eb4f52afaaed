# A whole client: python client.py 127.0.0.1 8112 dots Ada, and type move [5, 0]
import json
import random
import sys
import threading
import time

from websocket_by_hand import WebSocket


class Player:
    def __init__(self, room, name):
        self.hello = {"t": "hello", "room": room, "name": name}
        self.me, self.seen, self.number, self.unacknowledged = "", 0, 0, {}  # not back yet, by number
        self.connection, self.over, self.lock = None, False, threading.Lock()  # for two threads

    def do(self, command, arguments="[]"):
        with self.lock:
            self.number += 1
            message = {"t": "do", "n": self.number, "c": command, "a": json.loads(arguments)}
            self.unacknowledged[self.number] = json.dumps(message).encode()
            if self.connection:
                self.connection.send(self.unacknowledged[self.number])

    def stay(self, host, port, wait=0.1):  # wait: seconds before the next attempt
        while not self.over:
            began = time.monotonic()
            try:
                connection = WebSocket(host, port, first=json.dumps(self.hello).encode())
                for line in connection:
                    with self.lock:
                        self.hear(connection, json.loads(line))
            except OSError as why:
                print("offline:", why, flush=True)
            wait = 0.1 if time.monotonic() - began > 2 else min(2 * wait, 5)  # it lasted
            time.sleep(wait * random.uniform(0.5, 1))

    def hear(self, connection, message):
        print(json.dumps(message, ensure_ascii=False), flush=True)
        if message["t"] == "welcome":
            if self.me and not message.get("resumed"):  # the server has forgotten us
                self.number, self.unacknowledged = 0, {}
            self.me, self.connection = message["me"], connection
            self.hello["resume"] = {"session": message["session"], "epoch": message.get("epoch", 1), "seen": self.seen}
            for number in [one for one in self.unacknowledged if one > message.get("n", 0)]:
                connection.send(self.unacknowledged[number])
        elif message.get("by", self.me) == self.me:  # ours has come back, or was refused
            self.unacknowledged.pop(message.get("n"), None)
        if "s" in message and (message["t"] != "welcome" or "snapshot" in message):
            self.seen = self.hello["resume"]["seen"] = message["s"]
        self.over |= message["t"] == "bye" and "again" not in message


player = Player(*sys.argv[3:])
threading.Thread(target=player.stay, args=sys.argv[1:3], daemon=True).start()
for line in filter(str.strip, sys.stdin):
    player.do(*line.split(maxsplit=1))
player.over = True
if player.connection:
    player.connection.close()  # else the others hear that we are away, not that we left
