"""Where a room is: what `join` and `connect` take, read into a server's URL and a room's name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from roomcast.client.given import text
from roomcast.core.protocol.names import clean_room_name
from roomcast.discovery.service import PORT
from roomcast.errors import BadArgument

SERVER: Final = "ROOMCAST_SERVER"  # environment variable: the server, where `where` names none
_HOST: Final = re.compile(r"[\w.-]+|[0-9a-fA-F:.]+(%[\w.-]+)?", re.ASCII)  # a name or IPv4, or IPv6 with its interface
_OF_PATHS: Final = "/%:@!$&'()*+,;=~"  # what stands in the path of a URL as it is (RFC 3986, 3.3)
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
    where = text('where to join, as in "dots" or "192.168.1.20:8112/dots",', where).strip()
    if not where:
        raise BadArgument('where to? Name a room ("dots"), or host:port/room, or a ws:// address', topic="address")
    if "://" in where:
        return _from_url(where)
    if "/" in where:
        server, _, room = where.partition("/")
        return Where(_server_url(server, where), clean_room_name(_unquoted(room, where)))
    if re.fullmatch(r"\S+:\d+", where):
        raise BadArgument(f"{where!r} is a server, but which room? Write it like {where}/dots", topic="address")
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
        host, port = None if "@" in server else parts.hostname, PORT if parts.port is None else parts.port
    except ValueError:
        host, port = None, PORT
    if not host or not _may_be_address(server, host, port):
        raise BadArgument(
            f"{written!r} is no address of a server: write it like 192.168.1.20:{PORT}/dots", topic="address"
        )
    return f"ws://[{host}]:{port}/" if ":" in host else f"ws://{host}:{port}/"


def _from_url(url: str) -> Where:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port  # `port` raises ValueError for one that is no number
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    scheme = _SCHEMES.get(parts.scheme)
    room = _unquoted(parts.path.rpartition("/")[2], url)
    if scheme is None or parts.username is not None or not host or not room or not _may_be_address(url, host, port):
        raise BadArgument(
            f"{url!r} is no address of a room: write it like ws://192.168.1.20:{PORT}/dots", topic="address"
        )
    return Where(f"{scheme}://{parts.netloc}{quote(parts.path, safe=_OF_PATHS)}", clean_room_name(room))


def _unquoted(room: str, written: str) -> str:
    """The name that stands in an address. Raises `BadArgument`."""
    try:
        return unquote(room, errors="strict")
    except UnicodeDecodeError:
        raise BadArgument(f"{written!r} has a %-escape in the room's name that is no UTF-8", topic="address") from None


def _may_be_address(written: str, host: str, port: int | None) -> bool:
    """Whether a network can be asked for that host and port. `urlsplit` passes over line ends, and takes any host."""
    try:
        ascii_host = host.encode("idna").decode()  # raises for labels that are empty or longer than 63 characters
    except UnicodeError:
        return False
    return port != 0 and written.isprintable() and bool(_HOST.fullmatch(ascii_host))
