"""Timers as a program sets them: functions that run later, in every program at the same place of the room's order."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final, get_type_hints

from msgspec import Raw, ValidationError, json

from roomcast.client import registration
from roomcast.client.finite_numbers import convert
from roomcast.client.given import seconds, shown
from roomcast.client.json_arguments import SCALARS, to_json
from roomcast.client.players import Player
from roomcast.client.running import NOWHERE, RunningCall
from roomcast.core.client.timers import TimerRecord, Timers
from roomcast.errors import BadArgument, TooFast
from roomcast.help_topics import link

MOST: Final = 10_000  # timers that may wait in one program
_HERE: Final = "functions under @room.everywhere and for commands, those for events of the log, and timers"
_BOUND_FAILS: Final = (TypeError, ValueError)

Running = Callable[[], RunningCall | None]


class Timer:
    """What `room.after` and `room.every` return, and `room.timers` has: a function that is to run later."""

    __slots__ = ("_record", "_running", "_timers")

    def __init__(self, timers: Timers, record: TimerRecord, running: Running) -> None:
        self._timers = timers
        self._record = record
        self._running = running

    @property
    def id(self) -> int:
        """A whole number that is the same in every program, so that a state may have it: `room.timers[id]`."""
        return self._record.id

    @property
    def function(self) -> str:
        """The name of its function."""
        return self._record.name

    @property
    def args(self) -> tuple[Any, ...]:
        """What its function is called with. Lists and dicts among it are new ones each time."""
        return tuple(arguments_of(self._record))

    @property
    def due(self) -> float:
        """When it runs next, on the room's time: Unix seconds, as `room.time`. `math.inf`: it does not run any more."""
        return self._timers.due_of(self._waiting()) / 1000

    @property
    def every(self) -> float:
        """Seconds between two runs; 0.0: it runs once."""
        return self._record.interval / 1000

    def cancel(self) -> None:
        """Let it not run any more. Does nothing where it has run for the last time.

        Raises `BadArgument` where it is called in this program alone: elsewhere, the timer would go on.
        """
        checked(self._running(), f"cancel() of the timer for {self._record.name}")
        self._timers.cancel(self._waiting())

    def _waiting(self) -> TimerRecord:
        """A world that was loaded has the same timer as another record."""
        return self._timers.waiting.get(self._record.id, self._record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timer) and self._timers is other._timers and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<timer {self.id} for {self._record.name}{', over' if self._waiting().over else ''}>"


class RoomTimers(Mapping[int, Timer]):
    """The timers that wait to run, by id, in the order of setting. `timers` gives None while none was ever set."""

    __slots__ = ("_running", "_timers")

    def __init__(self, timers: Callable[[], Timers | None], running: Running) -> None:
        self._timers = timers
        self._running = running

    def __getitem__(self, timer: int) -> Timer:
        """The timer with that id. Raises KeyError for one that does not wait to run."""
        timers = self._timers()
        if timers is None or timer not in timers.waiting:
            missing = KeyError(timer)
            missing.add_note(
                "room.timers has those that wait to run, by timer.id: one that was cancelled, or has begun to run for "
                f"the last time, is not there. Ask with room.timers.get(timer_id) {link('timers')}"
            )
            raise missing
        return Timer(timers, timers.waiting[timer], self._running)

    def __iter__(self) -> Iterator[int]:
        """The ids now; what is set or cancelled meanwhile does not disturb the loop."""
        timers = self._timers()
        return iter([] if timers is None else list(timers.waiting))

    def __len__(self) -> int:
        timers = self._timers()
        return 0 if timers is None else timers.count

    def __repr__(self) -> str:
        return f"<timers: {', '.join(f'{one.id} for {one.function}' for one in self.values()) or 'none'}>"


def checked(running: RunningCall | None, where: str) -> RunningCall:
    """The running call, if everyone makes it at the same place of the order. Raises `BadArgument`.

    `where`: what is used, for the message.
    """
    if running is None:
        raise BadArgument(
            f"{where} is for functions that run in every program: {_HERE}. Call one of these, and use it there",
            topic="timers",
        )
    if running is NOWHERE:
        raise BadArgument(
            f"{where} is for functions that run in every program at the same place of the order. This call is made "
            "here alone: for a player who was here before us, an error, the connection, or room.check",
            topic="timers",
        )
    return running


