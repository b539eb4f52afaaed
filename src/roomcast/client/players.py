"""Players and shared state, as a program sees them: always as of the last entry that it has run."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterator
from typing import Final

from msgspec import Raw

from roomcast.client.shared import PatchSender, Shared
from roomcast.core.protocol.messages import AnyEntry, Leave, Snapshot
from roomcast.core.room.fold import EMPTY, PlayerState, RoomState, apply, host_of, restore
from roomcast.core.room.shared_map import SharedMap
from roomcast.errors import BadArgument
from roomcast.help_topics import link


class Replica:
    """A client's copy of a room's state, and the objects by which a program sees it."""

    __slots__ = (
        "_absent",
        "_present",
        "at",
        "fold",
        "join_is_handled",
        "log",
        "me",
        "players",
        "room",
        "sender",
        "seq",
        "state",
        "unannounced",
    )

    def __init__(self, sender: PatchSender, room: Callable[[], object] = object) -> None:
        self.sender: Final = sender
        self.room: Final = room  # gives the same for each program in one room
        self.fold = EMPTY
        self.seq = 0  # of the last entry run
        self.at = 0.0  # the room's time as of the last entry or timer run: Unix milliseconds
        self.log = 0  # which of the logs that the client has followed that is in: the same seq may be another entry
        self._present: dict[str, Player] = {}  # by id
        self._absent: weakref.WeakValueDictionary[str, Player] = weakref.WeakValueDictionary()  # that a program holds
        self.me = Player(self, "")  # until the first welcome
        self.unannounced: set[str] = set()  # ids of players whom a snapshot brought; their join is not run yet
        self.join_is_handled: Callable[[], bool] = bool  # whether the program has a function for that
        self.state: Final = RoomShared(self)
        self.players: Final = Players(self)

    def player(self, player: str) -> Player:
        """The one object for the player with that id, whether it is in the room or not."""
        known = self._present.get(player)
        if known is not None:
            return known
        known = self._absent.get(player)
        if known is None:
            known = Player(self, player)
            if player in self.fold.players:
                self._present[player] = known
            else:
                self._absent[player] = known
        return known

    def apply(self, entry: AnyEntry) -> None:
        """Fold an entry into the state."""
        if type(entry) is Leave:
            self._forget(entry.by)
        if (effects := getattr(entry, "x", None)) is not None:
            for one in effects.k:
                self._forget(one.id)
        self.fold = apply(self.fold, entry)

    def replace(self, snapshot: Snapshot, seq: int) -> list[tuple[str, Player]]:
        """Go on from a snapshot. Returns who left and came by it, and who is the host now: as events."""
        former = [self._forget(player) for player in self.fold.players]
        before, self.fold, self.seq = self.fold, restore(snapshot), seq
        self.at = snapshot.at or (self.at if seq else 0.0)
        changes = [("leave", one) for one in former if one.id not in self.fold.players]
        changes += [("join", self.player(one)) for one in self.fold.players if one not in before.players]
        self.unannounced = {one.id for event, one in changes if event == "join"}
        if (host := self.new_host(before)) is not None:
            changes.append(("host", host))
        return changes

    @property
    def host(self) -> Player | None:
        """The first of the players who is connected; None: nobody is."""
        host = host_of(self.fold)
        return self.player(host) if host else None

    def new_host(self, before: RoomState) -> Player | None:
        """The host, if it is another than it was in the state `before`."""
        host = host_of(self.fold)
        return self.player(host) if host and host != host_of(before) else None

    def is_anyone_here(self) -> bool:
        """Whether a player is connected, as of the last entry run: while none is, timers rest."""
        return any(one.here for one in self.fold.players.values())

    @property
    def shown(self) -> Collection[str]:
        """The ids of those in the room, as `room.players` has them: in step with the functions for "join".

        Who was there before us is there once that function has run for it, where the program has one.
        """
        players = self.fold.players
        if not self.unannounced or not self.join_is_handled():
            return players
        return {player: None for player in players if player not in self.unannounced}

    def _forget(self, player: str) -> Player:
        """A player leaves: its object keeps what was last known, for as long as the program holds it."""
        known = self.player(player)
        known._keep()
        self._present.pop(player, None)
        self._absent[player] = known
        return known


class RoomShared(Shared):
    """The shared state of the room itself."""

    __slots__ = ("_replica",)

    def __init__(self, replica: Replica) -> None:
        super().__init__()
        self._replica = replica

    def _owner(self) -> str:
        return "room.state"

    def __eq__(self, other: object) -> bool:
        """As a dict: a comparison with one that is silently never true would mislead."""
        return self is other or (isinstance(other, dict) and self._all() == other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<state of the room: {self._values()!r}>"

    def _values(self) -> SharedMap:
        return self._replica.fold.shared

    def _send(
        self, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        self._replica.sender.set("room", patch, whole=whole, op=op, was=was)


class Player(Shared):
    """Someone in the room: `id` (a word, unique here), `name`, `here`, and its own shared state by key."""

    __slots__ = ("__weakref__", "_last", "_replica", "id")

    def __init__(self, replica: Replica, player: str) -> None:
        super().__init__()
        self.id = player
        """A word that no other player in the room has; it stays the same when a connection is lost and found."""
        self._replica = replica
        self._last = PlayerState(player, player, here=False)

    @property
    def name(self) -> str:
        """As the player gave it; not unique."""
        return self._record.name

    @property
    def here(self) -> bool:
        """False while its connection is lost, and after it has left."""
        return self.id in self._replica.fold.players and self._record.here

    @property
    def _record(self) -> PlayerState:
        return self._replica.fold.players.get(self.id) or self._last

    def _keep(self) -> None:
        """Remember what is known now, for when it has left."""
        self._last = self._record

    def _values(self) -> SharedMap:
        return self._record.state

    def _owner(self) -> str:
        return "room.me" if self.id == self._replica.me.id else f'room.players["{self.id}"]'

    def _send(
        self, patch: dict[str, Raw], *, whole: bool = False, op: str = "", was: dict[str, Raw] | None = None
    ) -> None:
        if self.id != self._replica.me.id:
            raise BadArgument(
                f"the state of {self.id} is its own to set: set room.me[…], or room.state[…] for what is everyone's",
                topic="no-such-player",
            )
        self._replica.sender.set("me", patch, whole=whole, op=op, was=was)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Player) and other.id == self.id and other._replica is self._replica

    def __hash__(self) -> int:
        return hash(self.id)

    def __bool__(self) -> bool:
        return True  # a player without state is still somebody

    def __repr__(self) -> str:
        if not self.id:
            return "<the room>"
        return f"<player {self.id}{'' if self.name == self.id else f' ({self.name})'}>"


class Players:
    """Those in the room, in the order of joining: iterate over them, or look one up by id.

    Who was there before us is among them as soon as the program's function for "join" has it, if there is one.
    """

    __slots__ = ("_replica",)

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def __getitem__(self, player: str) -> Player:
        """The player with that id. Raises KeyError for who is not in the room."""
        if player not in self._replica.shown:
            missing = KeyError(player)
            missing.add_note(
                "room.players has players by id, such as room.players[player.id]. Whether one is here: "
                f"{player!r} in room.players; the first of them: list(room.players)[0] {link('no-such-player')}"
            )
            raise missing
        return self._replica.player(player)

    def get(self, player: str) -> Player | None:
        """The player with that id, None if it is not in the room."""
        return self[player] if player in self._replica.shown else None

    def __contains__(self, player: object) -> bool:
        """Whether a player, or the one with that id, is in the room."""
        return (player.id if isinstance(player, Player) else player) in self._replica.shown

    def __iter__(self) -> Iterator[Player]:
        """The players in the room now; who comes or leaves meanwhile does not disturb the loop."""
        return iter([self._replica.player(player) for player in self._replica.shown])

    def __len__(self) -> int:
        """How many players are in the room."""
        return len(self._replica.shown)

    def __repr__(self) -> str:
        return f"<players: {', '.join(self._replica.shown) or 'nobody'}>"
