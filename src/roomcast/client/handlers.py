"""The functions that a program has registered: for commands, for events of the room, and for timers of a world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from roomcast.client import registration
from roomcast.client.functions import Function
from roomcast.client.given import shown, text
from roomcast.client.hints import ELSEWHERE, Hints, meant_event, nearest, plain_event
from roomcast.core.protocol.names import EVENTS, PARCEL, check_command
from roomcast.errors import BadArgument

_OWN: Final = "own-command"  # what the program itself has sent, which was looked at
Handler: TypeAlias = Callable[..., object]


class Handlers:
    """By command and by event, in the order of registration; those of timers by name.

    `coroutines`: whether coroutine functions are awaited.

    A newer version of a function takes the place of the older one: `registration.replaces`.
    """

    __slots__ = ("_coroutines", "_hints", "_timers", "commands", "events")

    def __init__(self, hints: Hints, *, coroutines: bool) -> None:
        self.commands: Final[dict[str, list[Function]]] = {}
        self.events: Final[dict[str, list[Handler]]] = {}
        self._timers: dict[str, Handler] = {}
        self._hints = hints
        self._coroutines = coroutines

    def add(self, name: str, run: Handler) -> None:
        """Register a function for an event, if `name` is one, else for the command. Raises `BadArgument`."""
        where = f'room.on("{name}")'
        if name in EVENTS:
            registration.check_runs(run, where, coroutines=self._coroutines)
            registration.check_event(name, run)
            known = self.events.setdefault(name, [])
            place = self._older(run, known, where)
            known[place : place + 1] = [run]
        else:
            self.add_command(name, run, where)
            self._hint_no_event(name, where)

    def _hint_no_event(self, name: str, where: str) -> None:
        """What was registered for a command was probably to be called for an event."""
        event = meant_event(name)
        what = f"{where}: there is no event {name!r}, so this waits for commands of that name."
        if event is not None:
            self._hints.give(
                "event-name",
                name,
                f'{what} For the event write room.on("{event}"), for a command room.command("{name}")',
            )
        elif plain_event(name) in ELSEWHERE:
            self._hints.give(
                "event-name",
                name,
                f"{what} The room's events are {', '.join(registration.EVENT_PARAMETERS)}; keys, clicks and the clock "
                f'are your window\'s. For a command write room.command("{name}")',
            )

    def add_command(self, name: str, run: Handler, where: str = "") -> None:
        """Register a function for the command. Raises `BadArgument`."""
        where = where or f'room.command("{name}")'
        registration.check_runs(run, where, coroutines=self._coroutines)
        self._add(Function(run, name), where)

    def add_everywhere(self, run: Handler) -> Function:
        """Register a function for the command of its own name. Raises `BadArgument`."""
        where = "room.everywhere"
        registration.check_runs(run, where, coroutines=self._coroutines)
        function = Function(run, command_name(registration.command_name_of(run)), by_own_name=True)
        self._add(function, where)
        return function

    def _add(self, function: Function, where: str) -> None:
        known = self.commands.setdefault(function.command, [])
        place = self._older(function.run, [one.run for one in known], where)
        others = [one for one in known[:place] + known[place + 1 :] if one.by_own_name]
        known[place : place + 1] = [function]
        if function.by_own_name and others:
            self._hints.give(
                "same-name",
                function.command,
                f"room.everywhere: two functions are called {function.command}, and a call of either runs both: "
                "rename one of them",
            )

    def _older(self, run: Handler, known: list[Handler], where: str) -> int:
        """The place of the older version of a function; the end of the list, where there is none."""
        for place, one in enumerate(known):
            if registration.replaces(run, one):
                if registration.are_both_written(run, one):
                    name = getattr(run, "__name__", "")
                    self._hints.give(
                        "same-name",
                        f"{where} {name}",
                        f"{where}: two functions are called {name}, and only the second is used: rename one of them",
                    )
                return place
        return len(known)

    def hint_unknown(self, command: str, player: str, *, ours: bool) -> None:
        """A command has come for which the program has no function, though it has some.

        `ours`: the program itself has sent it, which may be for the others.
        """
        if not self.commands or not self._hints.may_give(_OWN if ours else "unknown-command", command):
            return
        if ours:
            self._hints.forgo(_OWN, command)
        meant = nearest(command, self.commands)
        what = f"{player or 'the room'} has called {shown(command)}, for which no function is registered here"
        if meant is not None:
            self._hints.give("unknown-command", command, f"{what}: was {shown(meant)} meant?")
        elif not (ours or self._coroutines):  # there, who iterates over the room has every command
            how = f"everywhere above def {command}(…)" if command.isidentifier() else f"command({command!r})"
            self._hints.give("unknown-command", command, f"{what}, so nothing happens: write @room.{how}")

    def add_timer(self, run: Handler) -> None:
        """Let timers that come with a world run the function, in place of an earlier one of its name.

        Raises `BadArgument`.
        """
        registration.check_runs(run, "room.timer", coroutines=self._coroutines)
        name = getattr(run, "__name__", "")
        if not isinstance(name, str) or not name.isidentifier():
            raise BadArgument(
                f"room.timer needs a function that has a name, not {shown(run)}: write it with def", topic="decorator"
            )
        self._timers[name] = run

    def timer_functions(self) -> dict[str, Handler]:
        """What a timer that comes with a world may run, by name: it names only what was registered to be called."""
        runs = [one.run for functions in self.commands.values() for one in functions]
        return {getattr(run, "__name__", ""): run for run in runs} | self._timers

    def handles(self, event: str) -> bool:
        """Whether the program has registered a function for the event."""
        return bool(self.events.get(event))


def event_or_command(name: Any, more: tuple[object, ...] = ()) -> str:
    """The name, if a function can be registered for it. `more`: what else was given. Raises `BadArgument`."""
    _check_decorates("room.on", name, "join", more)
    good = text('what a function is for, as in room.on("join"),', name)
    return good if good in EVENTS else command_name(good)


def command_name(name: Any, more: tuple[object, ...] = ()) -> str:
    """The name, if a command may have it. `more`: what else was given. Raises `BadArgument`."""
    _check_decorates("room.command", name, "move", more)
    name = text('the name of a command, as in "move",', name)
    if name in EVENTS:
        raise BadArgument(f"{name!r} is the name of an event: call the command something else", topic="event-name")
    if name == PARCEL:
        raise BadArgument(
            f"{name!r} is the command of all pieces of calls with bytes: call yours something else", topic="bad-name"
        )
    return check_command(name)


def _check_decorates(where: str, name: Any, example: str, more: tuple[object, ...]) -> None:
    """Raise `BadArgument` where the name is missing, or the function stands beside it."""
    if callable(name) and not isinstance(name, type):
        called = getattr(name, "__name__", "the function")
        raise BadArgument(
            f'{where} needs a name: write @{where}("{example}") above {called}, with what it is for', topic="decorator"
        )
    if more:
        raise BadArgument(
            f"{where} takes the name alone: write @{where}({name!r}) on the line above def, "
            f"or {where}({name!r})(the_function)",
            topic="decorator",
        )
