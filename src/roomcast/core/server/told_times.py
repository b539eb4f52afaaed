"""What was told of the time in rooms that were broken off: in them, it must not go back when they open again."""

from __future__ import annotations

from typing import Final

from roomcast.core.room.room import Room

_MOST: Final = 1000  # rooms that could not go on, and did not open again yet


class ToldTimes:
    """By room, the newest time that was told of it: Unix milliseconds."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def note(self, room: Room) -> None:
        """The room is about to be broken off."""
        if room.feed.ticked:
            self._times[room.name] = room.log.at
            if len(self._times) > _MOST:
                del self._times[next(iter(self._times))]

    def take(self, name: str) -> int:
        """The time of the room, which opens again; 0: none was told."""
        return self._times.pop(name, 0)
