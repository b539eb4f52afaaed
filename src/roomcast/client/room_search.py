"""Finding a room to play in: rooms by kind, options and free seats, in place of a name."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import quote, urlsplit

import msgspec
from msgspec.structs import replace

from roomcast.client.aio import AsyncRoom
from roomcast.client.client_room import player_name
from roomcast.client.connected_room import given_network
from roomcast.client.finder import find_server
from roomcast.client.game import Room
from roomcast.client.given import seconds, text, whole_number, yes_or_no
from roomcast.client.json_arguments import to_json
from roomcast.client.json_types import JsonValue
from roomcast.client.kept_session import Keep
from roomcast.client.where import names_no_server, parse_where
from roomcast.core.protocol.meet_request import MOST_BYTES, Meet
from roomcast.discovery import servers
from roomcast.discovery.servers import AnswersOtherwise, OpenRoom
from roomcast.errors import BadArgument, CannotConnect
from roomcast.transports.client_network import ClientNetwork

_NO_OPTIONS: Final = frozenset({"keep", "replay", "password", "spectate"})  # what `join` takes, for a room by its name


def join_or_create(
    where: str,
    name: str = "",
    *,
    party: int = 1,
    credential: str | None = None,
    keep: Keep = False,
    timeout: float = 10.0,
    network: ClientNetwork | None = None,
    **options: JsonValue,
) -> Room:
    """Join a room of a kind that has a free seat and these options; where there is none, a new one is made.

        room = roomcast.join_or_create("duel", name="red", mode="ranked")

    `where`: the kind, written as `roomcast.join` takes a room: `duel`, `host:port/duel`, or a ws:// address. Nobody is
    brought into a private or locked room, nor into one whose name somebody has chosen. `party`: how many you are who
    want to play together. Seats are reserved for the others, for half a minute: who has `room.party_ticket` takes one,
    by `roomcast.join(room.code, party=ticket)`. `keep`: a program that starts again comes back into the room that it
    had found, where it is still known there. All else as for `roomcast.join`.
    """
    return _enter(where, name, timeout, network, meet_of("any", options, party=party), credential, keep)


def create(
    where: str,
    name: str = "",
    *,
    private: bool = False,
    password: str = "",
    party: int = 1,
    credential: str | None = None,
    keep: Keep = False,
    timeout: float = 10.0,
    network: ClientNetwork | None = None,
    **options: JsonValue,
) -> Room:
    """Make a new room of a kind, with these options, and join it; `room.code` is what friends type.

        room = roomcast.create("duel", private=True, mode="fun")

    `private`: it is in no list, and nobody is brought into it. `password`: others come in by it alone, and nobody is
    brought into such a room either. All else as for `join_or_create`.
    """
    meet = meet_of("new", options, private=private, password=password, party=party)
    return _enter(where, name, timeout, network, meet, credential, keep)


def connect_or_create(
    where: str,
    name: str = "",
    *,
    party: int = 1,
    credential: str | None = None,
    keep: Keep = False,
    timeout: float = 10.0,
    network: ClientNetwork | None = None,
    **options: JsonValue,
) -> AsyncRoom:
    """As `join_or_create`, for asyncio: `async with roomcast.connect_or_create("duel", mode="fun") as room`."""
    return _connect(where, name, timeout, network, meet_of("any", options, party=party), credential, keep)


def connect_new(
    where: str,
    name: str = "",
    *,
    private: bool = False,
    password: str = "",
    party: int = 1,
    credential: str | None = None,
    keep: Keep = False,
    timeout: float = 10.0,
    network: ClientNetwork | None = None,
    **options: JsonValue,
) -> AsyncRoom:
    """As `create`, for asyncio: `async with roomcast.connect_new("duel", private=True) as room`."""
    meet = meet_of("new", options, private=private, password=password, party=party)
    return _connect(where, name, timeout, network, meet, credential, keep)


def find_rooms(where: str, *, timeout: float = 10.0, **options: JsonValue) -> list[OpenRoom]:
    """The public rooms of a kind in which somebody is, with these options: at most 200, those with the most players.

        for room in roomcast.find_rooms("duel", mode="fun"):
            print(room.code, len(room.players), room.seats, room.listing)

    `where` as for `join_or_create`; `room.where` is what `roomcast.join` takes. Raises `CannotConnect`, `BadArgument`.
    """
    timeout = seconds("timeout=", timeout)
    found, wanted = find_server(where, timeout), bytes(meet_of("any", options).options).decode()
    parts = urlsplit(found.url)
    tls, host = parts.scheme == "wss", parts.hostname or ""
    port = parts.port or (443 if tls else 80)
    try:
        rooms = servers.rooms_of_kind(host, port, found.room, wanted, timeout, tls=tls)
    except AnswersOtherwise as error:
        raise CannotConnect(f"cannot ask for the rooms: {error}", topic="not-roomcast") from None
    except OSError as error:
        raise CannotConnect(f"cannot ask {found.server} for its rooms: {error}", topic="no-server") from None
    base = f"{parts.scheme}://{parts.netloc}/"
    return [replace(room, kind=found.room, where=base + quote(room.name, safe="")) for room in rooms]


def _enter(
    where: str, name: str, timeout: float, network: ClientNetwork | None, meet: Meet, credential: str | None, keep: Keep
) -> Room:
    timeout, started = seconds("timeout=", timeout), time.monotonic()
    name, network = player_name(name), given_network(network)
    found = find_server(where, timeout)
    return Room(found, name, timeout, network, deadline=started + timeout, meet=meet, credential=credential, keep=keep)


def _connect(
    where: str, name: str, timeout: float, network: ClientNetwork | None, meet: Meet, credential: str | None, keep: Keep
) -> AsyncRoom:
    timeout = seconds("timeout=", timeout)
    network, place = given_network(network), parse_where(where)
    sought = where if names_no_server(where) else ""
    return AsyncRoom(place, name, timeout, network, sought=sought, meet=meet, credential=credential, keep=keep)


def meet_of(
    how: Any, options: dict[str, JsonValue], *, private: bool = False, password: str = "", party: Any = 1
) -> Meet:
    """What a hello says for that. Raises `BadArgument`."""
    for word in _NO_OPTIONS & options.keys():
        raise BadArgument(
            f"{word}= is for a room that is joined by its name: join(room.name, {word}=…)", topic="setting"
        )
    if "private" in options:
        raise BadArgument("private= is for create: nobody is brought into a private room", topic="setting")
    if isinstance(party, str):
        why = f"party={party!r}: that is how many you are; who has a ticket joins by it: join(room.code, party=ticket)"
        raise BadArgument(why, topic="setting")
    many = whole_number("party=", party, 1)
    given = to_json("a room's options", (), options) if options else msgspec.Raw(b"{}")
    if len(given) > MOST_BYTES:
        raise BadArgument(
            f"a room's options take {len(given)} bytes as text, and may take {MOST_BYTES}: send the rest as a command",
            topic="too-big",
        )
    hidden, secret = yes_or_no("private=", private), text("password=", password)
    return Meet(how, given, hidden, secret, party=many if many > 1 else 0)
