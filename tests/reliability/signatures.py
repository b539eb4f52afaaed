"""One number for an entry or a state, the same for what a program saw of it and for what is on disk."""

from __future__ import annotations

import json
from typing import Any

import msgspec

import roomcast
from roomcast import LogEntry
from roomcast.core.protocol.messages import AnyEntry, Do, Set
from roomcast.core.room.fold import RoomState
from roomcast.core.room.shared_map import values_of


def _text(what: Any) -> str:
    return json.dumps(what, sort_keys=True)


def of_log_entry(entry: LogEntry) -> int:
    return hash((entry.kind, entry.player.id, entry.command, _text([list(entry.args), entry.patch])))


def of_entry(entry: AnyEntry) -> int:
    args = msgspec.json.decode(entry.a) if isinstance(entry, Do) else []
    patch = values_of(entry.p) if isinstance(entry, Set) else None
    kind = type(entry).__name__.lower()
    return hash((kind, entry.by, entry.c if isinstance(entry, Do) else "", _text([args, patch])))


def of_room(room: roomcast.AsyncRoom) -> int:
    players = [(one.id, one.name, one.here, _text(dict(one.items()))) for one in room.players]
    return hash((_text(dict(room.state.items())), *players))


def of_shown(shared: dict[str, Any], players: list[tuple[str, str, bool, dict[str, Any]]]) -> int:
    """Of a room as another process printed it: the room's state, and id, name, here and state of each player."""
    return hash((_text(shared), *((ident, name, here, _text(state)) for ident, name, here, state in players)))


def of_state(state: RoomState) -> int:
    players = [(one.id, one.name, one.here, _text(one.state.decoded())) for one in state.players.values()]
    return hash((_text(state.shared.decoded()), *players))
