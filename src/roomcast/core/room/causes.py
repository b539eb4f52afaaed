"""What makes a room's behaviour decide: one record for each cause."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from roomcast.core.protocol.messages import DoRequest, SetRequest


class Opened(Struct, frozen=True, gc=False):
    """The room is new. What is done now belongs to its first entry."""


class Joining(Struct, frozen=True, gc=False):
    """Somebody is about to take a seat, anew or after it was given up; to reject it is to refuse the join."""

    player: str
    name: str


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


Cause: TypeAlias = Opened | Joining | Dropped | Returned | Left | Command | StatePatch
