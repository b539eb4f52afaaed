"""The contract of a room's behaviour: what it makes of what players do.

A behaviour owns its state. It is synchronous, reads no clock and does no I/O; time and place come in. Of each decision
the room says whether it stands:

    decide   what it does is a draft
    keep     the draft stands, and is part of the open batch: the next decision sees it
    undo     it does not stand: everything is exactly as before `decide`
    close    what the open batch did; it becomes one entry

Where players do not all see the same, the room asks after `close` which view each of them has (`key`), and once for
each key in use what it shows (`shown`). A view is of the state at that place, and of the key alone.

The room calls `keep` or `undo` once after each `decide` that returned `Decided`, and `undo` after a `Rejected`. Nothing
of a batch is shown, acknowledged or kept on disk before it is closed.

On any cause but `Step` and `StatePatch`, `decide` may return `Waits`: its handler waits for something, and what it does
until it has ended is the draft. Then the room closes the open batch, and asks for nothing but `save` before `finish`,
which gives the decision.

What is to be done beside the order is a token in `Turned.works`: it is begun once the turn is committed, and when it
has ended, `decide` is asked about `WorkEnded`.

Time comes in, too: the room decides on `TimerDue` when the room's time has come to `next_due`, and on `Step` at its
steps.

A room on disk keeps what its behaviour holds, too, in boxes of fields (`rules_fold`):

    changes   what the open batch changes of that; asked before it is closed
    save      all of it, while no batch is open
    restore   once, before all else, in place of the cause `Opened`: everything is as it was saved
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from roomcast.core.room.causes import Cause
from roomcast.core.room.decisions import Decision, Key, Outcome, Shown, Turned
from roomcast.core.room.fold import PlayerState
from roomcast.core.room.meeting import Meeting
from roomcast.core.room.parties import Parties
from roomcast.core.room.rules_fold import BoxChange, BoxFields, Truth


class Behaviour(Protocol):
    """What a room with rules asks. Players are given by their ids."""

    has_views: bool  # what is shown follows from keys; else everyone sees all that `close` says has changed
    own_fields: frozenset[str]  # of players: each is sent its own alone, and they are in `Turned.own`
    next_due: float  # when the next timer is due: the room's time, Unix milliseconds; inf: there is none
    parties: Parties  # for whom seats are reserved: the room sets it
    step_rate: float  # steps a second, while somebody is connected; 0: none

    def take_effort(self) -> int:
        """Bytes of large values that it has changed since the last call, or read, as `TurnCosts.handled` has them."""
        ...

    @property
    def meeting(self) -> Meeting:
        """Who may come, and how the room is found: another object once a decision that changes it is kept."""
        ...

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        """On a cause, at a time (Unix milliseconds) and for the entry `seq`. Raises nothing."""
        ...

    def finish(self, token: object, at: int) -> Outcome:
        """The handler of `Waits` has ended, at a time: what it has come to. Raises nothing."""
        ...

    def keep(self) -> None:
        """The draft stands: see above."""
        ...

    def undo(self) -> None:
        """The draft does not stand: see above. Raises nothing."""
        ...

    def pass_over(self, cause: Cause, why: str) -> None:
        """What it did on a cause that cannot be rejected was over a limit, and is undone. `keep` follows.

        A timer that was due has run with that. `why`: a sentence, for whoever made the behaviour.
        """
        ...

    def close(self) -> Turned:
        """What the open batch did; another one begins."""
        ...

    def key(self, player: str) -> Key:
        """Which view a player has. Raises nothing."""
        ...

    def shown(self, key: Key) -> Shown | None:
        """What the view of that key shows; None: it failed, and who has it keeps what it had. Raises nothing."""
        ...

    def view_refused(self, key: Key, why: str) -> None:
        """What a view shows cannot be sent: its readers keep what they had. `why`: a sentence, for the maker."""
        ...

    def changes(self) -> dict[str, BoxChange]:
        """By box: what the open batch changes, asked before `close`."""
        ...

    def save(self) -> dict[str, BoxFields]:
        """By box: all fields, while no batch is open."""
        ...

    def restore(self, truth: Truth, players: Iterable[PlayerState]) -> int:
        """`players`: who is in the room. Returns the bytes of what the behaviour keeps for itself, as `Decided.held`.

        Raises `ProtocolError` where that is damaged.
        """
        ...

    def lost_works(self) -> Sequence[object]:
        """Tokens of what was being done when it was saved, which nobody does any more; of other tokens than then."""
        ...
