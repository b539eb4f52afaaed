"""The relay: the behaviour of a room that passes on everything."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol.messages import DoRequest, SetRequest
from roomcast.core.room.behaviour import ACCEPT, Decision


class Relay:
    """Accepts every command and every patch of shared state."""

    __slots__ = ()

    accepts_all: Final = True

    def decide(self, player: str, command: DoRequest) -> Decision:
        return ACCEPT

    def decide_state(self, player: str, patch: SetRequest) -> Decision:
        return ACCEPT


RELAY: Final = Relay()
