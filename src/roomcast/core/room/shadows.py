"""What the readers of a room have, where they do not all see the same; and from that, what each is sent of a turn.

A shadow is what those with one key have. At the end of a turn, each pair of keys (before, now) that a reader has makes
one patch: from the shadow of the key before to what the key now shows. So who changes sides gets exactly the
difference. Who is not in the room, or has no key, sees what those see who only look on: their key is None.

On disk they are a part of the truth: what readers have is what a view showed, not what it would show after a restart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

import msgspec
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.tree_patch import REMOVED, diff
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.decisions import FieldPatches, FieldTexts, Key, Shown, Turned
from roomcast.core.room.fold import PlayerState, RoomState
from roomcast.core.room.rules_fold import BoxChange, BoxFields
from roomcast.core.room.shared_map import SharedMap, members_of

_NOTHING: Final[Mapping[str, Raw]] = {}
_NO_PATCHES: Final[FieldPatches] = {}
KEYS, _VIEW, _OWN = "keys", "view ", "own "  # names of boxes: the keys of players, what a key shows, own fields of one


def is_shadow(box: str) -> bool:
    """Whether a box of the truth is one of these."""
    return box == KEYS or box.startswith((_VIEW, _OWN))


class Patches(NamedTuple):
    """Tree patches that some readers are sent, to be encoded."""

    shared: FieldPatches  # of the room's state
    players: Mapping[str, FieldPatches]  # by player


def public_patches(turned: Turned) -> Patches:
    """The patches of a turn that everyone sees as it is."""
    patches = turned.patches
    if "" not in patches:
        return Patches(_NO_PATCHES, patches)
    return Patches(patches[""], {player: patch for player, patch in patches.items() if player})


class Seen(NamedTuple):
    """What a turn changes for those who see it."""

    changed: dict[str, FieldTexts]  # for those who only look on: as `Turned.changed`
    public: Patches  # the same
    readers: dict[str, Patches]  # by player, of those who have another view
    own: dict[str, dict[str, Raw]]  # by player: patches of fields that it alone sees


class Shadows:
    """Of one room, whose behaviour has views, or fields that one player alone sees."""

    __slots__ = ("_before", "_keys", "_limits", "_own", "_shown", "behaviour", "looked")

    def __init__(self, behaviour: Behaviour, limits: Limits) -> None:
        self.behaviour = behaviour
        self._limits: Final = limits
        self._shown: dict[Key, Shown] = {None: Shown({}, {})}  # by key in use
        self._keys: dict[str, Key] = {}  # by player in the room
        self._own: dict[str, dict[str, Raw]] = {}  # by player in the room: its own fields
        self.looked = 0  # players that views have shown, for each key: until it was counted
        self._before: dict[str, BoxFields] = {}  # as `save`, when `changes` was called last

    @property
    def size(self) -> int:
        """Bytes of all texts that views show; those that several show count once."""
        texts: dict[int, Raw] = {}
        for shown in self._shown.values():
            for fields in (shown.state, *shown.players.values()):
                texts.update(zip(map(id, fields.values()), fields.values(), strict=True))
        return sum(map(len, texts.values()))

    @property
    def looks(self) -> int:
        """Players that views show where something has changed: all of them, for each key."""
        return len(self._shown) * len(self._keys) if self.behaviour.has_views else 0

    # ------------------------------------------------------------------ a turn

    def turn(self, turned: Turned, present: Collection[str], *, moved: bool) -> Seen:
        """What a turn changes for each reader.

        `present`: who is in the room after it. `moved`: somebody has come or gone.
        """
        own = self._own_patches(turned, present)
        if not self.behaviour.has_views:
            return Seen(turned.changed, public_patches(turned), {}, own)
        if not (moved or turned.changed or turned.own or turned.unseen):
            return Seen({}, Patches(_NO_PATCHES, {}), {}, {})
        shown, keys = self._shown, self._keys
        self._look(present)
        before, now = shown[None], self._shown[None]
        return Seen(_changes(before, now), _patches(before, now), self._by_pair(shown, keys), own)

    def _own_patches(self, turned: Turned, present: Collection[str]) -> dict[str, dict[str, Raw]]:
        for gone in self._own.keys() - present:
            del self._own[gone]
        patches = {}
        for player, fields in turned.own.items():
            if player in present:
                have = self._own.get(player, _NOTHING)
                now = {**have, **{field: Raw(text) for field, text in fields.items() if text is not None}}
                for field in [field for field, text in fields.items() if text is None]:
                    now.pop(field, None)
                if patch := _patch(have, now):
                    patches[player] = patch
                self._own[player] = now
        return patches

    def _look(self, present: Collection[str]) -> None:
        """Let the views be what they show now."""
        keys = {player: self.behaviour.key(player) for player in present}
        shown: dict[Key, Shown] = {}
        for key in (None, *keys.values()):
            if key not in shown:
                shown[key] = self._shown_now(key, present) or self._kept(key, shown, present)
        self._shown, self._keys = shown, keys
        self.looked += self.looks

    def _shown_now(self, key: Key, present: Collection[str]) -> Shown | None:
        shown = self.behaviour.shown(key)
        if shown is None:
            return None
        limits = self._limits
        for player, fields in (("", shown.state), *shown.players.items()):
            name = "player_state" if player else "room_state"
            size = sum(map(len, fields.values())) + sum(map(len, fields))
            if size > getattr(limits, name):
                what = f"what is shown of the player {player}" if player else "what is shown of the room's state"
                self.behaviour.view_refused(key, exceeded(name, limits, size, what))
                return None
        return shown

    def _kept(self, key: Key, shown: Mapping[Key, Shown], present: Collection[str]) -> Shown:
        """For a view that failed: what its readers had. Who had none sees what those see who only look on."""
        kept = self._shown.get(key) or shown[None]
        return Shown(kept.state, {player: kept.players.get(player, _NOTHING) for player in present})

    def _by_pair(self, shown: Mapping[Key, Shown], keys: Mapping[str, Key]) -> dict[str, Patches]:
        """The patches of all who had another view than None, or have one now. `shown`, `keys`: as of before."""
        made: dict[tuple[Key, Key], Patches] = {}
        readers = {}
        for player in {**keys, **self._keys}:
            pair = keys.get(player), self._keys.get(player)
            if pair != (None, None):
                if pair not in made:
                    made[pair] = _patches(shown[pair[0]], self._shown[pair[1]])
                readers[player] = made[pair]
        return readers

    # ------------------------------------------------------------------ a snapshot

    def state_of(self, player: str, public: RoomState) -> RoomState:
        """The room as a player has it who is sent all up to now. `public`: as those have it who only look on."""
        key, own = self._keys.get(player), self._own.get(player, _NOTHING)
        if key is None and not own:
            return public
        shared, players = public.shared, dict(public.players)
        if key is not None:
            shown = self._shown[key]
            shared = _map_of(shown.state)
            for one in public.players.values():
                fields = _map_of(shown.players.get(one.id, _NOTHING))
                players[one.id] = PlayerState(one.id, one.name, one.here, fields)
        if own and (me := players.get(player)) is not None:
            fields = _map_of({**members_of(me.state.text()), **own})
            players[player] = PlayerState(me.id, me.name, me.here, fields)
        return RoomState(players, shared, public.seed)

    # ------------------------------------------------------------------ on disk

    def changes(self) -> dict[str, BoxChange]:
        """What has changed since the last time."""
        before, self._before = self._before, self.save()
        changes: dict[str, BoxChange] = dict.fromkeys(before.keys() - self._before.keys())
        for name, box in self._before.items():
            old = before.get(name, _NOTHING)
            if old != box:
                changes[name] = {field: (old.get(field), box.get(field)) for field in {**old, **box}}
        return changes

    def save(self) -> dict[str, BoxFields]:
        """What each reader has, but for what is public."""
        boxes = {_OWN + player: dict(fields) for player, fields in self._own.items() if fields}
        keys = {player: Raw(codec.encode(key)) for player, key in self._keys.items() if key is not None}
        if keys:
            boxes[KEYS] = keys
        boxes.update((_VIEW + key, _box_of(shown)) for key, shown in self._shown.items() if key is not None)
        return boxes

    def restore(self, boxes: dict[str, BoxFields], public: RoomState) -> None:
        """What readers had when that was saved. `public`: what those had who only look on."""
        texts = {player: members_of(one.state.text()) for player, one in public.players.items()}
        self._keys = dict.fromkeys(public.players)
        self._shown = {None: Shown(members_of(public.shared.text()), texts)}
        for name, fields in boxes.items():
            if name == KEYS:
                self._keys.update((player, msgspec.json.decode(text, type=str)) for player, text in fields.items())
            elif name.startswith(_VIEW):
                self._shown[name.removeprefix(_VIEW)] = _shown_of(fields)
            else:
                self._own[name.removeprefix(_OWN)] = fields
        for key in self._keys.values():  # of a view that shows nothing, nothing is kept
            self._shown.setdefault(key, Shown({}, {}))
        self._before = self.save()

    def other_own_fields(self, public: RoomState) -> set[str]:
        """Fields that their player alone has and that all would see now, and the other way round."""
        shown = {field for one in public.players.values() for field in members_of(one.state.text())}
        kept = {field for fields in self._own.values() for field in fields}
        own_fields = self.behaviour.own_fields
        return (kept - own_fields) | (shown & own_fields)


def _box_of(shown: Shown) -> BoxFields:
    """What a view shows: the names of fields stand behind the id of their player, and a blank; no id has one."""
    owners = ("", shown.state), *shown.players.items()
    return {f"{player} {field}": text for player, fields in owners for field, text in fields.items()}


def _shown_of(box: BoxFields) -> Shown:
    owners: dict[str, dict[str, Raw]] = {"": {}}
    for name, text in box.items():
        player, _, field = name.partition(" ")
        owners.setdefault(player, {})[field] = text
    return Shown(owners.pop(""), owners)


def _map_of(texts: Mapping[str, Raw]) -> SharedMap:
    return SharedMap(Raw(codec.encode(texts)))


def _changes(old: Shown, new: Shown) -> dict[str, FieldTexts]:
    """The texts that differ, by owner."""
    changed = {"": _differing(old.state, new.state)}
    for player, fields in new.players.items():
        changed[player] = _differing(old.players.get(player, _NOTHING), fields)
    return {owner: texts for owner, texts in changed.items() if texts}


def _differing(old: Mapping[str, Raw], new: Mapping[str, Raw]) -> FieldTexts:
    texts: FieldTexts = {field: bytes(text) for field, text in new.items() if old.get(field) != text}
    texts.update(dict.fromkeys(old.keys() - new.keys()))
    return texts


def _patches(old: Shown, new: Shown) -> Patches:
    players = {}
    for player, fields in new.players.items():
        if patch := _patch(old.players.get(player, _NOTHING), fields):
            players[player] = patch
    return Patches(_patch(old.state, new.state), players)


def _patch(old: Mapping[str, Raw], new: Mapping[str, Raw]) -> dict[str, Raw]:
    patch = {field: change for field, text in new.items() if (change := diff(old.get(field), text)) is not None}
    patch.update((field, REMOVED) for field in old if field not in new)
    return patch
