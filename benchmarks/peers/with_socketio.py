"""python-socketio on aiohttp, with its rooms: the query names the room."""

import sys
from typing import Any
from urllib.parse import parse_qs

import socketio
import uvloop
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp")
rooms: dict[str, str] = {}


@sio.event
async def connect(sid: str, environ: dict[str, Any]) -> None:
    rooms[sid] = parse_qs(environ["QUERY_STRING"])["room"][0]
    await sio.enter_room(sid, rooms[sid])


@sio.event
async def disconnect(sid: str) -> None:
    del rooms[sid]


@sio.on("do")
async def do(sid: str, command: dict[str, Any]) -> None:
    await sio.emit("do", command, room=rooms[sid])


app = web.Application()
sio.attach(app)
uvloop.install()
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
