"""The contract between a room with rules and whoever runs the handlers that it waits for.

A handler may wait for something: a database, a web request. The core awaits nothing, so such a handler is a token in
it. From `start` on the room is held: nothing else is decided in it, until `finished` of the room is called.

Work that is done beside the order (`working_room`) is a token as well.
"""

from __future__ import annotations

from typing import Any, Final, Protocol


class RoomHeld(Exception):
    """Raised where somebody wants to come into a room that is held: try again once it goes on."""


class HandlerRuns(Protocol):
    """Runs handlers that wait. Tokens are those of behaviours (`decisions.Waits`, `Turned.works`)."""

    def start(self, room: Any, token: object, /) -> None:
        """Run a handler. Once it has ended, in whatever way, the room's `finished` is called, but not from in here."""
        ...

    def begin(self, room: Any, token: object, /) -> None:
        """Do work beside the room's order. Once it has ended, in whatever way, the room's `work_ended` is called."""
        ...

    def abandon(self, token: object, /) -> None:
        """Its room is gone: stop it, and call nothing."""
        ...


class NoHandlerRuns:
    """Of servers whose rules wait for nothing."""

    def start(self, room: Any, token: object, /) -> None:
        raise RuntimeError("nobody runs handlers that wait: make the directory with `runs`")

    def begin(self, room: Any, token: object, /) -> None:
        raise RuntimeError("nobody does work beside the order: make the directory with `runs`")

    def abandon(self, token: object, /) -> None:
        pass


NO_RUNS: Final = NoHandlerRuns()
