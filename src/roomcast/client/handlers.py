"""The functions that a program has registered: for commands, and for events of the room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from roomcast.client.functions import Function
from roomcast.core.protocol.names import EVENTS, PARCEL, check_command
from roomcast.errors import BadArgument

Handler: TypeAlias = Callable[..., object]


class Handlers:
    """By command and by event, in the order of registration."""

    __slots__ = ("commands", "events")

    def __init__(self) -> None:
        self.commands: Final[dict[str, list[Function]]] = {}
        self.events: Final[dict[str, list[Handler]]] = {}

    def add(self, name: str, run: Handler) -> None:
        """Register a function for an event, if `name` is one, else for the command. Raises `BadArgument`."""
        if name in EVENTS:
            self.events.setdefault(name, []).append(run)
        else:
            self.add_command(name, run)

    def add_command(self, name: str, run: Handler) -> Function:
        """Register a function for a command. Raises `BadArgument` for a name that no command may have."""
        function = Function(run, command_name(name))
        self.commands.setdefault(function.command, []).append(function)
        return function

    def handles(self, event: str) -> bool:
        """Whether the program has registered a function for the event."""
        return bool(self.events.get(event))


def command_name(name: Any) -> str:
    """The name, if a command may have it. Raises `BadArgument`."""
    if name in EVENTS:
        raise BadArgument(f"{name!r} is the name of an event: call the command something else")
    if name == PARCEL:
        raise BadArgument(f"{name!r} is the command of all pieces of calls with bytes: call yours something else")
    return check_command(name)
