"""A room goes on where it ended: its state, from the last snapshot and the entries after it."""

from __future__ import annotations

from typing import NamedTuple

from roomcast.core.protocol.messages import AnyEntry
from roomcast.core.room.commit_log import SavedRoom
from roomcast.core.room.fold import RoomState, apply, restore
from roomcast.core.room.log import Log
from roomcast.errors import ProtocolError, Refused


class Recovered(NamedTuple):
    """A room as it was at the last entry that is kept of it."""

    log: Log
    state: RoomState


def recover(name: str, saved: SavedRoom) -> Recovered:
    """Read a room back. Raises `Refused` ("disk") where what is kept makes no log."""
    first = saved.last - len(saved.lines) + 1
    state = restore(saved.snapshot)
    log = Log()
    try:
        log.restore(saved.lines, saved.private, saved.last)
        entries: list[object] = [*log.entries(first - 1, saved.last)]  # what is damaged may be any message
        for seq, entry in enumerate(entries, first):
            if not isinstance(entry, AnyEntry) or entry.s != seq:
                raise ProtocolError("bad-message", f"entry {seq} is missing")
            if seq > saved.snapshot_seq:
                state = apply(state, entry)
    except ProtocolError:
        raise Refused("disk", f"the room {name!r} cannot be opened: what is kept of it is damaged") from None
    return Recovered(log, state)
