"""The contract between a server's connections and their peers.

A listener is given an `Acceptor`, which makes the peer for each connection that is opened. From then on the transport
tells that peer what happens. All of it comes from the event loop, nothing from inside a method of the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from roomcast.core.room.connection import Connection, Wire


class TransportPeer(Protocol):
    """What a connection tells the core; `roomcast.core.server.peer.Peer` is such a peer."""

    heard: bool  # set to True when anything but a message arrives, such as a pong

    def receive(self, data: bytes, now: float, /) -> float:
        """Bytes have come: of a WebSocket, a whole message. Returns seconds to wait before reading on; 0: read on."""
        ...

    def read_on(self, now: float, /) -> float:
        """That time has passed. Returns as `receive`."""
        ...

    def fell_behind(self) -> None:
        """More than `Limits.unread` bytes wait to be read, and neither `write` nor `deliver` has said so."""
        ...

    def resumed(self) -> None:
        """The client has read most of what waited: `behind` is False again."""
        ...

    def disconnect(self, code: str, message: str) -> None:
        """The client has broken the rules of the transport; `code` is one of `roomcast.errors.CODES`."""
        ...

    def gone(self, now: float, *, clean: bool) -> None:
        """The connection has ended, `clean` if the client said so. Told once, last of all."""
        ...


Acceptor: TypeAlias = Callable[[Connection, Wire, str, float], TransportPeer]
"""Makes the peer of a new connection: (connection, its wire, the client's IP address, now) → peer."""
