"""What the views of a room show: the functions `audience`, `view` and `view_player` of a maker's class.

They only look. What they change is taken back, and reported; so is what they raise, and then the room keeps what the
readers of that view had.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, TypeVar

from msgspec import Raw

from roomcast.core.room.decisions import Key, Shown
from roomcast.rules.boxes import Box
from roomcast.rules.class_checks import check_runs, check_takes, nearest
from roomcast.rules.json_texts import decoded, encoded, encoded_to_show, is_text
from roomcast.rules.ledger import Ledger
from roomcast.rules.maker_reports import SLOW, MakerReports
from roomcast.rules.rejection import RulesMistake
from roomcast.rules.room_player import Fields, Player

VIEWS: Final = {"audience": "self, player", "view": "self, state, key", "view_player": "self, player, key"}
"""The functions by which players see different things, with their parameters."""
_Change = TypeVar("_Change")
_MISSPELT: Final = 0.85  # as similar as two names are of which two letters are swapped


def views_of(cls: type, base: type) -> frozenset[str]:
    """Which of these functions a class and its bases below `base` have. Raises `TypeError`."""
    found = set()
    for one in cls.__mro__:
        for name, run in vars(one).items() if one not in base.__mro__ else ():
            where = f"{cls.__name__}.{name}"
            if name in VIEWS:
                if not inspect.isfunction(run):
                    raise TypeError(f"{where} would never run: write def {name}({VIEWS[name]})")
                check_runs(where, run, "a view only looks, and waits for nothing. Write def")
                check_takes(where, name, run, VIEWS[name])
                found.add(name)
            elif callable(run) and (meant := nearest(name, VIEWS, _MISSPELT)):
                raise TypeError(f"{where} would never run by itself{meant} Else call it something else")
    if found == {"audience"}:
        raise TypeError(f"{cls.__name__}.audience: it gives the key for view and view_player: write one of them")
    return frozenset(found)


class RoomViews:
    """Of one `room` of a maker's class.

    `boxes`: of the room's state ("") and of players, by id; `ledger`: what was touched. `reports`: of what is slow.
    """

    __slots__ = ("_boxes", "_class", "_ledger", "_looked", "_players", "_reports", "_room", "looking")

    def __init__(
        self,
        room: Any,
        players: Mapping[str, Player],
        boxes: Mapping[str, Box],
        ledger: Ledger,
        reports: MakerReports,
    ) -> None:
        self._reports = reports
        self.looking = False  # one of the functions runs
        self._room = room
        self._class = type(room)
        self._players = players
        self._boxes = boxes
        self._ledger = ledger
        self._looked: dict[str, tuple[Box, Player]] = {}  # players as views get them, by id

    def key(self, player: str) -> Key:
        """Raises what `audience` raises, and `RulesMistake`."""
        if "audience" not in self._class._views:
            return encoded(player, "")[0].decode()
        text = self._look("audience", self._key_text, player)
        return None if text == "null" else text

    def shown(self, key: Key) -> Shown:
        """Raises what `view` and `view_player` raise, and `RulesMistake`."""
        shown: Shown = self._look("view", self._shown, None if key is None else decoded(key.encode()))
        return shown

    def _key_text(self, player: str) -> str:
        key = self._room.audience(self._players[player])
        return encoded(key, "what audience returns")[0].decode()

    def _shown(self, key: Any) -> Shown:
        views, own = self._class._views, self._class._types.player.hints_of_fields.own
        state = self._boxes[""]
        if "view" in views:
            looked = self._class._types.state(_Looked(state, frozenset()))
            shown = self._room.view(looked, key)
            shared = _texts("view", shown, frozenset())
        else:
            shared = _all_texts(state, frozenset())
        players = {}
        for player in self._players.values():
            box = self._boxes[player.id]
            if "view_player" in views:
                shown = self._room.view_player(self._looked_at(player, box, own), key)
                players[player.id] = _texts("view_player", shown, own)
            else:
                players[player.id] = _all_texts(box, own)
        return Shown(shared, players)

    def _looked_at(self, player: Player, box: Box, own: frozenset[str]) -> Player:
        """A player as views get it, made once."""
        known = self._looked.get(player.id)
        if known is None or known[0] is not box:
            here = self._players
            self._looked = {one: kept for one, kept in self._looked.items() if one in here}
            known = self._looked[player.id] = box, type(player)(player.id, player.name, _Looked(box, own))
        one = known[1]
        if one.here is not player.here:
            one._here = player.here
        return one

    def _look(self, what: str, run: Callable[[Any], Any], argument: Any) -> Any:
        """Run what only looks."""
        ledger, self.looking = self._ledger, True
        was_open, ledger.is_open = ledger.is_open, True
        began = self._reports.clock()
        try:
            result = run(argument)
            for box in ledger:
                if box.draft():
                    raise RulesMistake(f"{what} has changed {box.called}: it only looks. Change it in a handler")
            for box in ledger:
                box.keep()
            return result
        except BaseException:
            for box in ledger:
                box.undo()
            raise
        finally:
            ledger.clear()
            ledger.is_open, self.looking = was_open, False
            if (took := self._reports.clock() - began) > SLOW:
                self._reports.add_slow(f"{self._class.__name__}.{what}", f"in the room {self._room.name!r}", took)


class _Looked:
    """The fields of a box as views get them: they cannot be set, and those of the owner alone only by name."""

    __slots__ = ("box", "live", "own")

    def __init__(self, box: Box, own: frozenset[str]) -> None:
        self.box = box
        self.live = box.live
        self.own = own

    @property
    def called(self) -> str:
        return self.box.called

    def get(self, field: str) -> Any:
        return self.box.get(field)

    def set(self, field: str, value: Any) -> None:
        raise RulesMistake(f"a view has set {self.called}[{field!r}]: it only looks. Return another dict")

    def remove(self, field: str) -> None:
        self.set(field, None)

    def __contains__(self, field: object) -> bool:
        return field in self.box

    def __iter__(self) -> Iterator[str]:
        return iter([field for field in self.box if field not in self.own])


def _all_texts(box: Box, own: frozenset[str]) -> dict[str, Raw]:
    return {field: Raw(text) for field, text in box.texts.items() if field not in own}


def _texts(what: str, shown: Any, own: frozenset[str]) -> dict[str, Raw]:
    """What a function has returned, as texts. Raises `RulesMistake`."""
    if isinstance(shown, Fields) and isinstance(looked := shown._box, _Looked):
        return _all_texts(looked.box, looked.own)  # all that it was given
    try:
        fields = dict(shown)
    except (TypeError, ValueError):
        raise RulesMistake(f"{what} returns {shown!r}: return a dict of what is shown") from None
    texts = {}
    for field, value in fields.items():
        if not is_text(field):
            raise RulesMistake(f"{what} returns a dict with the key {field!a}: it must be a text")
        if field in own:
            raise RulesMistake(f"{what} shows {field!r}, which its owner alone sees: show it under another name")
        texts[field] = Raw(encoded_to_show(value, f"{what}: {field!r}"))
    return texts


def parted(
    changed: dict[str, dict[str, _Change]], own_fields: Collection[str]
) -> tuple[dict[str, dict[str, _Change]], ...]:
    """Of changes by owner and field: what everyone sees, and what its owner alone does."""
    parts: tuple[dict[str, dict[str, _Change]], ...] = ({}, {})
    for owner, texts in changed.items():
        for field, text in texts.items():
            parts[bool(owner) and field in own_fields].setdefault(owner, {})[field] = text
    return parts
