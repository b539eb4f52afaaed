"""Where a room is: a room's name, `host:port/room`, or an address."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from roomcast.core.protocol.names import clean_room_name
from roomcast.errors import BadArgument

PORT: Final = 8112
SERVER: Final = "ROOMCAST_SERVER"  # environment: the server where `where` names none
_SCHEMES: Final = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Where:
    """A server's address and a room's name."""

    url: str  # ws:// or wss://
    room: str

    @property
    def server(self) -> str:
        """`host:port`, for messages to people."""
        return urlsplit(self.url).netloc


def find(where: str) -> Where:
    """Read what the caller of `join` wrote. Raises `BadArgument` that shows how it is done.

    >>> find("example.org:9000/dots")
    Where(url='ws://example.org:9000/', room='dots')
    """
    where = str(where).strip()
    if not where:
        raise BadArgument('where to? Name a room ("dots"), or host:port/room, or a ws:// address')
    if "://" in where:
        return _from_url(where)
    if "/" in where:
        server, _, room = where.partition("/")
        return Where(_server_url(server, where), clean_room_name(unquote(room)))
    if re.fullmatch(r"\S+:\d+", where):
        raise BadArgument(f"{where!r} is a server, but which room? Write it like {where}/dots")
    server = os.environ.get(SERVER, "").strip() or f"127.0.0.1:{PORT}"
    if "://" in server:
        return _from_url(f"{server.rstrip('/')}/{quote(where)}")
    return Where(_server_url(server.rstrip("/"), f"{server} ({SERVER})"), clean_room_name(where))


def is_open(where: str) -> bool:
    """Whether neither the caller nor the environment says which server it is: then it may be looked for."""
    return "://" not in where and "/" not in where and not os.environ.get(SERVER, "").strip()


def _server_url(server: str, written: str) -> str:
    try:
        parts = urlsplit(f"ws://{server}")
        host, port = None if "@" in server else parts.hostname, parts.port or PORT
    except ValueError:
        host, port = None, PORT
    if not host:
        raise BadArgument(f"{written!r} is no address of a server: write it like 192.168.1.20:{PORT}/dots")
    return f"ws://[{host}]:{port}/" if ":" in host else f"ws://{host}:{port}/"


def _from_url(url: str) -> Where:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # a port that is no number is found when one asks for it
    except ValueError:
        parts, host = urlsplit(""), None
    scheme = _SCHEMES.get(parts.scheme)
    room = unquote(parts.path.rpartition("/")[2])
    if scheme is None or not host or not room:
        raise BadArgument(f"{url!r} is no address of a room: write it like ws://192.168.1.20:{PORT}/dots")
    return Where(f"{scheme}://{parts.netloc}{parts.path}", clean_room_name(room))
