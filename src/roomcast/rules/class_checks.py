"""What a class of rules says of itself: its hooks, its handlers, its constants; checked when the class is made."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter
from typing import Any, Final

from roomcast.core.protocol.names import EVENTS, check_command
from roomcast.errors import BadArgument
from roomcast.rules.class_types import check_player_hints
from roomcast.rules.command_handlers import CommandHandler
from roomcast.rules.json_texts import is_text

HOOKS: Final = {
    "on_create": "self, options",  # or self alone
    "on_join": "self, player, auth",  # or self, player
    "on_drop": "self, player",
    "on_reconnect": "self, player",
    "on_leave": "self, player",
    "on_tick": "self, dt",
    "on_close": "self",
}
"""The functions that run when something happens in the room, with their parameters."""
_SHORTER: Final = {"on_create": 1, "on_join": 2}  # how many parameters do as well
_WHEN: Final = {
    "on_create": "when the room is made",
    "on_join": "when a player comes in",
    "on_drop": "when a player's connection is lost",
    "on_reconnect": "when a lost connection is there again",
    "on_leave": "when a player leaves",
    "on_tick": "tick_rate times a second",
    "on_close": "before the room is closed",
}
SETTINGS: Final = frozenset({"kind", "max_players", "relays", "spectators", "tick_rate"})
"""What a class may say of its rooms."""
_INSTEAD: Final = {
    "away": "on_drop for when a player's connection is lost",
    "back": "on_reconnect for when a lost connection is there again",
    "host": "self.host wherever you need to know who that is",
    "error": "raise Reject to refuse, which its sender is told",
}
"""What runs, or is asked, where somebody thinks of an event."""
AUTH: Final = "on_auth"  # which is of the class, and runs outside of rooms: `auth_hook`
_MAY_NOT_WAIT: Final = {
    "on_tick": "all in the room would wait for each tick: write def, and self.background()",
    "on_close": "a room that is closed waits for nothing: write def, and have what takes long done in on_leave",
}
MOST_TICKS: Final = 60  # a second: as often as screens show
_PREFIX: Final = "on_"


def nearest(name: str, names: Iterable[str], similar: float = 0.7) -> str:
    """`: was "move" meant?`, where one of the names is similar; else ""."""
    found = difflib.get_close_matches(name, list(names), 1, similar)
    return f": was {found[0]!r} meant?" if found else ""


def handlers_of(cls: type, base: type, player: type) -> dict[str, CommandHandler]:
    """The handlers of commands that a class and its bases below `base` define. `player`: the class of its players.

    Raises `TypeError` for a mistake.
    """
    handlers: dict[str, CommandHandler] = {}
    for name, run in _functions(cls, base):
        where = f"{cls.__name__}.{name}"
        check_player_hints(where, run, player)
        if name in HOOKS:
            if name in _MAY_NOT_WAIT:
                check_runs(where, run, _MAY_NOT_WAIT[name])
            else:
                _check_no_yield(where, run)
            if name == "on_join" and not hasattr(cls, AUTH):
                check_takes(where, name, run, "self, player")
            elif name not in _SHORTER or not _binds(run, _SHORTER[name]):
                check_takes(where, name, run, HOOKS[name])
            continue
        for hook in HOOKS:
            parameters = list(inspect.signature(run).parameters)
            if _is_slip(name, hook) and HOOKS[hook].split(", ")[: len(parameters)] == parameters:
                raise TypeError(
                    f"{where} would be for a command {name.removeprefix(_PREFIX)!r}: was {hook!r} meant? "
                    "Else call the command something else"
                )
        _check_can_be_sent(where, name.removeprefix(_PREFIX))
        _check_no_yield(where, run)
        _check_takes_player(where, name, run)
        try:
            handlers[name.removeprefix(_PREFIX)] = CommandHandler(name.removeprefix(_PREFIX), run)
        except TypeError as error:
            raise TypeError(f"{where}: a hint of its parameters cannot come over the network ({error})") from None
    return handlers


def _check_can_be_sent(where: str, command: str) -> None:
    """Raises `TypeError` for what is no command, since no program can send it."""
    if command in EVENTS:
        instead = f": write {_INSTEAD[command]}" if command in _INSTEAD else ""
        why = f"{command!r} is the name of an event, and no program sends a command of it{instead}"
        raise TypeError(f"{where} would never run: {why}. Call a command something else")
    try:
        check_command(command)
    except BadArgument as error:
        raise TypeError(f"{where} would never run: {error.message}") from None


def _is_slip(name: str, meant: str) -> bool:
    """Whether two neighbours are swapped, or a letter is missing or doubled: `pick` is no slip of `tick`."""
    swapped = (meant[:i] + meant[i + 1] + meant[i] + meant[i + 2 :] for i in range(len(meant) - 1))
    missing = (meant[:i] + meant[i + 1 :] for i in range(len(meant)))
    doubled = (meant[:i] + meant[i] + meant[i:] for i in range(len(meant)))
    return name != meant and name in {*swapped, *missing, *doubled}


def takes_options(cls: type) -> bool:
    """Whether `on_create` wants what the room was made with."""
    run = getattr(cls, "on_create", None)
    return run is not None and _binds(run, 2)


def takes_auth(on_join: Callable[..., Any] | None) -> bool:
    """Whether a function `on_join`, of a class or of a room, wants what `on_auth` has returned."""
    return on_join is not None and _binds(on_join, 2 if inspect.ismethod(on_join) else 3)


def constants_of(cls: type, base: type) -> dict[str, Any]:
    """What a class and its bases below `base` set in their bodies, other than functions: the same for all its rooms."""
    return {
        name: value
        for one in reversed(_below(cls, base))
        for name, value in vars(one).items()
        if not name.startswith("_") and not callable(value) and not hasattr(type(value), "__get__")
    }


def check_body(cls: type, base: type) -> None:
    """Raises `TypeError` for what a class must not have."""
    for name in vars(cls):
        if name in ("__init__", "__new__", "__setattr__", "__getattr__", "__slots__"):
            raise TypeError(f"{cls.__name__}.{name}: rooms are made by the server: write def on_create(self)")
        if name in vars(base) and not name.startswith("_") and name not in SETTINGS:
            raise TypeError(f"{cls.__name__}.{name}: every room has that already: call it something else")
    _check_settings(cls)
    for name in constants_of(cls, base):
        for setting in SETTINGS - {name, "kind"}:
            if _squeezed(name) == _squeezed(setting):
                raise TypeError(f"{cls.__name__}.{name} would change nothing: was {setting!r} meant?")
    if hasattr(cls, "on_tick") and not vars(cls).get("tick_rate", getattr(cls, "tick_rate", 0)):
        raise TypeError(f"{cls.__name__}.on_tick would never run: write tick_rate = 20 above it")


def _squeezed(name: str) -> str:
    """A name without what is easily mistaken in it: `maxPlayer` and `max_players` are one."""
    return name.lower().replace("_", "").rstrip("s")


def _check_settings(cls: type) -> None:
    for name, value in vars(cls).items():
        if name == "relays" and not (isinstance(value, tuple | list | set | frozenset) and all(map(is_text, value))):
            raise TypeError(f'{cls.__name__}.relays: write the names of commands, as in relays = ("chat",)')
        if name == "relays":
            for command in value:
                _check_can_be_sent(f"{cls.__name__}.relays: {command!r}", command)
        if name == "max_players" and not (type(value) is int and value >= 0):
            raise TypeError(f"{cls.__name__}.max_players: a whole number, 0 for as many as the server allows")
        if name == "tick_rate" and not (type(value) in (int, float) and 0 <= value <= MOST_TICKS):
            raise TypeError(f"{cls.__name__}.tick_rate: ticks a second, at most {MOST_TICKS}, as in tick_rate = 20")
        if name == "spectators" and type(value) is not bool:
            raise TypeError(f"{cls.__name__}.spectators: True or False")
        if name == "kind" and not is_text(value):
            raise TypeError(f'{cls.__name__}.kind: a text, as in kind = "dots"')


def _below(cls: type, base: type) -> list[type]:
    return [one for one in cls.__mro__ if issubclass(one, base) and one is not base]


def _functions(cls: type, base: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The functions `on_…` that a class has."""
    seen: set[str] = set()
    for one in cls.__mro__:
        if one in base.__mro__:
            continue
        for name, run in vars(one).items():
            if not name.startswith(_PREFIX) or name in seen or name == AUTH:
                continue
            seen.add(name)
            if inspect.isfunction(run):
                yield name, run
            elif callable(run) or isinstance(run, classmethod):
                raise TypeError(f"{cls.__name__}.{name} would never run: write def {name}(self, player, …)")


