"""The contract between a room and whoever calls its `flush`."""

from __future__ import annotations

from typing import Protocol, TypeVar

RoomT = TypeVar("RoomT", contravariant=True)


class FlushQueue(Protocol[RoomT]):
    """Where a room says that it has something to flush."""

    def schedule_at(self, room: RoomT, when: float, /) -> None:
        """Have `room.flush` called at a time (seconds, monotonic). Called from within `room.flush`.

        Then `room.time_to_flush(when)` is asked whether it is still wanted.
        """
        ...

    def schedule(self, room: RoomT, /) -> None:
        """Have `room.flush` called soon; the room has had nothing to flush since its last one."""
        ...
