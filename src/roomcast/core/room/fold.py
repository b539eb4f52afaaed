"""The fold: what a log makes of a room. One pure function, `apply`, run by server and clients alike."""

from __future__ import annotations

from typing import Final

import msgspec

from roomcast.core.protocol.messages import (
    AnyEntry,
    Away,
    Back,
    Desync,
    Do,
    Join,
    Json,
    Leave,
    PlayerRecord,
    Set,
    Snapshot,
)


class RoomState(msgspec.Struct, frozen=True):
    """Who is in a room and what is shared there. Never changed: `apply` makes a new one."""

    players: dict[str, PlayerRecord] = msgspec.field(default_factory=dict)  # by id, in order of joining
    shared: dict[str, Json] = msgspec.field(default_factory=dict)  # the room's own


EMPTY: Final = RoomState()


def apply(state: RoomState, entry: AnyEntry) -> RoomState:
    """The room after `entry`, given the room before it.

    Entries of players who are not there change nothing, so the function has a result for any log.
    """
    kind = type(entry)
    if kind is Do or kind is Desync:
        return state
    if kind is Set:
        assert isinstance(entry, Set)
        if entry.of == "room":
            return RoomState(state.players, patched(state.shared, entry.p, whole=entry.whole))
        record = state.players.get(entry.by)
        if record is None:
            return state
        new = PlayerRecord(record.id, record.name, record.here, patched(record.state, entry.p, whole=entry.whole))
        return RoomState({**state.players, entry.by: new}, state.shared)
    if kind is Join:
        assert isinstance(entry, Join)
        players = dict(state.players)
        players.pop(entry.by, None)  # who comes in is the last
        players[entry.by] = PlayerRecord(entry.by, entry.name, True, entry.state)
        return RoomState(players, state.shared)
    if kind is Leave:
        players = dict(state.players)
        players.pop(entry.by, None)
        return RoomState(players, state.shared)
    assert kind is Away or kind is Back
    record = state.players.get(entry.by)
    if record is None:
        return state
    new = PlayerRecord(record.id, record.name, kind is Back, record.state)
    return RoomState({**state.players, entry.by: new}, state.shared)


def snapshot(state: RoomState) -> Snapshot:
    """The state as a newcomer gets it."""
    return Snapshot(tuple(state.players.values()), state.shared)


def restore(taken: Snapshot) -> RoomState:
    """The state that a snapshot was taken of."""
    return RoomState({record.id: record for record in taken.players}, taken.state)


def patched(old: dict[str, Json], patch: dict[str, Json], *, whole: bool) -> dict[str, Json]:
    """`old` with `patch` put in; neither is changed. None removes a key.

    With `whole` each value takes the place of the old one; else objects are merged into objects,
    all the way down (RFC 7396, section 2).
    """
    new = dict(old)
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        elif whole or not isinstance(value, dict):
            new[key] = value
        else:
            before = new.get(key)
            new[key] = patched(before if isinstance(before, dict) else {}, value, whole=False)
    return new
