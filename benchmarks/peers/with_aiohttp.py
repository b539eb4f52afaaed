"""aiohttp: the path names the room."""

import sys
from collections import defaultdict

import uvloop
from aiohttp import WSMsgType, web

rooms: dict[str, set[web.WebSocketResponse]] = defaultdict(set)


async def handler(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    room = rooms[request.path]
    room.add(socket)
    try:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                for other in list(room):
                    await other.send_str(message.data)
    finally:
        room.discard(socket)
    return socket


app = web.Application()
app.router.add_get("/{room}", handler)
uvloop.install()
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
