"""Players and shared state, as a program sees them: always as of the last entry that it has run."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import TYPE_CHECKING, Any

from roomcast.client.functions import check_json
from roomcast.core.protocol.messages import Json, PlayerRecord
from roomcast.errors import BadArgument

if TYPE_CHECKING:
    from roomcast.client.client_room import ClientRoom


class Shared:
    """A dict that everyone in the room sees. Reading gives the value as of the last entry run here.

    Setting sends the value; it is there for everyone, here too, when it has come back. The last one to set
    a key wins. Setting None removes the key.
    """

    __slots__ = ("_of", "_read", "_send")

    def __init__(
        self, of: str, read: Callable[[], dict[str, Json]], send: Callable[[dict[str, Json], bool], None]
    ) -> None:
        self._of = of
        self._read = read
        self._send = send

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __setitem__(self, key: str, value: Json) -> None:
        """Raises `BadArgument` for what JSON cannot carry."""
        self._put({key: value}, whole=True)

    def __delitem__(self, key: str) -> None:
        self._put({key: None}, whole=True)

    def update(self, values: dict[str, Json] | None = None, /, **more: Json) -> None:
        """Set several keys at once, in one entry."""
        self._put({**(values or {}), **more}, whole=True)

    def merge(self, patch: dict[str, Json]) -> None:
        """Merge objects into objects, key by key, all the way down; None removes (RFC 7396)."""
        self._put(patch, whole=False)

    def get(self, key: str, default: Any = None) -> Any:
        return self._read().get(key, default)

    def keys(self) -> KeysView[str]:
        return self._read().keys()

    def values(self) -> ValuesView[Json]:
        return self._read().values()

    def items(self) -> ItemsView[str, Json]:
        return self._read().items()

    def __contains__(self, key: object) -> bool:
        return key in self._read()

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return f"<state of {self._of}: {self._read()!r}>"

    def _put(self, patch: dict[str, Json], *, whole: bool) -> None:
        for key, value in patch.items():
            if type(key) is not str:
                raise BadArgument(f"the key {key!r} of shared state is not text: use str(…)")
            check_json("shared state", key, value)
        self._send(patch, whole)


class Player(Shared):
    """Someone in the room: `id` (a word, unique here), `name`, `here`, and its own shared state by key."""

    __slots__ = ("__weakref__", "_last", "_room", "id")

    def __init__(self, room: ClientRoom, player: str) -> None:
        super().__init__(player, lambda: self._record.state, self._set)
        self._room = room
        self._last = PlayerRecord(player, player, here=False)
        self.id = player

    @property
    def name(self) -> str:
        """As the player gave it; not unique."""
        return self._record.name

    @property
    def here(self) -> bool:
        """False while its connection is lost, and after it has left."""
        return self.id in self._room._fold.players and self._record.here

    @property
    def _record(self) -> PlayerRecord:
        record = self._room._fold.players.get(self.id)
        return self._last if record is None else record

    def _remember(self) -> None:
        """Keep what is known of a player who is about to leave."""
        self._last = self._record

    def _set(self, patch: dict[str, Json], whole: bool) -> None:
        if self.id != self._room.me.id:
            raise BadArgument(
                f"the state of {self.id} is its own to set: set room.me[…], or room.state[…] for what is everyone's"
            )
        self._room._set("me", patch, whole=whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Player) and other.id == self.id and other._room is self._room

    def __hash__(self) -> int:
        return hash(self.id)

    def __bool__(self) -> bool:
        return True  # a player without state is still somebody

    def __repr__(self) -> str:
        return f"<player {self.id}{'' if self.name == self.id else f' ({self.name})'}>"


class Players:
    """Those in the room, in the order of joining: iterate over them, or take one by id."""

    __slots__ = ("_room",)

    def __init__(self, room: ClientRoom) -> None:
        self._room = room

    def __getitem__(self, player: str) -> Player:
        if player not in self._room._fold.players:
            raise KeyError(player)
        return self._room._player(player)

    def get(self, player: str) -> Player | None:
        return self[player] if player in self._room._fold.players else None

    def __contains__(self, player: object) -> bool:
        return (player.id if isinstance(player, Player) else player) in self._room._fold.players

    def __iter__(self) -> Iterator[Player]:
        return iter([self._room._player(player) for player in self._room._fold.players])

    def __len__(self) -> int:
        return len(self._room._fold.players)

    def __repr__(self) -> str:
        return f"<players: {', '.join(self._room._fold.players) or 'nobody'}>"
