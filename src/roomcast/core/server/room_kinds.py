"""Which rooms have rules, by name; all others are relays, and who sets the room's state there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.commit_log import Opened
from roomcast.core.room.handler_runs import HandlerRuns
from roomcast.core.room.host_state_room import HostStateRoom
from roomcast.core.room.meeting import Meeting
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.server.auth_runs import MakeAuthRun
from roomcast.errors import Refused


class RoomKind(Struct, frozen=True):
    """Rooms with the same rules."""

    name: str
    make: Callable[[str, str, Meeting], Behaviour]  # of a room's name, a secret text of random bits, and how it is made
    most_players: int = 0  # 0: as many as the server allows
    spectators: bool = True  # people may look on who are no players
    auth: MakeAuthRun | None = None  # makes a run of `on_auth`; None: everyone may come in


class RoomKinds(Protocol):
    """Which rooms have rules."""

    @property
    def names(self) -> Collection[str]:
        """The kinds that have some."""
        ...

    def __call__(self, room: str, /) -> RoomKind | None:
        """The kind of the room of a name; None: it is a relay."""
        ...


class _RelaysOnly:
    names: Final = ()

    def __call__(self, room: str, /) -> RoomKind | None:
        return None


relays_only: Final[RoomKinds] = _RelaysOnly()
"""The kinds of a server without rules."""


def has_relays(kinds: RoomKinds) -> bool:
    """Whether there are rooms without rules: of no kind, then, is a name that no room may have."""
    return kinds("") is None


class StateBy(Struct, frozen=True):
    """In which relays the host alone sets the room's state: by name, and what is usual for all others."""

    usual: bool = False
    by_room: Mapping[str, bool] = {}

    def host_in(self, room: str) -> bool:
        return self.by_room.get(room, self.usual)


STATE_BY_EVERYONE: Final = StateBy()


def seats_of(kind: RoomKind | None, limits: Limits) -> int:
    """How many players may be in a room of that kind."""
    return limits.room_players if kind is None else min(kind.most_players or limits.room_players, limits.room_players)


def make_room(
    opened: Opened,
    kind: RoomKind | None,
    limits: Limits,
    now: float,
    seed: Callable[[], str],
    made: Meeting,
    state_by: StateBy,
    runs: HandlerRuns,
    **others: Any,
) -> Room:
    """The room of a commit log that was opened. `seed` draws random bits. Raises what `Room` and the rules raise."""
    name, commits, saved = opened.room, opened.commits, opened.saved
    if kind is None:
        if saved is not None and saved.has_rules:
            raise Refused(
                "disk", f"the room {name!r} was kept with rules: start the server with the file that has them"
            )
        relay = HostStateRoom if state_by.host_in(name) else Room
        return relay(name, limits, now, commits=commits, saved=saved, seed=seed, meeting=made, **others)
    behaviour = kind.make(name, seed(), made)
    room = RuledRoom(
        name, limits, now, commits=commits, behaviour=behaviour, saved=saved, seed=seed, runs=runs,
        meeting=replace(made, seats=kind.most_players), **others,
    )  # fmt: skip
    room.spectators, room.asks_who = kind.spectators, kind.auth is not None
    return room
