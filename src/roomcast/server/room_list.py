"""The list of rooms at /rooms.json: made anew when it may have changed, but never most of the time.

Making it takes the longer the more rooms there are, and anybody may ask for it. So a list is kept for `_KEPT_FOR` times
as long as it took to make: on a small server for a millisecond, and on none does it take more than a twentieth of the
time. It is bounded, too: of the rooms beyond that it has the number.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Final

import msgspec

from roomcast.core.server.directory import Directory

MAX_ROOMS: Final = 200  # that are listed: those with the most players
MAX_PLAYERS: Final = 2_000  # that are named, in all of these
_KEPT_FOR: Final = 20.0  # times as long as it took to make


class RoomList:
    """The rooms of one server that have players. `clock` returns seconds, from any starting point."""

    def __init__(self, directory: Directory, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._clock = clock
        self._json = b""
        self._made_until = float("-inf")
        self.times_made = 0

    def json(self, address: str) -> bytes:
        """The list, for somebody to whom this server has that address."""
        began = self._clock()
        if began >= self._made_until:
            self._json = self._made()
            self.times_made += 1
            ended = self._clock()
            self._made_until = ended + _KEPT_FOR * (ended - began)
        return b'{"address":' + msgspec.json.encode(address) + b"," + self._json + b"}\n"

    def _made(self) -> bytes:
        """All but the address."""
        played = [room for room in self._directory.rooms.values() if room.state.players]
        listed = heapq.nlargest(MAX_ROOMS, played, key=lambda room: len(room.state.players))
        left = MAX_PLAYERS
        rooms = []
        for room in sorted(listed, key=lambda room: room.name):
            named = list(room.state.players.values())[:left]
            left -= len(named)
            players = [{"id": player.id, "name": player.name, "here": player.here} for player in named]
            rooms.append({"name": room.name, "code": self._directory.code(room.name), "players": players})
        told: dict[str, Any] = {"rooms": rooms}
        if len(played) > len(rooms):
            told["more"] = len(played) - len(rooms)
        return msgspec.json.encode(told)[1:-1]
