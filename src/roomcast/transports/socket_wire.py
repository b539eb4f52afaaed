"""Writing to the connections of one listener, and learning which of them have fallen behind.

asyncio calls a protocol's `pause_writing` from inside `write`; uvloop may also call it later, when it hands bytes to
the kernel. The core must not be called from inside a write: so the connection only sets its flag, and a note is made
here. Whoever called `write` or `deliver` takes the notes that this call made, and returns them to the core. Notes that
nobody takes are told to the peers in the next turn of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol, cast

from roomcast.core.room.connection import Connection
from roomcast.transports import fanout
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.transport_peer import TransportPeer


class SocketWriter(Connection, Protocol):
    """A connection on a socket, as a wire needs it."""

    peer: TransportPeer
    send: Callable[[bytes], object]  # the socket transport's own `write`; does nothing after the end
    stream: tuple[fanout.Stream, int]  # the socket transport, and the socket's descriptor


class SocketWire:
    """The part of a `Wire` that writes to many, for connections on sockets."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._untold: list[SocketWriter] = []  # have fallen behind, and nobody has been told

    def deliver(self, data: bytes, connections: Collection[Connection]) -> Sequence[Connection]:
        """Write the same bytes to each connection. Returns those that have fallen behind by it.

        This is the server's hot loop: one call in C for each connection, and nothing else.
        """
        untold = self._untold
        before = len(untold)
        those = cast(Collection[SocketWriter], connections)
        if len(data) >= fanout.LARGE and len(those) >= fanout.MANY:
            fanout.spread(data, [connection.stream for connection in those])
        else:
            for connection in those:
                connection.send(data)
        if len(untold) == before:
            return ()
        behind = untold[before:]
        del untold[before:]
        return behind

    def paused(self, connection: SocketWriter) -> None:
        """The event loop has called `pause_writing`."""
        connection.behind = True
        self._untold.append(connection)
        self._scheduler.call_soon(self._tell)

    def resumed(self, connection: SocketWriter) -> None:
        """The event loop has called `resume_writing`, which it never does from inside a write."""
        connection.behind = False
        self.forget(connection)
        connection.peer.resumed()

    def forget(self, connection: SocketWriter) -> None:
        """The peer of this connection is told in another way that it is behind, or need not be told."""
        if connection in self._untold:
            self._untold.remove(connection)

    def _tell(self) -> None:
        untold = self._untold[:]
        self._untold.clear()
        for connection in untold:
            connection.peer.fell_behind()
