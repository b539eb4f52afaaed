"""Players and shared state, as a program sees them: always as of the last entry that it has run."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Final

from roomcast.client.shared import PatchSender, Shared
from roomcast.core.protocol.messages import AnyEntry, Json, Leave, PlayerRecord, Snapshot
from roomcast.core.room.fold import EMPTY, apply, restore
from roomcast.errors import BadArgument


class Replica:
    """A client's copy of a room's state, and the objects by which a program sees it."""

    __slots__ = ("_absent", "_present", "fold", "log", "me", "players", "sender", "seq", "state")

    def __init__(self, sender: PatchSender) -> None:
        self.sender: Final = sender
        self.fold = EMPTY
        self.seq = 0  # of the last entry run
        self.log = 0  # which of the logs that the client has followed that is in: the same seq may be another entry
        self._present: dict[str, Player] = {}  # by id
        self._absent: weakref.WeakValueDictionary[str, Player] = weakref.WeakValueDictionary()  # that a program holds
        self.me = Player(self, "")  # until the first welcome
        self.state: Final = RoomShared(self)
        self.players: Final = Players(self)

    def player(self, player: str) -> Player:
        """The one object for the player with that id, whether it is in the room or not."""
        known = self._present.get(player)
        if known is None:
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
        self.fold = apply(self.fold, entry)

    def replace(self, snapshot: Snapshot, seq: int) -> list[tuple[str, Player]]:
        """Go on from a snapshot. Returns ("leave", player) and ("join", player) for those who left and came by it."""
        former = [self._forget(player) for player in self.fold.players]
        before, self.fold, self.seq = self.fold, restore(snapshot), seq
        changes = [("leave", one) for one in former if one.id not in self.fold.players]
        changes += [("join", self.player(one)) for one in self.fold.players if one not in before.players]
        return changes

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
        self._replica = replica

    def __repr__(self) -> str:
        return f"<state of the room: {self._values()!r}>"

    def _values(self) -> dict[str, Json]:
        return self._replica.fold.shared

    def _send(self, patch: dict[str, Json], *, whole: bool) -> None:
        self._replica.sender.set("room", patch, whole=whole)


class Player(Shared):
    """Someone in the room: `id` (a word, unique here), `name`, `here`, and its own shared state by key."""

    __slots__ = ("__weakref__", "_last", "_replica", "id")

    def __init__(self, replica: Replica, player: str) -> None:
        self.id = player
        self._replica = replica
        self._last = PlayerRecord(player, player, here=False)

    @property
    def name(self) -> str:
        """As the player gave it; not unique."""
        return self._record.name

    @property
    def here(self) -> bool:
        """False while its connection is lost, and after it has left."""
        return self.id in self._replica.fold.players and self._record.here

    @property
    def _record(self) -> PlayerRecord:
        return self._replica.fold.players.get(self.id) or self._last

    def _keep(self) -> None:
        """Remember what is known now, for when it has left."""
        self._last = self._record

    def _values(self) -> dict[str, Json]:
        return self._record.state

    def _send(self, patch: dict[str, Json], *, whole: bool) -> None:
        if self.id != self._replica.me.id:
            raise BadArgument(
                f"the state of {self.id} is its own to set: set room.me[…], or room.state[…] for what is everyone's"
            )
        self._replica.sender.set("me", patch, whole=whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Player) and other.id == self.id and other._replica is self._replica

    def __hash__(self) -> int:
        return hash(self.id)

    def __bool__(self) -> bool:
        return True  # a player without state is still somebody

    def __repr__(self) -> str:
        return f"<player {self.id}{'' if self.name == self.id else f' ({self.name})'}>"


class Players:
    """Those in the room, in the order of joining: iterate over them, or look one up by id."""

    __slots__ = ("_replica",)

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def __getitem__(self, player: str) -> Player:
        """Raises KeyError for who is not in the room."""
        if player not in self._replica.fold.players:
            raise KeyError(player)
        return self._replica.player(player)

    def get(self, player: str) -> Player | None:
        """The player with that id, None if it is not in the room."""
        return self[player] if player in self._replica.fold.players else None

    def __contains__(self, player: object) -> bool:
        return (player.id if isinstance(player, Player) else player) in self._replica.fold.players

    def __iter__(self) -> Iterator[Player]:
        return iter([self._replica.player(player) for player in self._replica.fold.players])

    def __len__(self) -> int:
        return len(self._replica.fold.players)

    def __repr__(self) -> str:
        return f"<players: {', '.join(self._replica.fold.players) or 'nobody'}>"
