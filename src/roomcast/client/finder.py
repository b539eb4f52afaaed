"""Finds the server of a room that was given by its name or code alone.

ROOMCAST_SERVER comes first, then a server on this computer, then those that announce themselves on the network.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Final

from roomcast.client.where import Where, names_no_server, parse_where
from roomcast.core.protocol import room_codes
from roomcast.discovery import servers
from roomcast.discovery.browse import BROWSE_FOR, CannotBrowse
from roomcast.discovery.servers import FoundServer, OpenRoom
from roomcast.discovery.service import PORT, may_browse
from roomcast.errors import CannotConnect

HERE: Final = "127.0.0.1"
_ANSWERS_WITHIN: Final = 0.3  # seconds that a server on this computer may take to accept a connection
_SHOWN: Final = 10  # servers listed in an error message: a large building may have very many

Call = Callable[[str], str]


def in_python(address: str) -> str:
    """What to type in Python for a room at an address such as `192.168.1.20:8112/dots`."""
    return f'roomcast.join("{address}")'


def say(sentence: str) -> None:
    """Print to stderr, if the program has one."""
    if sys.stderr is not None:
        print(sentence, file=sys.stderr)


def find_server(
    where: str, within: float = BROWSE_FOR, *, tell: Callable[[str], object] = say, call: Call = in_python
) -> Where:
    """As `find`; where no server is named, search this computer and then the network for it.

    `within`: seconds for the search. `tell` is called with a sentence that says which server on the network was chosen.
    `call` returns what to type for an address, for messages. Raises `BadArgument`; and `CannotConnect`, with what to
    do, where no server was found or more than one may be meant.
    """
    found = parse_where(where)
    if not names_no_server(where):
        return found
    wanted = _Wanted(found.room)
    here = servers.listens(HERE, PORT, _ANSWERS_WITHIN)
    if here and (wanted.code is None or wanted.is_at(HERE, PORT)):
        return found
    if not may_browse():
        return found  # connecting will fail with a message of its own
    near, trouble = _nearby(within)
    one = _choose(near, wanted)
    if one is not None:
        tell(f"Joining {wanted.room!r} on {one.name} ({one.address})")
        return parse_where(f"{one.address}/{found.room}")
    if here:
        return found  # it is no code, then, but the name of a room
    several = any(one.rooms is not None for one in near)
    topic = "which-server" if several else "no-answer" if near else "no-server-found"
    raise CannotConnect(_explain(near, wanted, trouble, call), topic=topic)


class _Wanted:
    """The room that is searched for, by its name or its code."""

    def __init__(self, room: str) -> None:
        self.room = room
        self.code = room_codes.parse(room)

    def at(self, server: FoundServer) -> OpenRoom | None:
        """The room, if it is open on that server."""
        return next((one for one in server.rooms or () if one.name == self.room or one.code == self.code), None)

    def is_at(self, host: str, port: int) -> bool:
        """Whether the server at that address knows the code."""
        return self.code is not None and servers.room_of_code(host, port, self.code) is not None


def _nearby(within: float) -> tuple[list[FoundServer], str]:
    """The servers on the network; or why the network cannot be searched."""
    try:
        return servers.nearby(min(within, BROWSE_FOR)), ""
    except CannotBrowse as error:
        return [], error.message


def _choose(near: Sequence[FoundServer], wanted: _Wanted) -> FoundServer | None:
    """The server to join: the only one that has the room, or the only one found; None: ambiguous."""
    there = [one for one in near if one.rooms is not None]
    having = [one for one in there if wanted.at(one) is not None]
    if not having and wanted.code is not None and len(there) > 1:
        having = [one for one in there if wanted.is_at(one.host, one.port)]
    if len(having) == 1:
        return having[0]
    return there[0] if len(there) == 1 else None


def _explain(near: Sequence[FoundServer], wanted: _Wanted, trouble: str, call: Call) -> str:
    room = wanted.room
    there = [one for one in near if one.rooms is not None]
    if there:
        having = [one for one in there if wanted.at(one) is not None]
        many = f"{len(having)} servers on this network have the room {room!r} open"
        none = f"there are {len(there)} servers on this network, and none of them has the room {room!r} open"
        listed = having or there
        lines = [f"    {call(f'{one.address}/{room}')}   on {_described(one, wanted)}" for one in listed[:_SHOWN]]
        if len(listed) > _SHOWN:
            lines.append(f"    … and {len(listed) - _SHOWN} more: 'roomcast rooms' lists them all")
        return "\n".join([f"{many if having else none}. Say which one you mean:", *lines])
    if near:
        one = near[0]
        return (
            f"{one.name} announces a server at {one.address}, but it does not answer: perhaps a firewall on {one.name} "
            f"keeps port {one.port} closed, or the Wi-Fi keeps computers apart. There, 'roomcast doctor' says more"
        )
    looked = f"and this computer cannot look on the network: {trouble}" if trouble else "and none on this network"
    return (
        f"found no server for the room {room!r}: none on this computer (port {PORT}), {looked}. "
        "Start one with 'roomcast serve', or type the address that another one shows: "
        f"{call(f'192.168.1.20:{PORT}/{room}')}. Some networks, guest Wi-Fi above all, keep computers from finding "
        "each other though an address works: 'roomcast doctor' says more"
    )


def _described(one: FoundServer, wanted: _Wanted) -> str:
    room = wanted.at(one)
    if room is None:
        return one.name
    return f"{one.name}, {len(room.players)} {'player' if len(room.players) == 1 else 'players'}"
