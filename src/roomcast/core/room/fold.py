"""The fold: what a log makes of a room. One pure function, `apply`, run by server and clients alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Raw

from roomcast.core.protocol.messages import (
    NO_STATE,
    AnyEntry,
    Away,
    Back,
    Desync,
    Do,
    Join,
    Leave,
    PlayerRecord,
    Set,
    Snapshot,
    Turn,
)
from roomcast.core.protocol.turn_effects import Effects
from roomcast.core.room.shared_map import SharedMap, members_of

_EMPTY_MAP: Final = SharedMap()  # of all who have set nothing
_EMPTY_PATCH: Final = len("{}")


class PlayerState:
    """One player in a room. Never changed."""

    __slots__ = ("_record", "here", "id", "name", "state")

    def __init__(self, player: str, name: str, here: bool = True, state: SharedMap | None = None) -> None:
        self.id = player
        self.name = name
        self.here = here  # False: away
        self.state = _EMPTY_MAP if state is None else state
        self._record: PlayerRecord | None = None

    def record(self) -> PlayerRecord:
        """The player as a snapshot has it, made once."""
        if self._record is None:
            self._record = PlayerRecord(self.id, self.name, self.here, self.state.text())
        return self._record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlayerState) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"PlayerState{self._fields()!r}"

    def _fields(self) -> tuple[str, str, bool, SharedMap]:
        return self.id, self.name, self.here, self.state


class RoomState:
    """Who is in a room and what is shared there. Never changed: `apply` makes a new one, which costs what is new."""

    __slots__ = ("_records", "players", "seed", "shared")

    def __init__(
        self,
        players: dict[str, PlayerState],
        shared: SharedMap,
        seed: str = "",
        records: dict[str, PlayerRecord] | None = None,
    ) -> None:
        self.players = players  # by id, in order of joining
        self.shared = shared  # the room's own
        self.seed = seed  # of the room's dice; "": they follow from the room's name
        self._records = records  # of the players, for snapshots; None: not made yet

    @property
    def known_records(self) -> dict[str, PlayerRecord] | None:
        """The players as a snapshot has them, where they were made before."""
        return self._records

    def records(self) -> dict[str, PlayerRecord]:
        """The players as a snapshot has them, made once: who comes or goes changes one of them."""
        if self._records is None:
            self._records = {one.id: one.record() for one in self.players.values()}
        return self._records

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RoomState) and self._fields() == other._fields()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"RoomState{self._fields()!r}"

    def _fields(self) -> tuple[dict[str, PlayerState], SharedMap, str]:
        return self.players, self.shared, self.seed


EMPTY: Final = RoomState({}, SharedMap())


def apply(state: RoomState, entry: AnyEntry) -> RoomState:
    """The room after `entry`, given the room before it.

    Entries of players who are not there change nothing, so the function has a result for any log that Roomcast made.
    Raises `ProtocolError` for a patch of rules that does not fit.
    """
    kind = type(entry)
    if kind is Do or kind is Desync:
        return state
    if kind is Turn:
        assert isinstance(entry, Turn)
        return _with_effects(state, entry.x)
    if kind is Set:
        assert isinstance(entry, Set)
        if entry.of == "room":
            shared = state.shared.patched(entry.p, whole=entry.whole)
            return RoomState(state.players, shared, state.seed, state._records)
        record = state.players.get(entry.by)
        if record is None:
            return state
        new = PlayerState(record.id, record.name, record.here, record.state.patched(entry.p, whole=entry.whole))
        return RoomState({**state.players, entry.by: new}, state.shared, state.seed)
    if kind is Join:
        assert isinstance(entry, Join)
        new = PlayerState(entry.by, entry.name, True, _map_of(entry.state))
        players = state.players.copy()
        players.pop(entry.by, None)  # who comes in is the last
        players[entry.by] = new
        if (records := state._records) is not None:
            records = records.copy()
            records.pop(entry.by, None)
            text = NO_STATE if new.state is _EMPTY_MAP else new.state.text()
            records[entry.by] = PlayerRecord(entry.by, entry.name, True, text)
        after = RoomState(players, state.shared, state.seed or entry.seed, records)
        return after if entry.x is None else _with_effects(after, entry.x)
    if kind is Leave:
        assert isinstance(entry, Leave)
        players = state.players.copy()
        players.pop(entry.by, None)
        if (records := state._records) is not None:
            records = records.copy()
            records.pop(entry.by, None)
        after = RoomState(players, state.shared, state.seed, records)
        return after if entry.x is None else _with_effects(after, entry.x)
    assert isinstance(entry, Away | Back)
    after = state
    if (record := state.players.get(entry.by)) is not None:
        new = PlayerState(record.id, record.name, kind is Back, record.state)
        after = RoomState({**state.players, entry.by: new}, state.shared, state.seed)
    return after if entry.x is None else _with_effects(after, entry.x)


def _with_effects(state: RoomState, effects: Effects) -> RoomState:
    """The room after what its rules did: players sent out first, then patches."""
    if effects.k:
        state = without_players(state, {one.id for one in effects.k})
    players, shared = state.players, state.shared
    if len(effects.p) > _EMPTY_PATCH:
        shared = shared.tree_patched(effects.p)
    if len(effects.m) > _EMPTY_PATCH:
        players = players.copy()
        for player, patch in members_of(effects.m).items():
            if (one := players.get(player)) is not None:
                players[player] = PlayerState(player, one.name, one.here, one.state.tree_patched(patch))
    return RoomState(players, shared, state.seed, state.known_records if players is state.players else None)


def without_players(state: RoomState, sent_out: Collection[str]) -> RoomState:
    """The room once these players are gone."""
    players = {player: one for player, one in state.players.items() if player not in sent_out}
    return RoomState(players, state.shared, state.seed)


def with_texts(state: RoomState, changed: Mapping[str, Mapping[str, bytes | None]]) -> RoomState:
    """The room once these fields have these texts, by owner ("": the room); None removes a field."""
    players, shared = state.players.copy(), state.shared
    for owner, fields in changed.items():
        texts = {field: None if text is None else Raw(text) for field, text in fields.items()}
        if not owner:
            shared = shared.with_texts(texts)
        elif (one := players.get(owner)) is not None:
            players[owner] = PlayerState(owner, one.name, one.here, one.state.with_texts(texts))
    records = state.known_records if changed.keys() <= {""} else None
    return RoomState(players, shared, state.seed, records)


def host_of(state: RoomState) -> str:
    """The id of the room's host: the first of the players who is connected; "" where nobody is.

    It follows from the state alone, so all programs agree on it, whatever they have seen of the log.
    """
    for one in state.players.values():  # nearly always, the first is here
        if one.here:
            return one.id
    return ""


def snapshot(state: RoomState, at: int = 0) -> Snapshot:
    """The state as a newcomer gets it; `at` is the room's time then."""
    return Snapshot(tuple(state.records().values()), state.shared.text(), at, state.seed)


def presence(state: RoomState) -> Snapshot:
    """Who is there, without any shared state: all that line clients are told."""
    return Snapshot(tuple(PlayerRecord(one.id, one.name, one.here) for one in state.players.values()))


def restore(taken: Snapshot) -> RoomState:
    """The state that a snapshot was taken of."""
    players = {one.id: PlayerState(one.id, one.name, one.here, _map_of(one.state)) for one in taken.players}
    return RoomState(players, _map_of(taken.state), taken.seed)


def _map_of(text: Raw) -> SharedMap:
    if text is NO_STATE or text == NO_STATE:
        return _EMPTY_MAP
    return SharedMap(text.copy())  # else it would keep the whole message in memory
