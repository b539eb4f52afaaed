"""The logs of all rooms together: where they are too large, each may keep an equal share."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.room import Room


def trim_logs(rooms: Mapping[str, Room], limits: Limits, failed: Callable[[Room, Exception], object]) -> None:
    """Trim the logs where all together are over `kept_total`; `failed` is called with what trimming one raises."""
    if sum(room.log.size for room in rooms.values()) <= limits.kept_total:
        return
    share = limits.kept_total // len(rooms)
    for room in list(rooms.values()):
        try:
            room.log.trim(limits.kept_entries, share, room.feed.flushed)
        except Exception as error:
            failed(room, error)
