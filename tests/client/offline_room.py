"""A game-loop room without a connection: the test plays the server, and the network's thread."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcast.client.arrivals import Arrivals
from roomcast.client.client_room import ClientRoom
from roomcast.client.game import Room
from roomcast.client.where import parse_where
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import DoRequest, PlayerRecord, SetRequest, Snapshot, Welcome

LIMITS = ClientLimits(message_size=64 * 1024, rate=1e9, burst=10**9, silent_for=25)


class NoNetwork:
    """Takes the place of the network's thread."""

    paused = False

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1

    def measure(self) -> None: ...

    def abandon(self, why: str) -> None:
        raise NotImplementedError


class OfflineRoom(Room):
    """Ada is in the room, with Alan."""

    def __init__(self) -> None:
        ClientRoom.__init__(self, parse_where("localhost/dots"), "Ada")
        self._network = self._sender.waker = NoNetwork()  # type: ignore[assignment]
        self._arrived = Arrivals()
        self._pumping = {}
        self.core = self._core
        self.core.connected()
        self.core.next_frame(0.0)
        present = Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan")))
        self.hear(Welcome("Ada", "secret", 2, 0, LIMITS, present))
        assert self._is_admitted(None)

    def hear(self, *messages: msgspec.Struct) -> None:
        """One frame from the server."""
        self.core.receive(b"\n".join(map(codec.encode, messages)), 0.0)

    def written(self) -> list[DoRequest | SetRequest]:
        """What the network's thread would write now."""
        found: list[Any] = []
        while frame := self.core.next_frame(0.0):
            found += map(codec.decode_client, codec.lines_of(frame))
        return found
