"""What the rules of a room did in one turn, as calls of the program's functions: state has changed before them."""

from __future__ import annotations

from msgspec import Raw

from roomcast.client.blobs import NONE
from roomcast.client.call_queue import CallQueue
from roomcast.client.handlers import Handlers
from roomcast.client.players import Player, Replica
from roomcast.client.read_only import read_only
from roomcast.core.protocol.messages import Json
from roomcast.core.protocol.turn_effects import Effects
from roomcast.core.room.shared_map import SharedMap, members_of


def queue_effects(effects: Effects, queue: CallQueue, replica: Replica, handlers: Handlers) -> None:
    """Queue the functions: for players who were sent out, for state that has changed, for the room's events."""
    for one in effects.k:
        queue.emit("leave", replica.player(one.id))
    if handlers.handles("set"):
        _queue_changes(effects, queue, replica)
    for event in effects.e:
        queue.command(event.c, event.a, NONE, replica.player(event.by))


def _queue_changes(effects: Effects, queue: CallQueue, replica: Replica) -> None:
    fold = replica.fold
    changes: list[tuple[Player, dict[str, Json]]] = []
    if keys := members_of(effects.p):
        changes.append((replica.player(""), _values(fold.shared, keys)))
    for player, patch in members_of(effects.m).items():
        if (one := fold.players.get(player)) is not None:
            changes.append((replica.player(player), _values(one.state, members_of(patch))))
    for player_, values in changes:
        queue.emit("set", player_, read_only(values, ("patch",)))


def _values(state: SharedMap, keys: dict[str, Raw]) -> dict[str, Json]:
    """The new values of keys; None for those that were removed."""
    return {key: state.get(key) for key in keys}
