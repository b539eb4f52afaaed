"""The relay: the behaviour that accepts everything. A plain `Room` does the same without asking."""

from __future__ import annotations

from typing import Final

from roomcast.core.room.causes import Cause
from roomcast.core.room.decisions import ACCEPT, NO_TURN, Decision, Turned


class Relay:
    """Accepts every command and every patch of shared state, and whoever comes."""

    __slots__ = ()

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        return ACCEPT

    def keep(self) -> None:
        pass

    def undo(self) -> None:
        pass

    def close(self) -> Turned:
        return NO_TURN


RELAY: Final = Relay()