def check_runs(where: str, run: Callable[..., Any], why: str) -> None:
    """Raises `TypeError` for a function that would not run when it is called; it may not be async, and that is why."""
    if inspect.iscoroutinefunction(run):
        raise TypeError(f"{where} may not be async: {why}")
    _check_no_yield(where, run)


def _check_no_yield(where: str, run: Callable[..., Any]) -> None:
    if inspect.isgeneratorfunction(run) or inspect.isasyncgenfunction(run):
        raise TypeError(f"{where}: with yield in it, nothing of it would run: take yield out")


def check_takes(where: str, name: str, run: Callable[..., Any], expected: str) -> None:
    """Raises `TypeError` for a function that does not take these arguments."""
    if not _binds(run, expected.count(",") + 1):
        when = f". It runs {_WHEN[name]}: a command needs another name" if name in _WHEN else ""
        raise TypeError(f"{where}: write def {name}({expected}){when}")


def _binds(run: Callable[..., Any], many: int) -> bool:
    """Whether it can be called with so many arguments."""
    try:
        inspect.signature(run).bind(*range(many))
    except TypeError:
        return False
    return True


def _check_takes_player(where: str, name: str, run: Callable[..., Any]) -> None:
    parameters = list(inspect.signature(run).parameters.values())
    places = [one for one in parameters if one.kind in (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    if len(places) < 2:
        raise TypeError(f"{where}: its first parameters are the room and who called: def {name}(self, player, …)")
