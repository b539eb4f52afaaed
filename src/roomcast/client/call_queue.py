"""The calls of the program's functions that an event brings, until they are made; and which of them is being made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from operator import call
from typing import Final

from msgspec import Raw

from roomcast.client.blobs import Blobs
from roomcast.client.functions import ArgumentMismatch
from roomcast.client.handlers import Handlers
from roomcast.client.players import Player, Replica
from roomcast.client.running import NOWHERE, RunningCall
from roomcast.client.warn import warn
from roomcast.core.protocol.messages import Entry
from roomcast.errors import Refused


class CallQueue:
    """Who takes an event adds its calls to `new`, and puts them into `calls` when it has been taken whole."""

    __slots__ = ("_handlers", "_replica", "calling", "calls", "make_next", "new", "place")

    def __init__(self, handlers: Handlers, replica: Replica) -> None:
        self.calls: Final[deque[Callable[[], object]]] = deque()  # to be made before the next event is taken
        # Takes the next call and makes it, as one step: no signal comes in between, and the call is begun or waits.
        self.make_next: Final = map(call, iter(self.calls.popleft, None)).__next__
        self.new: list[Callable[[], object]] = []  # of the event that is being taken
        self.place: Entry | RunningCall | None = None  # for what `calls` are: an entry, a run of a timer; None: neither
        self.calling: RunningCall | bool = False  # whether a call is being made, and once somebody has asked: which one
        self._handlers = handlers
        self._replica = replica

    def running_call(self) -> RunningCall | None:
        """The call that is being made, if one is."""
        if self.calling is True:
            self.calling = NOWHERE if self.place is None else call_of(self.place)
        return self.calling or None

    def command(self, command: str, arguments: Raw, blobs: Blobs, player: Player) -> None:
        """Add the functions of a command."""
        functions = self._handlers.commands.get(command)
        if not functions:
            self._handlers.hint_unknown(command, player.id, ours=player is self._replica.me)
            return
        for function in functions:
            try:
                args, kwargs = function.read(arguments, blobs)
            except ArgumentMismatch as mismatch:
                self.fail(Refused("bad-argument", f"from {player.id}: {mismatch}"))
                continue
            if kwargs:
                run = partial(function.run, *args, **kwargs)
                self.new.append(partial(run, player) if function.takes_player else run)
            elif function.takes_player:
                self.new.append(partial(function.run, player, *args))
            else:
                self.new.append(partial(function.run, *args))

    def emit(self, event: str, *args: object) -> None:
        """Add the functions of an event."""
        for run in self._handlers.events.get(event, ()):
            self.new.append(partial(run, *args))

    def fail(self, error: Refused) -> None:
        """Add the functions for errors, or warn where there are none."""
        for run in self._handlers.events.get("error", ()):
            self.new.append(partial(self._run_nowhere, run, error))
        if not self._handlers.handles("error"):
            warn(f"{error.message} ({error.code})", error.topic)

    def fail_now(self, error: Refused) -> None:
        """As `fail`, from within a call."""
        self.new = []
        self.fail(error)
        self.calls.extend(self.new)

    def _run_nowhere(self, run: Callable[..., object], *args: object) -> object:
        self.calling = NOWHERE
        return run(*args)


def call_of(place: Entry | RunningCall) -> RunningCall:
    """The call of a function for an entry, or in a run of a timer."""
    return place if isinstance(place, RunningCall) else RunningCall(place.s, place.at, str(place.s))
