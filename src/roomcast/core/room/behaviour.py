"""The contract of a room's behaviour: what it makes of what players do.

A behaviour owns its state. It is synchronous, reads no clock and does no I/O; time and place come in. Of each decision
the room says whether it stands:

    decide   what it does is a draft
    keep     the draft stands, and is part of the open batch: the next decision sees it
    undo     it does not stand: everything is exactly as before `decide`
    close    what the open batch did; it becomes one entry

The room calls `keep` or `undo` once after each `decide` that returned `Decided`, and `undo` after a `Rejected`. Nothing
of a batch is shown, acknowledged or kept on disk before it is closed.
"""

from __future__ import annotations

from typing import Protocol

from roomcast.core.room.causes import Cause
from roomcast.core.room.decisions import Decision, Turned


class Behaviour(Protocol):
    """What a room with rules asks. Players are given by their ids."""

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        """On a cause, at a time (Unix milliseconds) and for the entry `seq`. Raises nothing."""
        ...

    def keep(self) -> None: ...

    def undo(self) -> None: ...

    def close(self) -> Turned: ...
