"""Whether what a behaviour has done stays within the limits of its room."""

from __future__ import annotations

from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.room.decisions import Decided, Rejected
from roomcast.core.room.shared_state import HELD, StateSizes


def checked(decision: Decided, limits: Limits, sizes: StateSizes) -> Decided | Rejected:
    """The decision, whose sizes are counted from now on; or its rejection where it would take the room over a limit."""
    for owner, (size, grows_by) in decision.sizes.items():
        if grows_by <= 0:
            continue  # it may always become less
        name = "player_state" if owner else "room_state"
        if size > getattr(limits, name):
            what = f"shared state of the player {owner}" if owner else "shared state of the room"
            return Rejected("state-full", exceeded(name, limits, size, what))
        if not sizes.may_grow(grows_by):
            return Rejected("state-full", exceeded("state_total", limits, size, "shared state of all rooms"))
    if decision.timers > limits.room_timers:
        return Rejected("state-full", exceeded("room_timers", limits, decision.timers, "timers of the room's rules"))
    if decision.works > limits.room_background:
        what = "background work of the room's rules"
        return Rejected("state-full", exceeded("room_background", limits, decision.works, what))
    if decision.held > limits.room_state or not sizes.has_room_for(HELD, decision.held):
        return Rejected("state-full", exceeded("room_state", limits, decision.held, "what the room's rules keep"))
    if decision.weight > limits.message_size:
        what = "what the room's rules said to one command"
        return Rejected("too-big", exceeded("message_size", limits, decision.weight, what))
    for owner, (_, grows_by) in decision.sizes.items():
        sizes.grow(owner, grows_by)
    if decision.held:
        sizes.measure(HELD, decision.held)
    return decision
