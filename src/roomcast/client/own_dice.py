"""Whether a program calls Python's `random` in its functions: for those that compare their states (`room.check`)."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any


class OwnDice:
    """Remembers the first entry whose functions called it. Its state is compared, for its functions have many names.

    That takes 20 µs an entry, so it is done in rooms with a check alone, and only until one is found.
    """

    __slots__ = ("_before", "_command", "_seq")

    def __init__(self) -> None:
        self._seq = 0  # of that entry; 0: there is none
        self._command = ""  # of that entry, or its event
        self._before: tuple[Any, ...] | None = None  # the state before the functions of an entry

    def watch(self, calls: list[Callable[[], object]], seq: int, command: str) -> None:
        """Watch the calls that are to be made for an entry."""
        if calls and not self._seq:
            calls.insert(0, self._begin)
            calls.append(partial(self._end, seq, command))

    def pass_over(self) -> None:
        """A coroutine function waits: meanwhile, other tasks may roll what they like."""
        self._before = None

    def found(self, upto: int) -> str:
        """What was found up to an entry, as the end of a sentence; "" where nothing was."""
        if not 0 < self._seq <= upto:
            return ""
        return (
            f"a function that ran before, for {self._command!r} at entry {self._seq}, called Python's random module, "
            "which rolls something else in every program: use room.random"
        )

    def _begin(self) -> None:
        self._before = random.getstate()

    def _end(self, seq: int, command: str) -> None:
        if self._before is not None and random.getstate() != self._before:
            self._seq, self._command = seq, command
        self._before = None