def set_timer(
    timers: Timers,
    running: Running,
    where: str,
    wait: Any,
    function: Callable[..., object],
    arguments: tuple[Any, ...],
    *,
    repeat: bool,
    coroutines: bool,
) -> Timer:
    """Set a timer out of the running call; `where` is the method's name. Raises `BadArgument` and `TooFast`."""
    call = checked(running(), where)
    delay = seconds(f"{where}: the time", wait) * 1000
    if not isfinite(delay) or (repeat and delay <= 0):
        what = (
            "the time between two runs is a number of seconds above 0" if repeat else "the time is a number of seconds"
        )
        raise BadArgument(f"{where}: {what}, not {shown(wait)}", topic="timers")
    if getattr(function, "sends_to", None) is not None:
        function = function.__wrapped__  # type: ignore[attr-defined]  # the timer runs everywhere: nothing is sent
    if not callable(function):
        raise BadArgument(
            f"{where} takes a function, not {shown(function)}: write its name alone, without the parentheses of a call",
            topic="timers",
        )
    registration.check_runs(function, where, coroutines=coroutines)
    given = tuple(given_argument(where, one) for one in arguments)
    _check_takes(where, function, arguments)
    if timers.count >= MOST:
        raise TooFast(f"{where}: {MOST} timers wait to run: cancel some, or let one set the next", topic="timers")
    return Timer(timers, timers.set(function, given, call.seq, call.at, delay, delay if repeat else 0.0), running)


class Text:
    """An argument that is a list or a dict, as JSON: each run gets one of its own, as one that comes later does."""

    __slots__ = ("_json",)

    def __init__(self, text: Raw) -> None:
        self._json = text

    def value(self) -> Any:
        return json.decode(self._json)[0]


def arguments_of(record: TimerRecord) -> list[Any]:
    """The arguments for a run of a timer."""
    return values_of(record.arguments)


def values_of(arguments: Sequence[Any]) -> list[Any]:
    """Arguments as a timer keeps them, as its function gets them."""
    return [one.value() if type(one) is Text else one for one in arguments]


def given_argument(where: str, argument: Any) -> Any:
    """An argument as a timer keeps it. Raises `BadArgument` for what JSON cannot carry."""
    if isinstance(argument, Player):
        return argument
    text = to_json(where, (argument,), {})
    return argument if type(argument) in SCALARS else Text(text)


def _check_takes(where: str, function: Callable[..., object], arguments: tuple[Any, ...]) -> None:
    """Raise `BadArgument` where the function does not take the arguments: later, nobody would know who has set it."""
    if (why := why_not_taken(function, arguments)) is not None:
        raise BadArgument(f"{where}: {why}", topic="timers")


def why_not_taken(function: Callable[..., object], arguments: Sequence[Any]) -> str | None:
    """Why a function cannot be called with these arguments: too few or many, or others than its hints say."""
    try:
        signature = inspect.signature(function)
    except _BOUND_FAILS:
        return None
    called = f"{getattr(function, '__name__', shown(function))}{signature} cannot be called so"
    try:
        bound = signature.bind(*arguments).arguments
    except TypeError as error:
        return f"{called}: {error}"
    hints = _hints_of(function) if getattr(function, "__annotations__", None) else {}
    wrong = next((name for name, value in bound.items() if name in hints and not _fits(value, hints[name])), None)
    return None if wrong is None else f"{called}: {wrong} is {shown(bound[wrong])}"


def _hints_of(function: Callable[..., object]) -> dict[str, Any]:
    try:
        return get_type_hints(function)
    except Exception:  # what a hint names may be anything, or not be there
        return {}


def _fits(value: Any, hint: Any) -> bool:
    try:
        convert(value, hint)
    except (ValidationError, ValueError, RecursionError):
        return False
    except Exception:  # a hint that says nothing of JSON
        return True
    return True
