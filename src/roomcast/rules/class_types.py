"""What a class of rules says by hints: of which classes its players and its state are, and its own attributes."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

from roomcast.rules.boxes import Box
from roomcast.rules.field_hints import FieldHint, field_hint, read_hint
from roomcast.rules.room_player import Fields, Player, Players, State


class RoomTypes(NamedTuple):
    """Of one class of rules."""

    player: type[Player]
    state: type[State]
    own: dict[str, FieldHint]  # by attribute of the room's own


def types_of(cls: type, known: RoomTypes, base: type) -> RoomTypes:
    """What the hints in the body of a class say, after those of its base. Raises `TypeError`."""
    player, state, own = known
    for name, hint in inspect.get_annotations(cls).items():
        where = f"{cls.__name__}.{name}"
        if name.startswith("_") or name in vars(cls):
            continue  # with a value, it is a constant
        if name == "players":
            player = _players_of(where, cls, hint)
        elif name == "state":
            state = _state_of(where, cls, hint)
        elif name in vars(base):
            raise TypeError(f"{where}: every room has that already: call it something else")
        else:
            found = _readable(cls, name, hint)
            if typing.get_origin(found) is not typing.ClassVar:
                own = {**own, name: field_hint(where, found)}
    for name, one in vars(cls).items():
        if isinstance(one, type) and issubclass(one, Player) and not issubclass(player, one):
            raise TypeError(f"{cls.__name__}.{name} is no player's class yet: write players: Players[{name}] below it")
        if isinstance(one, type) and issubclass(one, State) and not issubclass(state, one):
            raise TypeError(f"{cls.__name__}.{name} is no state's class yet: write state: {name} below it")
    return RoomTypes(player, state, own)


def set_defaults(box: Box, cls: type[Fields]) -> None:
    """Set what the class of a room's players, or of its state, says that fields are at first."""
    for field, value in cls.hints_of_fields.defaults.items():
        box.set(field, deepcopy(value))


def check_player_hints(where: str, run: Callable[..., Any], player: type) -> None:
    """Raises `TypeError` where a function takes players of a class of which the room's players are not.

    What that class keeps for the owner alone would be sent to everyone.
    """
    for name, hint in getattr(run, "__annotations__", {}).items():
        if isinstance(hint, str):
            hint = getattr(run, "__globals__", {}).get(hint, Any)
        if isinstance(hint, type) and issubclass(hint, Player) and not issubclass(player, hint):
            what = f"the {name} is a {player.__name__}, not a {hint.__name__}"
            raise TypeError(f"{where}: {what}: write players: Players[{hint.__name__}] in the class")


def _players_of(where: str, cls: type, hint: Any) -> type[Player]:
    found = _read(where, cls, "players", hint)
    args = typing.get_args(found)
    if typing.get_origin(found) is not Players or not (isinstance(args[0], type) and issubclass(args[0], Player)):
        raise TypeError(f"{where}: write players: Players[Seat], where Seat is your class of players")
    return args[0]


def _state_of(where: str, cls: type, hint: Any) -> type[State]:
    found = _read(where, cls, "state", hint)
    if not (isinstance(found, type) and issubclass(found, State)):
        raise TypeError(f"{where}: write state: Table, where Table is your class of State")
    return found


def _read(where: str, cls: type, name: str, hint: Any) -> Any:
    try:
        return read_hint(cls, name, hint)
    except Exception as error:
        raise TypeError(f"{where}: its hint cannot be read ({error}): import what it names") from None


def _readable(cls: type, name: str, hint: Any) -> Any:
    """A hint; one that only a type checker understands is none."""
    try:
        return read_hint(cls, name, hint)
    except Exception:
        return Any
