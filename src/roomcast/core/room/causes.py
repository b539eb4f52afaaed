"""What makes a room's behaviour decide: one record for each cause."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec import Struct

from roomcast.core.protocol.messages import AnyEntry, Away, Back, DoRequest, Leave, SetRequest


class Opened(Struct, frozen=True, gc=False):
    """The room is new. What is done now belongs to its first entry."""


class Joining(Struct, frozen=True, gc=False):
    """Somebody is about to take a seat, anew or after it was given up; to reject it is to refuse the join."""

    player: str
    name: str
    auth: bytes = b""  # what is known of it, as in `Session`


class Dropped(Struct, frozen=True, gc=False):
    """A player's connection is gone; its seat is kept. It cannot be rejected; likewise the next two."""

    player: str


class Returned(Struct, frozen=True, gc=False):
    """A player who was away is connected again."""

    player: str


class Left(Struct, frozen=True, gc=False):
    """A player is gone, and its seat is free."""

    player: str
    why: str  # a code such as "left" or "timeout"


class Command(Struct, frozen=True, gc=False):
    """A player's command. Its name and its audience are valid; its arguments are a JSON array or object."""

    player: str
    request: DoRequest
    asks: bool = False  # it wants an answer
    lenient: bool = False  # from a line client, whose arguments are text


class StatePatch(Struct, frozen=True, gc=False):
    """A player's patch of shared state, or an operation on it, as it came; the result is within limits."""

    player: str
    request: SetRequest


class TimerDue(Struct, frozen=True, gc=False):
    """The behaviour's next timer is due. It cannot be rejected; likewise the next one."""

    late: bool = False  # too many were due: what this one has missed is not made up for


class Step(Struct, frozen=True, gc=False):
    """One of the fixed steps of a room in which somebody is connected."""

    seconds: float  # from each step to the next, always the same
    skipped: int = 0  # steps before this one that were missed, and are not made up for


class WorkEnded(Struct, frozen=True, gc=False):
    """Work that was done beside the order has ended, in whatever way. It cannot be rejected."""

    token: object


class Closing(Struct, frozen=True, gc=False):
    """The room is about to leave memory. It cannot be rejected."""


Cause: TypeAlias = (
    Opened | Joining | Dropped | Returned | Left | Command | StatePatch | TimerDue | Step | WorkEnded | Closing
)

OF_ENTRIES: Final[dict[type[AnyEntry], Callable[..., Cause]]] = {
    Leave: Left,
    Away: Dropped,
    Back: Returned,
}
"""Of entries of players who are in the room: the cause, made of the player and of the entry's fields."""
CANNOT_BE_REJECTED: Final = frozenset({Dropped, Returned, Left, TimerDue, Step, WorkEnded, Closing})
"""What has happened, whatever the rules say; what they did there may be over a limit all the same."""
