"""Whether all programs have the same state, for `room.check`: hashes of it for the server, and what it found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from roomcast.client.call_queue import CallQueue
from roomcast.client.canonical import digest
from roomcast.client.handlers import Handlers
from roomcast.client.own_dice import OwnDice
from roomcast.client.players import Replica
from roomcast.client.registration import replaces
from roomcast.client.running import NOWHERE
from roomcast.client.sender import Sender
from roomcast.client.warn import warn
from roomcast.core.protocol.messages import Desync, Json
from roomcast.errors import BadArgument, Refused


class StateChecks:
    """The functions that return the program's state, and when they are called."""

    __slots__ = ("_handlers", "_queue", "_replica", "_sender", "own_dice", "states")

    def __init__(self, replica: Replica, handlers: Handlers, sender: Sender, queue: CallQueue) -> None:
        self.states: Final[list[tuple[Callable[[], Json], int]]] = []  # a state, and the interval (entries)
        self.own_dice: Final = OwnDice()
        self._replica = replica
        self._handlers = handlers
        self._sender = sender
        self._queue = queue

    def add(self, state: Callable[[], Json], every: int) -> None:
        """Check this state after every `every` entries: in place of an earlier version of the function."""
        self.states[:] = [one for one in self.states if not replaces(state, one[0])]
        self.states.append((state, every))

    def after_entry(self, command: str = "") -> None:
        """After the functions of the entry that is being taken, hash the program's state, if it is time."""
        seq, new = self._replica.seq, self._queue.new
        self.watch(new, command)
        for state, every in self.states:
            if seq % every == 0:
                new.append(partial(self._hash, state, seq))

    def watch(self, calls: list[Callable[[], object]], what: str) -> None:
        """Where states are compared: find out whether these calls, for a command or a timer, use dice of their own."""
        if self.states:
            self.own_dice.watch(calls, self._replica.seq, what)

    def differ(self, entry: Desync) -> None:
        """The server has found a difference: add the functions for that, or warn."""
        dice = self.own_dice.found(entry.after)
        if not self._handlers.handles("desync"):
            what = f"the programs in this room differ after entry {entry.after}: {', '.join(entry.who)}"
            warn(f"{what}; {dice}" if dice else what, "dice" if dice else "check")
        elif dice:
            warn(f"the programs in this room differ: {dice}", "dice")
        for run in self._handlers.events.get("desync", ()):
            self._queue.new.append(partial(run, entry.after, [self._replica.player(one) for one in entry.who]))

    def _hash(self, state: Callable[[], Json], seq: int) -> None:
        self._queue.calling = NOWHERE  # not everyone has a check
        value = state()
        try:
            found = digest(value)
        except BadArgument as error:  # not out of `pump`, where it would come again and again
            self.states[:] = [one for one in self.states if one[0] is not state]
            what = f"room.check: {error.message}; the state is not compared any more"
            self._queue.fail_now(Refused("bad-argument", what))
            return
        self._sender.check(self._replica.log, seq, found)
