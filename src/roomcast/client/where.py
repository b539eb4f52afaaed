"""Where a room is: what `join` and `connect` take, read into a server's URL and a room's name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from roomcast.core.protocol.names import clean_room_name
from roomcast.discovery.service import PORT
from roomcast.errors import BadArgument

SERVER: Final = "ROOMCAST_SERVER"  # environment variable: the server, where `where` names none
_SCHEMES: Final = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Where:
    """A server's URL and a room's name or code."""

    url: str  # ws:// or wss://
    room: str

    @property
    def server(self) -> str:
        """`host:port`, for messages to people."""
        return urlsplit(self.url).netloc


def parse_where(where: str) -> Where:
    """Parse what was given to `join`: a room's name or code, `host:port/room`, or a ws:// or wss:// URL.

    Raises `BadArgument` with an example of how to write it.

    >>> parse_where("example.org:9000/dots")
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


def names_no_server(where: str) -> bool:
    """Whether neither `where` nor the environment names a server: then it may be searched for."""
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
        host, _ = parts.hostname, parts.port  # `port` raises ValueError for one that is no number
    except ValueError:
        parts, host = urlsplit(""), None
    scheme = _SCHEMES.get(parts.scheme)
    room = unquote(parts.path.rpartition("/")[2])
    if scheme is None or not host or not room:
        raise BadArgument(f"{url!r} is no address of a room: write it like ws://192.168.1.20:{PORT}/dots")
    return Where(f"{scheme}://{parts.netloc}{parts.path}", clean_room_name(room))
