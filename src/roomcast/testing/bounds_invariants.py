"""Memory has bounds: in rooms, for connections that do not read, in programs, on disk."""

from __future__ import annotations

from math import inf
from typing import Final

from roomcast.core.client.send_queue import MAX_WAITING
from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.testing.disk import MemoryStore
from roomcast.testing.promises import BOUNDS, KEPT, Broken

_MAX_WHILE_PAUSED: Final = 1024  # bytes: room for an error and a bye


def bounded(directory: Directory) -> None:
    """Rooms keep to their limits: players, state, entries kept, bytes kept. Every session is in exactly one table."""
    limits = directory.limits
    for room in directory.rooms.values():
        players = room.state.players.values()
        if len(players) > limits.room_players:
            raise Broken(BOUNDS, f"{room.name} has {len(players)} players where {limits.room_players} are allowed")
        most = max((len(player.state.text()) for player in players), default=0)
        if most > limits.player_state or len(room.state.shared.text()) > limits.room_state:
            raise Broken(BOUNDS, f"{room.name} shares more than is allowed: {room.state}")
        _world_is_bounded(room)
        if room.flushed_at == -inf:
            continue  # just opened, with what the disk gave it
        fresh = room.log.last - room.feed.flushed  # these cannot be trimmed yet
        if len(room.log) - fresh > limits.kept_entries * 1.1 + 1:
            raise Broken(BOUNDS, f"{room.name} keeps {len(room.log)} entries where {limits.kept_entries} are allowed")
        size = sum(map(len, room.log.lines(room.log.first - 1, room.log.last)))
        if not fresh and size > limits.kept_bytes * 1.1:
            raise Broken(BOUNDS, f"{room.name} keeps {size} bytes where {limits.kept_bytes} are allowed")
    for room in directory.rooms.values():
        known = {session.secret for session in room.sessions.values() if session.secret}
        if known != room.seats._by_secret.keys():
            raise Broken(BOUNDS, f"{room.name} finds {list(room.seats._by_secret)}, and has the sessions {known}")
    counted = sum(room.state_sizes.held for room in directory.rooms.values())
    if directory.state_total.held != counted:
        raise Broken(BOUNDS, f"{directory.state_total.held} bytes of state are counted, and rooms hold {counted}")


def _world_is_bounded(room: Room) -> None:
    """A world, and what has come of the next one, is no larger than it may be, and counts as state."""
    worlds, most = room._worlds, room.limits.world_size
    size = 0 if worlds.newest is None else worlds.newest.size
    coming = 0 if worlds._question is None else len("".join(worlds._question.parts).encode())
    length = 0 if worlds.newest is None else len(worlds.newest.text.encode())
    if length > most or coming > most:
        raise Broken(BOUNDS, f"{room.name} has a world of {length} bytes, and of the next one {coming}, of {most}")
    if room.state_sizes._by_owner.get(" world", 0) != size:
        raise Broken(BOUNDS, f"{room.name} has a world of {size} bytes, which is not counted as state")


def little_unread(name: str, written_while_paused: int) -> None:
    """Nothing but a final error and bye is written to a connection that does not read: it is a cursor on the log."""
    if written_while_paused > _MAX_WHILE_PAUSED:
        raise Broken(BOUNDS, f"{name} reads nothing, and got {written_while_paused} bytes more")


def little_unacknowledged(name: str, waiting: int) -> None:
    """A program keeps a bounded number of messages that are not acknowledged."""
    if waiting > MAX_WAITING:
        raise Broken(BOUNDS, f"{name} keeps {waiting} messages")


def forgotten(directory: Directory, store: MemoryStore, present: dict[str, int]) -> None:
    """After the resume window a room knows only the players present, and empty rooms are closed.

    `present` is the number of players by room.
    """
    for name, room in directory.rooms.items():
        if name not in present:
            raise Broken(BOUNDS, f"{name} is empty, and still open")
        if not len(room.sessions) == len(room.state.players) == room.feed.caught_up == present[name]:
            known = f"{list(room.sessions)} as sessions, {list(room.state.players)} as players"
            raise Broken(BOUNDS, f"{name} has {present[name]} players, and knows {known}; {room.feed.caught_up} read")
        if room.feed._lagging:
            raise Broken(BOUNDS, f"{name} is quiet, and {len(room.feed._lagging)} connections are still behind")
        on_disk = store.kept[name].sessions if name in store.kept else room.sessions
        if len(on_disk) != present[name]:
            promise = KEPT if len(on_disk) < present[name] else BOUNDS
            raise Broken(promise, f"{name} has {present[name]} players, and on disk the sessions {list(on_disk)}")
