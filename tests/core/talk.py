"""A client core, and a server that says what the test wants."""

from __future__ import annotations

from typing import Any

import msgspec

from roomcast.core.client.client_core import (
    ClientCore,
)
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import Do, Hello, Snapshot, Welcome

LIMITS = ClientLimits(message_size=1000, rate=60, burst=120, silent_for=25)
ARGS = msgspec.Raw(b"[1]")


class Talk:
    """A client and what goes between it and a server that is played by the test."""

    def __init__(self, chance: float = 1.0) -> None:
        self.now = 100.0
        self.client = ClientCore("dots", "Ada", chance=lambda: chance)

    def connect(self) -> Hello:
        """Open a connection; returns the hello."""
        self.client.connected()
        (hello,) = self.written()
        assert isinstance(hello, Hello)
        return hello

    def welcome(self, seq: int = 5, session: str = "s1", **fields: Any) -> None:
        fields.setdefault("snapshot", None if fields.get("resumed") else Snapshot())
        self.hear(Welcome("Ada", session, seq, 0, fields.pop("limits", LIMITS), **fields))

    def join(self, **fields: Any) -> None:
        """Be in the room, with nothing left to look at."""
        self.connect()
        self.welcome(**fields)
        self.events()

    def hear(self, *messages: msgspec.Struct) -> None:
        """One frame from the server."""
        self.client.receive(b"\n".join(codec.encode(message) for message in messages), self.now)

    def written(self) -> list[Any]:
        """What the client writes now."""
        found: list[Any] = []
        while frame := self.client.next_frame(self.now):
            assert self.client.limits is None or len(frame) <= self.client.limits.message_size
            found += [codec.decode_client(line) for line in codec.lines_of(frame)]
        return found

    def do(self, command: str = "move") -> int:
        return self.client.do(command, ARGS, None, self.now)

    def events(self) -> list[Any]:
        found = list(self.client.events)
        self.client.events.clear()
        return found

    def lose(self) -> None:
        self.client.disconnected("the cable was cut", self.now)


def own(seq: int, n: int) -> Do:
    """Our command, as it comes back."""
    return Do(seq, "Ada", 0, "move", ARGS, n)


def other(seq: int) -> Do:
    return Do(seq, "Alan", 0, "move", ARGS, seq)
