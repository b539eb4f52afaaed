"""A server for one player that sends commands as fast as the player reads: what benchmarks/client.py measures against.

python benchmarks/flood.py COMMANDS      prints its port, then serves until it is terminated
"""

from __future__ import annotations

import contextlib
import json
import sys

from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

PLAYERS = 20
PER_FRAME = 80  # 20 players, 1,000 commands a second each, at a pace of 4 ms


def frame(first: int) -> str:
    """`PER_FRAME` commands of other players, beginning with the seq `first`."""
    return "\n".join(
        f'{{"t":"do","s":{s},"by":"player{1 + s % (PLAYERS - 1)}","at":1700000000123,"c":"move",'
        f'"a":[{s % 7},{-(s % 5)}],"n":{s}}}'
        for s in range(first, first + PER_FRAME)
    )


def welcome() -> str:
    message = {
        "t": "welcome",
        "me": "player0",
        "session": "s",
        "s": 1,
        "time": 0,
        "limits": {"message_size": 65536, "rate": 60, "burst": 120, "silent_for": 25},
        "snapshot": {"players": [{"id": f"player{one}", "name": f"player{one}"} for one in range(PLAYERS)]},
    }
    return json.dumps(message)


def main() -> None:
    frames = [frame(first) for first in range(2, int(sys.argv[1]) + 2, PER_FRAME)]

    def converse(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(welcome())
        with contextlib.suppress(Exception):  # the player may leave when it has everything
            for one in frames:
                connection.send(one)
            connection.recv()

    with serve(converse, "127.0.0.1", 0, subprotocols=[Subprotocol("roomcast.1")], compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
