"""Restores a room: its log and its state, from the last snapshot and the entries after it."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, Join
from roomcast.core.room.commit_log import SavedRoom
from roomcast.core.room.fold import RoomState, apply, restore
from roomcast.core.room.order import Order
from roomcast.errors import ProtocolError, Refused


def recover(order: Order, name: str, saved: SavedRoom, now: float) -> RoomState:
    """Read a room back into its order. Returns its state at `saved.snapshot_seq`.

    The room's time stands where it was told last, or a little later: that is when those who were here have gone, so
    that their timers rest from then on.

    Raises `Refused` ("disk") if the kept entries do not form a log.
    """
    first = saved.last - len(saved.lines) + 1
    state = at_snapshot = restore(saved.snapshot)
    at = max(order.at, saved.snapshot.at, saved.told)
    try:
        order.restore(saved.lines, saved.private, saved.last, saved.turns)
        entries: list[object] = [*order.entries(first - 1, saved.last)]  # what is damaged may be any message
        for seq, entry in enumerate(entries, first):
            if not isinstance(entry, AnyEntry) or entry.s != seq:
                raise ProtocolError("bad-message", f"entry {seq} is missing")
            at = max(at, entry.at)
            if seq > saved.snapshot_seq:
                state = apply(state, entry)
    except ProtocolError:
        raise Refused("disk", f"the room {name!r} cannot be opened: what is kept of it is damaged") from None
    order.state = state
    order.others = sum(not isinstance(entry, Do) for entry in entries)
    order.epoch, order.bases = saved.epoch, saved.bases
    order.at = at
    order.stop_time(now)
    return at_snapshot


def joins(saved: SavedRoom) -> dict[str, int]:
    """The seq of the newest `join` of each player, as far as it is kept."""
    first = saved.last - len(saved.lines) + 1
    found: dict[str, int] = {}
    for seq, line in enumerate(saved.lines, first):
        if codec.is_join(line):
            entry = codec.decode_server(line)
            assert isinstance(entry, Join)
            found[entry.by] = seq
    return found
