"""The contract between the server and whoever runs `on_auth`, by which rules say who may come in.

It may ask a database, or another server; the core waits for nothing, so such a run is a token in it. No room has a part
in it: there is no seat yet, and perhaps no room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from roomcast.errors import Refused


class Known(NamedTuple):
    """Somebody may come in."""

    name: str = ""  # the player's, where the rules say so; "": as it says itself
    auth: bytes = b"{}"  # what is known of it, for the rules of the room alone: a JSON object


class AuthRun(Protocol):
    """One run of `on_auth`, for somebody who waits."""

    def outcome(self) -> Known | Refused:
        """What it has come to, once it has ended. Raises nothing."""
        ...

    def give_up(self, late: str) -> None:
        """Nobody waits for it any more. `late`: a sentence for whoever made the rules, where it took too long."""
        ...


MakeAuthRun: TypeAlias = Callable[[str, str | None, dict[str, Any]], AuthRun]
"""Of the rules of one kind of rooms: a run for a name ("": none was said), a credential and a room's options."""


class AuthRuns(Protocol):
    """Runs `on_auth`."""

    def start(self, run: Any, /) -> None:
        """Run it. Once it has ended, in whatever way, `AuthLine.ended` is called, but not from in here.

        Where it takes longer than `Limits.auth_time`, `AuthLine.late` is called.
        """
        ...

    def stop(self, run: Any, /) -> None:
        """It was given up: let it end soon, if that can be."""
        ...


class NoAuthRuns:
    """Of servers whose rules have no `on_auth`."""

    def start(self, run: object, /) -> None:
        raise RuntimeError("nobody runs on_auth: make the directory with `auth_runs`")

    def stop(self, run: object, /) -> None:
        pass


NO_AUTH_RUNS: Final = NoAuthRuns()
