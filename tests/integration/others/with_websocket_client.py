"""A player on the `websocket-client` library: URL ROOM NAME."""

import json
import sys
import threading
import time

import websocket
from half import Half

url, room, name = sys.argv[1:]
player = Half(room, name)


def stay_connected() -> None:
    while True:
        try:
            socket = websocket.create_connection(url, subprotocols=["roomcast.1"])
            socket.send(player.hello())
            while frame := socket.recv():
                player.hear(str(frame), socket.send)
        except (OSError, websocket.WebSocketException):
            pass
        player.lost()
        time.sleep(0.1)


threading.Thread(target=stay_connected, daemon=True).start()
for line in sys.stdin:
    command, _, args = line.partition(" ")
    player.do(command, json.loads(args))
