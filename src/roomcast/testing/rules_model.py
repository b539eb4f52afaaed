"""What each reader is to have of a room of `random_rules` after each entry, made anew from the truth.

Nothing of it is taken from what the room has made for its readers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.testing.marked_secrets import Secrets
from roomcast.testing.promises import WHOLE, Broken
from roomcast.testing.random_rules import shown_player, shown_state

Seen: TypeAlias = dict[str, dict[str, Any]]
"""What one reader has: "state" is the room's, "players" that of each player."""

_OWN: Final[tuple[str, ...]] = ("cards", "notes")
_NOBODY: Final[Seen] = {"state": {}, "players": {}}


@lru_cache(4096)
def value_of(text: bytes) -> Any:
    """The value of a JSON text. Not to be changed: others have the same."""
    return msgspec.json.decode(text)


def values_of(texts: dict[str, bytes]) -> dict[str, Any]:
    return {field: value_of(text) for field, text in texts.items()}


class RulesModel:
    """Of one room. `seen`: by player, as of the newest entry; "": those who only look on."""

    def __init__(self, secrets: Secrets) -> None:
        self.seen: dict[str, Seen] = {"": _NOBODY}
        self._secrets = secrets
        self._shown: dict[str | None, Seen] = {None: _NOBODY}
        self._present: frozenset[str] = frozenset()
        self._gone: frozenset[str] = frozenset()

    def note(self, behaviour: RoomBehaviour) -> None:
        """An entry has been proposed. Raises `Broken` where the truth is half of something."""
        truth = {owner: values_of(box.texts) for owner, box in behaviour._boxes.items()}
        own, state = values_of(behaviour.own.texts), truth.pop("")
        is_whole(own, state, truth)
        if behaviour.has_views:
            self._look(own, state, truth)
        else:
            players = {player: _without_own(fields) for player, fields in truth.items()}
            self._shown = {None: {"state": state, "players": players}}
        broken = "audience" in own["broken"]
        seen = {"": self._shown[None]}
        for player, fields in truth.items():
            key = None if broken or not behaviour.has_views else fields["team"] or None
            one = self._shown[key]
            kept = {field: fields[field] for field in _OWN if field in fields}
            players = {**one["players"], player: {**one["players"][player], **kept}} if kept else one["players"]
            seen[player] = {"state": one["state"], "players": players}
        self._permit(seen)

    def _look(self, own: dict[str, Any], state: dict[str, Any], truth: dict[str, dict[str, Any]]) -> None:
        broken = own["broken"]
        keys = {None: None} | {fields["team"] or None: None for fields in truth.values() if "audience" not in broken}
        shown: dict[str | None, Seen] = {}
        for key in keys:
            if (key or "null") in broken:
                had = self._shown.get(key) or shown[None]
                players = {player: had["players"].get(player, {}) for player in truth}
                shown[key] = {"state": had["state"], "players": players}
            else:
                players = {player: shown_player(key, fields) for player, fields in truth.items()}
                shown[key] = {"state": shown_state(key, state, own["plans"]), "players": players}
        self._shown = shown

    def _permit(self, seen: dict[str, Seen]) -> None:
        """Who may have been sent which secrets. Who has left sees what those see who only look on."""
        present = frozenset(seen) - {""}
        self._gone |= self._present - present
        self._present = present
        before = self.seen
        for reader, one in seen.items():
            if one != before.get(reader):
                self._secrets.may_see(one, reader)
        self._secrets.may_see(seen[""], *self._gone)
        self.seen = seen

    def save(self) -> tuple[Any, ...]:
        """All of it, to be given to `restore`."""
        return self.seen, self._shown, self._present, self._gone

    def restore(self, saved: tuple[Any, ...]) -> None:
        self.seen, self._shown, self._present, self._gone = saved


def is_whole(own: dict[str, Any], state: dict[str, Any], players: dict[str, dict[str, Any]]) -> None:
    """Each payment is done, or none of it."""
    if sum(state["coins"].values()):
        raise Broken(WHOLE, f"coins were made, or lost: {state['coins']}")
    for player, fields in players.items():
        if fields["acts"] != own["acts"].get(player):
            raise Broken(WHOLE, f"{player} has done {own['acts'].get(player)} things, and is shown {fields['acts']}")
    rolled = own["done"].values()
    if len(set(rolled)) != len(rolled):
        raise Broken(WHOLE, "the dice have fallen as before")


def _without_own(fields: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in fields.items() if field not in _OWN}
