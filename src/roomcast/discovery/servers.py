"""Asks servers for their rooms, over HTTP as a browser does, which also shows that they can be reached."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

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
    id: str = ""  # where a server says it


class OpenRoom(msgspec.Struct, frozen=True):
    """A room with at least one player, as its server lists it."""

    name: str
    """The name that the room has."""
    code: str = ""
    """A few letters that stand for the room on its server."""
    players: tuple[ListedPlayer, ...] = ()
    """Those who are in it, in the order of joining."""
    kind: str = ""
    """Which rules it has, or for what it was made; "": its name says it."""
    seats: int = 0
    """How many seats are free."""
    locked: bool = False
    """Whether its rules let nobody in any more."""
    password: bool = False
    """Whether it asks for a password."""
    options: dict[str, Any] = {}
    """The options with which it was made."""
    listing: dict[str, Any] = {}
    """What its rules have it say of itself."""
    where: str = ""
    """What `roomcast.join` takes to come into it."""

    def called(self) -> list[str]:
        """What to call each player: its name, or where several have that name, as those who gave none, its id."""
        names = Counter(one.name for one in self.players)
        return [one.name if names[one.name] == 1 else one.id or one.name for one in self.players]


class _Rooms(msgspec.Struct, frozen=True):
    rooms: tuple[OpenRoom, ...]


class _Health(msgspec.Struct, frozen=True):
    bad_network: str = ""


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


class AnswersOtherwise(OSError):
    """What answers there does not say what was asked: with which HTTP status; 0: it is no Roomcast server."""

    def __init__(self, where: str, status: int = 0) -> None:
        super().__init__(f"{where} answers {status}" if status else f"what answers at {where} is no Roomcast server")
        self.status = status


def rooms(
    host: str, port: int, within: float = ANSWER_WITHIN, *, tls: bool = False, by_name: bool = False
) -> tuple[OpenRoom, ...]:
    """The rooms of a server that have players. Raises `OSError`; `AnswersOtherwise` if it is no Roomcast server.

    `by_name`: only if it answers under that very name, as browsers need it to.
    """
    return _get(host, port, "/rooms.json", _Rooms, within, tls=tls, by_name=by_name).rooms


def bad_network(host: str, port: int, within: float = ANSWER_WITHIN, *, tls: bool = False) -> str:
    """How bad a server makes the network on purpose (`roomcast serve --lag`), in words; "": it does not."""
    try:
        return _get(host, port, "/healthz", _Health, within, tls=tls).bad_network
    except OSError:
        return ""


def rooms_of_kind(
    host: str, port: int, kind: str, options: str, within: float = ANSWER_WITHIN, *, tls: bool = False
) -> tuple[OpenRoom, ...]:
    """The rooms of a kind with these options (a JSON object). Raises as `rooms`."""
    path = f"/rooms.json?{urlencode({'kind': kind, 'options': options})}"
    return _get(host, port, path, _Rooms, within, tls=tls).rooms


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


def _get(
    host: str, port: int, path: str, kind: type[_T], within: float, *, tls: bool = False, by_name: bool = False
) -> _T:
    """What a server says at a path. It may not know by which name we do; then it is asked by its address."""
    import http.client  # here: importing takes 20 ms, and most programs need none of it

    make = http.client.HTTPSConnection if tls else http.client.HTTPConnection
    connection = make(host, port, timeout=within)
    where = host_and_port(host, port)
    headers = {"Accept": "application/json"}
    try:
        connection.connect()
        address = str(connection.sock.getpeername()[0])
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        if answer.status == http.client.MISDIRECTED_REQUEST and not by_name:
            answer.read(_MAX_ANSWER)
            connection.close()
            connection.request("GET", path, headers={**headers, "Host": host_and_port(address, port)})
            answer = connection.getresponse()
        body = answer.read(_MAX_ANSWER)
        if answer.status != http.client.OK:
            raise AnswersOtherwise(where, answer.status)
        return msgspec.json.decode(body, type=kind)
    except (http.client.HTTPException, msgspec.DecodeError) as error:
        raise AnswersOtherwise(where) from error
    finally:
        connection.close()
