"""The list of public rooms at /rooms.json: made anew when it may have changed, but never most of the time.

Making it takes the longer the more rooms there are, and anybody may ask for it. So a list is kept for `_KEPT_FOR` times
as long as it took to make: on a small server for a millisecond, and on none does it take more than a twentieth of the
time. It is bounded, too: of the rooms beyond that it has the number.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final

import msgspec

from roomcast.core.protocol.made_names import read_made_name
from roomcast.core.protocol.meet_request import are_met
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.core.server.room_kinds import has_relays
from roomcast.server.kind_pages import KindPages

MAX_ROOMS: Final = 200  # that are listed: those with the most players
MAX_PLAYERS: Final = 2_000  # that are named, in all of these
_KEPT_FOR: Final = 20.0  # times as long as it took to make


class RoomList:
    """The public rooms of one server that have players. `clock` returns seconds, from any starting point.

    `pages`: of rooms with rules.
    """

    def __init__(self, directory: Directory, clock: Callable[[], float], pages: KindPages | None = None) -> None:
        self._directory = directory
        self._clock = clock
        self._pages = pages
        self._json = b""
        self._made_until = float("-inf")
        self.times_made = 0

    def json(self, address: str) -> bytes:
        """The list, for somebody to whom this server has that address."""
        began = self._clock()
        if began >= self._made_until:
            self._json = _listed(self._directory, self._public(), self._pages)
            self.times_made += 1
            ended = self._clock()
            self._made_until = ended + _KEPT_FOR * (ended - began)
        return _whole(address, self._json)

    def matching(self, address: str, kind: str, options: dict[str, Any]) -> tuple[bytes, int]:
        """The rooms of a kind whose options are these, as `json` has them; and how many rooms were looked at."""
        directory, rooms = self._directory, self._public()
        found = [one for one in rooms if kind_of(directory, one) == kind and are_met(options, one.meeting.options)]
        return _whole(address, _listed(directory, found, self._pages)), len(rooms)

    def _public(self) -> list[Room]:
        rooms = self._directory.rooms.values()
        return [room for room in rooms if room.state.players and not room.meeting.private]


def kind_of(directory: Directory, room: Room) -> str:
    """Of which kind a room is: of the one whose rules it has; without rules, the one for which it was made."""
    kind, made = directory.kinds(room.name), read_made_name(room.name)
    if kind is not None:
        return kind.name
    return room.name if made is None else made.kind


def _whole(address: str, rooms: bytes) -> bytes:
    return b'{"address":' + msgspec.json.encode(address) + b"," + rooms + b"}\n"


def _listed(directory: Directory, rooms: list[Room], pages: KindPages | None) -> bytes:
    """All but the address."""
    listed = heapq.nlargest(MAX_ROOMS, rooms, key=lambda room: len(room.state.players))
    left = MAX_PLAYERS
    lines = []
    for room in sorted(listed, key=lambda room: room.name):
        named = list(room.state.players.values())[:left]
        left -= len(named)
        players = [{"id": one.id, "name": one.name, "here": one.here} for one in named]
        lines.append(_described(directory, room, players) | _rules_of(directory, room, pages))
    told: dict[str, Any] = {"rooms": lines}
    if pages is not None and pages.names:
        told["pages"] = [{"kind": name, "page": pages.path_of(name)} for name in pages.names]
    if not has_relays(directory.kinds):
        told["only"] = True
    if len(rooms) > len(lines):
        told["more"] = len(rooms) - len(lines)
    return msgspec.json.encode(told)[1:-1]


def _described(directory: Directory, room: Room, players: list[dict[str, Any]]) -> dict[str, Any]:
    meeting, kind = room.meeting, kind_of(directory, room)
    line: dict[str, Any] = {"name": room.name, "code": directory.code(room.name), "players": players}
    if kind != room.name:
        line["kind"] = kind
    line["seats"] = 0 if meeting.locked else room.free_seats
    if meeting.locked:
        line["locked"] = True
    if meeting.password:
        line["password"] = True
    if meeting.options:
        line["options"] = meeting.options
    if meeting.listing != b"{}":
        line["listing"] = meeting.listing
    return line


def _rules_of(directory: Directory, room: Room, pages: KindPages | None) -> dict[str, Any]:
    """Of a room with rules: that it has some, and where its page is."""
    if directory.kinds(room.name) is None:
        return {}
    page = "" if pages is None else pages.path_of(room.name)
    return {"rules": True, "page": page} if page else {"rules": True}
