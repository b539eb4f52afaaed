"""Asks servers for their rooms, over HTTP as a browser does, which also shows that they can be reached."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from roomcast.discovery.browse import BROWSE_FOR, SETTLE, Announced, find_announced
from roomcast.discovery.service import host_and_port

ANSWER_WITHIN: Final = 1.0  # seconds; a computer in the same building takes milliseconds
_MAX_ANSWER: Final = 4 * 1024 * 1024  # bytes read of an answer: an unknown server may send anything
_VISIT_WITHIN: Final = 2.5  # seconds for all servers together

_T = TypeVar("_T")


class ListedPlayer(msgspec.Struct, frozen=True):
    """A player in a room."""

    name: str
    here: bool = True


class OpenRoom(msgspec.Struct, frozen=True):
    """A room with at least one player."""

    name: str
    code: str = ""
    players: tuple[ListedPlayer, ...] = ()


class _Rooms(msgspec.Struct, frozen=True):
    rooms: tuple[OpenRoom, ...]


@dataclass(frozen=True, slots=True)
class FoundServer:
    """A server on the network. `rooms` is None where it announces itself but does not answer."""

    name: str
    host: str
    port: int
    version: str
    rooms: tuple[OpenRoom, ...] | None

    @property
    def address(self) -> str:
        """`host:port`, to be typed."""
        return host_and_port(self.host, self.port)


def rooms(host: str, port: int, within: float = ANSWER_WITHIN) -> tuple[OpenRoom, ...]:
    """The rooms of a server that have players. Raises `OSError`, also if it is no Roomcast server."""
    return _get(host, port, "/rooms.json", _Rooms, within).rooms


def room_of_code(host: str, port: int, code: str, within: float = ANSWER_WITHIN) -> str | None:
    """The name of the room with this code on a server, open or not; None where there is none."""
    try:
        return _get(host, port, f"/code/{quote(code)}", str, within)
    except OSError:
        return None


def listens(host: str, port: int, within: float = ANSWER_WITHIN) -> bool:
    """Whether anything accepts connections at that address."""
    try:
        socket.create_connection((host, port), within).close()
        return True
    except OSError:
        return False


def nearby(seconds: float = BROWSE_FOR, settle: float = SETTLE) -> list[FoundServer]:
    """The servers that announce themselves on the network, and their rooms; the times are those of `find_announced`.

    Raises `CannotBrowse`.
    """
    return visit(find_announced(seconds, settle))


def visit(announced: Sequence[Announced]) -> list[FoundServer]:
    """Ask all of them for their rooms, at the same time."""
    found = [FoundServer(one.name, one.hosts[0] if one.hosts else "", one.port, one.version, None) for one in announced]

    def ask(number: int, hosts: tuple[str, ...]) -> None:
        for host in hosts:
            try:
                found[number] = replace(found[number], host=host, rooms=rooms(host, found[number].port))
                return
            except OSError:
                continue  # try its next address

    # Daemon threads: a server that answers a byte a second must not delay the program's exit.
    asking = [
        threading.Thread(target=ask, args=(number, one.hosts), name="roomcast asking", daemon=True)
        for number, one in enumerate(announced)
    ]
    for thread in asking:
        thread.start()
    give_up = time.monotonic() + _VISIT_WITHIN
    for thread in asking:
        thread.join(max(0.0, give_up - time.monotonic()))
    return list(found)


def _get(host: str, port: int, path: str, kind: type[_T], within: float) -> _T:
    import http.client  # here: importing takes 20 ms, and most programs need none of it

    connection = http.client.HTTPConnection(host, port, timeout=within)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read(_MAX_ANSWER)
        if answer.status != http.client.OK:
            raise OSError(f"{host}:{port} answers {answer.status}")
        return msgspec.json.decode(body, type=kind)
    except (http.client.HTTPException, msgspec.DecodeError) as error:
        raise OSError(f"what answers at {host}:{port} is no Roomcast server") from error
    finally:
        connection.close()
