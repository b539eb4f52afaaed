"""Which call of a function runs now, and at which place of the room's order: what dice, time and timers ask."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct


class CurrentEntry(Struct, frozen=True):
    """What `room.entry` says of the entry that is being run."""

    seq: int
    """Its place in the room's order."""
    at: float
    """When it was put there, on the room's time: Unix seconds. Of a timer's run, when that was due."""
    age: float
    """Seconds since then, as estimated here: what is old was perhaps missed, and is only to be remembered."""


class RunningCall:
    """One call of one of the program's functions, while it runs. Made only where somebody asks, for most never do.

    Two functions of one entry are two calls at one place.
    """

    __slots__ = ("at", "generator", "key", "seq")

    def __init__(self, seq: int, at: float, key: str) -> None:
        self.seq: Final = seq  # of the entry that it is for; of a timer's run, of the entry before it
        self.at: Final = at  # the room's time, Unix milliseconds: of the entry; of a timer's run, when it was due
        # Text that says which place this is, the same for everyone: "17" for that of entry 17, "17:step:2" for the
        # third run after it of timers with functions of that name.
        self.key: Final = key
        self.generator: Any = None  # its dice, once it has rolled


NOWHERE: Final = RunningCall(0, 0, "")
"""A call that others do not make at the same place of the order: of a join that a snapshot brought, of an error."""
