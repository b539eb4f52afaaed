"""picows, used plainly: the path names the room."""

import asyncio
import sys
from collections import defaultdict

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

rooms: dict[bytes, set[WSTransport]] = defaultdict(set)


class Player(WSListener):
    def __init__(self, request: WSUpgradeRequest) -> None:
        self.room = rooms[request.path]

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.room.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            message = frame.get_payload_as_bytes()
            for other in self.room:
                other.send(WSMsgType.TEXT, message)
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.room.discard(transport)


async def main() -> None:
    await ws_create_server(Player, "127.0.0.1", int(sys.argv[1]))
    await asyncio.get_running_loop().create_future()


uvloop.run(main())
