"""Writing to the connections of one listener, and learning which of them have fallen behind.

asyncio calls a protocol's `pause_writing` from inside `write`; uvloop may also call it later, when it hands bytes to
the kernel. The core must not be called from inside a write: so the connection only sets its flag and is listed
here. `write` and `deliver` take the connections that they themselves put on the list, and return them to the core. The
peers of those that remain are told in the next turn of the event loop.

A socket's `write` that raises ends its own connection: the others of its group are written to all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias, cast

from roomcast.core.room.connection import Connection
from roomcast.transports import fanout
from roomcast.transports.fanout import LARGE, MANY
from roomcast.transports.scheduling import Scheduler
from roomcast.transports.transport_peer import TransportPeer

_Send: TypeAlias = Callable[[bytes], object]


class SocketWriter(Connection, Protocol):
    """A connection on a socket, as a wire needs it."""

    group: SocketGroup | None  # the lasting group that it is in: there it must be taken out of when it ends
    peer: TransportPeer
    send: _Send  # the socket transport's own `write`; does nothing after the end
    stream: tuple[fanout.OutputStream, int]  # the socket transport, and the socket's descriptor

    def write_failed(self, error: Exception) -> None:
        """The socket transport's `write` has raised: end the connection."""
        ...


class SocketGroup:
    """Connections of one listener that are sent the same bytes."""

    __slots__ = ("_sends", "_untold")

    def __init__(self, untold: list[SocketWriter], connections: Iterable[SocketWriter]) -> None:
        self._untold = untold
        self._sends: dict[SocketWriter, _Send] = {one: one.send for one in connections}

    def add(self, connection: Connection, /) -> None:
        writer = cast(SocketWriter, connection)
        writer.group = self
        self._sends[writer] = writer.send

    def discard(self, connection: Connection, /) -> None:
        self._sends.pop(cast(SocketWriter, connection), None)

    def __len__(self) -> int:
        return len(self._sends)

    def deliver(self, data: bytes, /) -> Sequence[Connection]:
        """Write to each connection. Returns those that have fallen behind by it.

        This is the server's hot loop: one call in C for each connection, and nothing else.
        """
        untold = self._untold
        before = len(untold)
        if len(data) >= LARGE and len(self._sends) >= MANY:
            connections = list(self._sends)
            for place, error in fanout.spread(data, [connection.stream for connection in connections]):
                connections[place].write_failed(error)
        else:
            try:
                for send in self._sends.values():
                    send(data)
            except Exception as error:
                self._go_on(data, send, error)  # type: ignore[possibly-undefined]  # nothing else raises
        if len(untold) == before:
            return ()
        behind = untold[before:]
        del untold[before:]
        return behind

    def _go_on(self, data: bytes, failed: _Send, error: Exception) -> None:
        """One of the sockets has raised: write to those after it, then end the connections of those that raised."""
        raised = [(failed, error)]
        sends = list(self._sends.values())
        for send in sends[sends.index(failed) + 1 :]:
            try:
                send(data)
            except Exception as another:
                raised.append((send, another))
        for culprit, its in raised:
            for connection in [one for one, own in self._sends.items() if own is culprit]:
                connection.write_failed(its)


class SocketWire:
    """The part of a `Wire` that writes to many, for connections on sockets."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._untold: list[SocketWriter] = []  # have fallen behind, and nobody has been told

    def group(self, connections: Iterable[Connection] = ()) -> SocketGroup:
        return SocketGroup(self._untold, cast(Iterable[SocketWriter], connections))

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
