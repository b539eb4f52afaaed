"""Types of the functions that programs register, so that type checkers find mistakes before a program runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, ParamSpec, Protocol, TypeAlias, TypeVar, overload

from roomcast.client.players import Player
from roomcast.core.client.parcels import Progress
from roomcast.core.protocol.messages import Json
from roomcast.errors import Refused

P = ParamSpec("P")


class WithPlayer(Protocol[P]):
    """A function whose first parameter is called `player`: who calls leaves it out."""

    def __call__(self, player: Player, *args: P.args, **kwargs: P.kwargs) -> object: ...


class Everywhere(Protocol):
    """The decorator that `room.everywhere(latest=True)` returns."""

    @overload
    def __call__(self, run: WithPlayer[P], /) -> Callable[P, None]: ...
    @overload
    def __call__(self, run: Callable[P, object], /) -> Callable[P, None]: ...


PresenceEvent: TypeAlias = Literal["join", "leave", "away", "back", "host"]
ReasonEvent: TypeAlias = Literal["offline", "lost", "closed"]

PresenceHandler = TypeVar("PresenceHandler", bound=Callable[[Player], object])
ReasonHandler = TypeVar("ReasonHandler", bound=Callable[[str], object])
SetHandler = TypeVar("SetHandler", bound=Callable[[Player, dict[str, Json]], object])
ErrorHandler = TypeVar("ErrorHandler", bound=Callable[[Refused], object])
ProgressHandler = TypeVar("ProgressHandler", bound=Callable[[Player, Progress], object])
DesyncHandler = TypeVar("DesyncHandler", bound=Callable[[int, list[Player]], object])
ResumedHandler = TypeVar("ResumedHandler", bound=Callable[[int], object])
SkippedHandler = TypeVar("SkippedHandler", bound=Callable[[int, int], object])
