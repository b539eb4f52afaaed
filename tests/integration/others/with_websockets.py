"""A player on the `websockets` library: URL ROOM NAME."""

import json
import sys
import threading
import time

from half import Half
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

url, room, name = sys.argv[1:]
player = Half(room, name)


def stay_connected() -> None:
    while True:
        try:
            with connect(url, subprotocols=["roomcast.1"], ping_interval=None) as socket:  # type: ignore[list-item]
                socket.send(player.hello())
                for frame in socket:
                    player.hear(str(frame), socket.send)
        except (OSError, EOFError, ConnectionClosed, TimeoutError):
            pass
        player.lost()
        time.sleep(0.1)


threading.Thread(target=stay_connected, daemon=True).start()
for line in sys.stdin:
    command, _, args = line.partition(" ")
    player.do(command, json.loads(args))
