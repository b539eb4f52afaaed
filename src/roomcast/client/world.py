"""The world: the two functions by which a program's own state is saved for those who come later, and loaded.

The text that is saved is canonical JSON (RFC 8785), so that equal states give equal texts, and equal hashes, in every
language. With the state go the timers that wait. Their functions are known by name, and are of those that the program
has registered: a world is what others have written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

import msgspec

from roomcast.client.canonical import canonical
from roomcast.client.given import shown
from roomcast.client.json_arguments import check_state
from roomcast.client.players import Player
from roomcast.client.room_timers import MOST, Text, given_argument
from roomcast.core.client.timers import LEAST, SavedTimer, SavedTimers
from roomcast.core.protocol.messages import Json
from roomcast.errors import BadArgument

_decode: Final = msgspec.json.Decoder().decode
_UNREADABLE: Final = (msgspec.MsgspecError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
_LARGEST: Final = 2**53  # of a number of a timer: up to there, every language counts the same
_MADE: Final = 2**32  # timers since one entry: ids that are made of it stay below the largest
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
        check_state("the world", state, exact=True)
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
        self, text: str, player: Callable[[str], Player], functions: Collection[str], at: float
    ) -> tuple[Json, SavedTimers | None]:
        """Returns the state, and the timers that belong to it; None where there are none.

        `player` gives the player with an id; `functions` are the names of those that a timer may run; `at` is the
        room's time in milliseconds, up to which all have run. Raises `BadArgument` where nothing was registered to load
        with, the text cannot be read, no program could have set such timers, or one runs another function.
        """
        if self._load is None:
            raise BadArgument(
                "room.world has no function to load with: write @world.load above def load(saved), where world is the "
                "function under @room.world",
                topic="late",
            )
        try:
            whole = _decode(text)
            state, timers = whole["world"], whole.get("timers")
            saved = None if timers is None else _timers_of(timers, player, at)
        except _UNREADABLE:
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
    check_state("a timer's arguments", [[*map(_of_argument, one.arguments)] for one in timers.records], exact=True)
    return {
        "set": [
            [one.name, [*map(_of_argument, one.arguments)], one.start, one.interval, one.runs, one.id]
            for one in timers.records
        ],
        "rested": timers.rested,
        "ran": timers.ran,
        "made": timers.made,
    }


def _timers_of(saved: Any, player: Callable[[str], Player], at: float) -> SavedTimers:
    """Raises `ValueError` for what no program has saved: a timer that is long due, and so again, would run for ever."""
    rested = _number(saved["rested"])
    records = [
        SavedTimer(
            str(name),
            tuple(_argument_of(one, player) for one in arguments),
            _number(start),
            _number(interval),
            _count(runs),
            _count(place),
        )
        for name, arguments, start, interval, runs, place in saved["set"]
    ]
    for one in records:
        repeats = one.interval >= LEAST or not (one.interval or one.runs)
        if not (repeats and at <= one.start + one.runs * one.interval + rested <= _LARGEST):
            raise ValueError(one)
    if len(records) > MOST or len({one.id for one in records}) < len(records):
        raise ValueError(records)
    ran = {name: _count(runs) for name, runs in saved["ran"].items()}
    return SavedTimers(records, rested, ran, _count(saved["made"], _MADE))


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= _LARGEST:
        raise ValueError(value)
    return float(value)


def _count(value: Any, most: int = _LARGEST) -> int:
    if _number(value) != int(value) or not 0 <= value <= most:
        raise ValueError(value)
    return int(value)


def _of_argument(argument: Any) -> Json:
    if isinstance(argument, Player):
        return {"player": argument.id}
    return {"value": argument.value() if isinstance(argument, Text) else argument}


def _argument_of(saved: Any, player: Callable[[str], Player]) -> Any:
    if "player" in saved:
        return player(str(saved["player"]))
    return given_argument("room.world", saved["value"])
