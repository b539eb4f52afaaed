"""The world: the two functions by which a program's own state is saved for those who come later, and loaded.

The text that is saved is canonical JSON (RFC 8785), so that equal states give equal texts, and equal hashes, in every
language. With the state go the timers that wait. Their functions are known by name, and are of those that the program
has registered: a world is what others have written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
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

    def text(self, timers: SavedTimers | None, functions: Collection[str] = ()) -> str:
        """The state now, and the timers that wait, as text. `functions`: the names of those that are registered.

        Raises `BadArgument` for what JSON cannot carry, and for a timer that runs another function.
        """
        state = self._save()
        check_state("the world", state)
        whole = {"world": state}
        if timers is not None and (timers.records or timers.ran or timers.rested or timers.made):
            whole["timers"] = _of_timers(timers, functions)
        try:
            return canonical(whole)
        except (OverflowError, RecursionError) as error:
            raise BadArgument(
                f"the world holds a number beyond all bounds, or is nested too deep ({error})", topic="late"
            ) from None

    def read(
        self, text: str, player: Callable[[str], Player], functions: Collection[str]
    ) -> tuple[Json, SavedTimers | None]:
        """Returns the state, and the timers that belong to it; None where there are none.

        `player` gives the player with an id; `functions` are the names of those that a timer may run. Raises
        `BadArgument` where nothing was registered to load with, the text cannot be read, or a timer runs another
        function.
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
        missing = [] if saved is None else [one.name for one in saved.records if one.name not in functions]
        if missing:
            raise BadArgument(
                f"a timer of the world runs {shown(missing[0])}, and this program has registered no function of that "
                "name: write @room.timer above its def",
                topic="late",
            )
        return state, saved

    def take_over(self, state: Json) -> None:
        """Load a state that was read."""
        if self._load is not None:
            self._load(state)


def _of_timers(timers: SavedTimers, functions: Collection[str]) -> Json:
    for one in timers.records:
        if not one.name.isidentifier():
            raise BadArgument(
                f"a timer runs {one.name}, a function without a name, which nobody who comes later could find: write "
                "it with def, and @room.timer above it",
                topic="late",
            )
        if one.name not in functions:
            raise BadArgument(
                f"a timer runs {one.name}, which is not registered, so that nobody who comes later would run it: write "
                f"@room.timer above def {one.name}",
                topic="late",
            )
    return {
        "set": [
            [one.name, [*map(_of_argument, one.arguments)], one.start, one.interval, one.runs, one.id]
            for one in timers.records
        ],
        "rested": timers.rested,
        "ran": timers.ran,
        "made": timers.made,
    }


def _timers_of(saved: Any, player: Callable[[str], Player]) -> SavedTimers:
    records = [
        SavedTimer(
            str(name),
            tuple(_argument_of(one, player) for one in arguments),
            float(start),
            float(interval),
            int(runs),
            int(place),
        )
        for name, arguments, start, interval, runs, place in saved["set"]
    ]
    ran = {str(name): int(runs) for name, runs in saved["ran"].items()}
    return SavedTimers(records, float(saved["rested"]), ran, int(saved["made"]))


def _of_argument(argument: Any) -> Json:
    if isinstance(argument, Player):
        return {"player": argument.id}
    return {"value": argument.value() if isinstance(argument, Text) else argument}


def _argument_of(saved: Any, player: Callable[[str], Player]) -> Any:
    if "player" in saved:
        return player(str(saved["player"]))
    return given_argument("room.world", saved["value"])
