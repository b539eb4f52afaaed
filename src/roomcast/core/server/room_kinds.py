"""Which rooms have rules, by name; all others are relays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from msgspec import Struct

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.commit_log import Opened
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom


class RoomKind(Struct, frozen=True):
    """Rooms with the same rules."""

    make: Callable[[str, str], Behaviour]  # of a room's name, and a secret text of random bits: its behaviour
    most_players: int = 0  # 0: as many as the server allows


RoomKinds: TypeAlias = Callable[[str], RoomKind | None]
"""The kind of the room of a name; None: it is a relay."""


def relays_only(room: str) -> RoomKind | None:
    """The kinds of a server without rules."""
    return None


def make_room(
    opened: Opened, kind: RoomKind | None, limits: Limits, now: float, seed: Callable[[], str], **others: Any
) -> Room:
    """The room of a commit log that was opened. `seed` draws random bits. Raises what `Room` and the rules raise."""
    name, commits = opened.room, opened.commits
    if kind is None:
        return Room(name, limits, now, commits=commits, saved=opened.saved, seed=seed, **others)
    most = kind.most_players or limits.room_players
    limits = replace(limits, room_players=min(most, limits.room_players))
    return RuledRoom(name, limits, now, commits=commits, behaviour=kind.make(name, seed()), seed=seed, **others)
