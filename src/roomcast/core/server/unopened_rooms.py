"""Rooms that cannot be opened: whoever runs the server is told, and not only who wants to come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from roomcast.core.server.failures import Failures
from roomcast.errors import Refused

_MOST: Final = 1000  # rooms that are remembered; then the oldest may be told of once more


class UnopenedRooms:
    """Of one server. `log` is called with a sentence once for each room that is kept and is not to be opened."""

    def __init__(self, log: Callable[[str], object], failures: Failures) -> None:
        self._log = log
        self._failures = failures
        self._told: dict[tuple[str, str], None] = {}

    def failed(self, room: str, error: Exception) -> Refused:
        """Something failed that should not have. Returns what those are told who want to come in."""
        self._failures.add("it could not be opened", room, error)
        return Refused("room-broken", f"the room {room!r} cannot be opened: the server's log says what failed")

    def refused(self, room: str, error: Refused) -> None:
        """What is kept of it does not go with this server: its rules are missing, or others, or it is damaged."""
        told = room, error.message
        if error.code != "disk" or told in self._told:
            return
        if len(self._told) >= _MOST:
            del self._told[next(iter(self._told))]
        self._told[told] = None
        self._log(f"nobody can come into a room that is kept: {error.message}")
