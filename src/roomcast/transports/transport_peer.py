"""The contract between a server's connections and their peers.

A listener is given an `Entrance`, which it asks of each socket that it accepts, and an `Acceptor`, which makes the peer
for each connection that is opened. From then on the transport tells that peer what happens. All of it
comes from the event loop, nothing from inside a method of the connection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from roomcast.core.room.connection import Connection, Wire


class TransportPeer(Protocol):
    """What a connection tells the core; `roomcast.core.server.peer.Peer` is such a peer."""

    def receive(self, data: bytes, now: float, /) -> float:
        """Bytes have come: of a WebSocket, a whole message. Returns seconds to wait before reading on; 0: read on."""
        ...

    def control(self, size: int, now: float, /) -> float:
        """A frame has come that is no message: a ping, a pong, or a fragment of `size` bytes. Returns as `receive`."""
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

    def disconnect(self, code: str, message: str, close: int = 0) -> None:
        """The client has broken the rules of the transport; `code` is one of `roomcast.errors.CODES`.

        `close`: the code with which the connection is to be closed, where the transport has one for that.
        """
        ...

    @property
    def leaves(self) -> bool:
        """Whether a client that says that it is going away (close code 1001) leaves for good."""
        ...

    def gone(self, now: float, *, clean: bool) -> None:
        """The connection has ended, `clean` if the client said so. Told once, last of all."""
        ...


class Entrance(Protocol):
    """Whether what was accepted may stay; the first that is asked, before a byte is read."""

    def accepted(self, address: str, now: float, /) -> bool:
        """A socket was accepted from an IP address. False: close it at once, and say nothing of it again."""
        ...

    def moved(self, address: str, client: str, now: float, /) -> str | None:
        """A socket from the address of a trusted proxy is that of a client with another: it counts there from now on.

        Returns the sentence for a client that may have no more, whose socket still counts where it did.
        """
        ...

    def charge(self, address: str, microseconds: float, size: int, now: float, /) -> float:
        """Charge an address for a plain request: its response took that long to make, and has `size` bytes.

        Returns seconds to wait before the next.
        """
        ...

    def ended(self, address: str, now: float, /) -> None:
        """A socket that may stay has ended, whatever became of it meanwhile."""
        ...


Acceptor: TypeAlias = Callable[[Connection, Wire, str, float], TransportPeer]
"""Makes the peer of a new connection: (connection, its wire, the client's IP address, now) → peer."""
