"""What the rules of a room did in one turn, as calls of the program's functions: state has changed before them."""

from __future__ import annotations

from roomcast.client.blobs import NONE
from roomcast.client.call_queue import CallQueue
from roomcast.client.handlers import Handlers
from roomcast.client.log_entry import changes_of
from roomcast.client.players import Replica
from roomcast.client.read_only import read_only
from roomcast.core.protocol.turn_effects import Effects


def queue_effects(effects: Effects, queue: CallQueue, replica: Replica, handlers: Handlers) -> None:
    """Queue the functions: for players who were sent out, for state that has changed, for the room's events."""
    for one in effects.k:
        queue.emit("leave", replica.player(one.id))
    if handlers.handles("set"):
        for whose, values in changes_of(effects, replica):
            queue.emit("set", whose, read_only(values, ("patch",)))
    for event in effects.e:
        queue.command(event.c, event.a, NONE, replica.player(event.by))
