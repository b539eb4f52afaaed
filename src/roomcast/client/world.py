"""The world: the two functions by which a program's own state is saved for those who come later, and loaded.

The text that is saved is canonical JSON (RFC 8785), so that equal states give equal texts, and equal hashes, in every
language. With the state go the timers that wait: their functions are known by name.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from roomcast.client.canonical import canonical
from roomcast.client.given import shown
from roomcast.client.json_arguments import check_state
from roomcast.client.players import Player
from roomcast.client.room_timers import Text, given_argument
from roomcast.core.client.timers import SavedTimer, SavedTimers
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

_Load = TypeVar("_Load", bound=Callable[..., object])


class World:
    """What `room.world` makes of the function that saves. Calling it calls that function.

    `load` is the decorator for the function that loads: it is called with what was saved, in place of all that happened
    before.

    >>> world = World(lambda: {"dots": [1, 2]})
    >>> world.text(None)
    '{"world":{"dots":[1,2]}}'
    """

    __slots__ = ("_load", "_save", "first", "has_first")

    def __init__(self, save: Callable[[], Json]) -> None:
        self._save = save
        self._load: Callable[[Any], object] | None = None
        self.first = ""  # the text of the world before anything had happened; "": it could not be saved
        self.has_first = False  # it was tried

    def __call__(self) -> Json:
        return self._save()

    def load(self, run: _Load) -> _Load:
        """Decorator: call the function with a state that was saved. Raises `BadArgument` for what is no function."""
        if not callable(run):
            raise BadArgument(f"world.load takes a function, not {shown(run)}: write it above def", topic="late")
        self._load = run
        return run

    def replace(self, save: Callable[[], Json]) -> None:
        """A newer version of the function that saves, as from a cell of a notebook that runs again."""
        self._save = save

    def text(self, timers: SavedTimers | None) -> str:
        """The state now, and the timers that wait, as text. Raises `BadArgument` for what JSON cannot carry."""
        state = self._save()
        check_state("the world", state)
        whole = {"world": state}
        if timers is not None and (timers.records or timers.ran or timers.rested):
            whole["timers"] = _of_timers(timers)
        try:
            return canonical(whole)
        except (OverflowError, RecursionError) as error:
            raise BadArgument(
                f"the world holds a number beyond all bounds, or is nested too deep ({error})", topic="late"
            ) from None

    def restore(
        self, text: str, player: Callable[[str], Player], functions: Iterable[Callable[..., object]]
    ) -> tuple[SavedTimers | None, Callable[[str], Callable[..., object]]]:
        """Load a state. Returns the timers that belong to it, None where there are none, and their functions by name.

        `player` gives the player with an id; `functions` are those that the program has registered in the room. Raises
        `BadArgument` where nothing was registered to load with, the text cannot be read, or a timer's function is not
        there.
        """
        if self._load is None:
            raise BadArgument(
                "room.world has no function to load with: write @world.load above def load(saved), where world is the "
                "function under @room.world",
                topic="late",
            )
        try:
            whole = json.loads(text)
            state, timers = whole["world"], whole.get("timers")
            saved = None if timers is None else _timers_of(timers, player)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise BadArgument("the world that the server has cannot be read", topic="late") from None
        by_name = self._functions(functions)
        missing = [] if saved is None else [one.name for one in saved.records if one.name not in by_name]
        if missing:
            raise BadArgument(
                f"a timer of the world runs {missing[0]}, and this program has no function of that name beside those "
                "that run everywhere",
                topic="late",
            )
        self._load(state)
        return saved, by_name.__getitem__

    def _functions(self, registered: Iterable[Callable[..., object]]) -> dict[str, Callable[..., object]]:
        """By name: what is registered in the room, and what stands beside that or beside the function that loads."""
        found: dict[str, Callable[..., object]] = {}
        known = [*registered, self._load] if self._load is not None else [*registered]
        for run in known:
            found |= _beside(run)
        return found | {getattr(one, "__name__", ""): one for one in known}


def _beside(run: Callable[..., object]) -> dict[str, Callable[..., object]]:
    """The functions that a function can see by their names: of its module, around it, of its object."""
    plain = inspect.unwrap(run)
    owner = getattr(plain, "__self__", None)
    plain = getattr(plain, "__func__", plain)
    found: dict[str, Any] = {}
    if owner is not None:
        kind = type(owner)
        methods = (name for name in dir(kind) if inspect.isfunction(inspect.getattr_static(kind, name, None)))
        found.update((name, getattr(owner, name)) for name in methods)
    if inspect.isfunction(plain):
        found.update(plain.__globals__)
        found.update(inspect.getclosurevars(plain).nonlocals)
    return {name: inspect.unwrap(one) for name, one in found.items() if callable(one)}


def _of_timers(timers: SavedTimers) -> Json:
    for one in timers.records:
        if not one.name.isidentifier():
            raise BadArgument(
                f"a timer runs {one.name}, a function without a name, which nobody who comes later could find: write "
                "it with def",
                topic="late",
            )
    return {
        "set": [
            [one.name, [_of_argument(argument) for argument in one.arguments], one.start, one.interval, one.runs]
            for one in timers.records
        ],
        "rested": timers.rested,
        "ran": timers.ran,
    }


def _timers_of(saved: Any, player: Callable[[str], Player]) -> SavedTimers:
    records = [
        SavedTimer(
            str(name), tuple(_argument_of(one, player) for one in arguments), float(start), float(interval), int(runs)
        )
        for name, arguments, start, interval, runs in saved["set"]
    ]
    return SavedTimers(records, float(saved["rested"]), {str(name): int(runs) for name, runs in saved["ran"].items()})


def _of_argument(argument: Any) -> Json:
    if isinstance(argument, Player):
        return {"player": argument.id}
    return {"value": argument.value() if isinstance(argument, Text) else argument}


def _argument_of(saved: Any, player: Callable[[str], Player]) -> Any:
    if "player" in saved:
        return player(str(saved["player"]))
    return given_argument("room.world", saved["value"])
