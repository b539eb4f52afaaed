"""The contracts between the core and the transports: a wire format and a connection.

Guarantees that a transport gives:
- What is written arrives whole and in order, or the connection ends.
- `write` never blocks and never raises; after the end of the connection it does nothing.
- Nothing of the core is called from inside a method of these contracts. What happens to a connection is told to its
  peer (`roomcast.core.server.peer`) from the event loop alone: `receive`, `resumed` (a connection that was behind has
  read on), `fell_behind` (a write of the transport's own, such as a pong, was too much), and once, last of all,
  `gone`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from roomcast.core.protocol.messages import Skipped
from roomcast.core.room.log import Log


class Connection(Protocol):
    """One transport to one peer."""

    behind: bool  # more than `Limits.unread` bytes wait to be read; False again before the peer's `resumed` is called

    def write(self, data: bytes, /) -> bool:
        """Send bytes that the wire packed. Returns False if the connection is behind now."""
        ...

    def unread(self) -> int:
        """Bytes written that wait in this process, because the other end has not read so far."""
        ...

    def read_again(self) -> None:
        """Where it was told to wait before it reads on: do so soon, for what the peer has waited for is there."""
        ...

    def ping(self) -> None:
        """Send a ping, if the protocol has one."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection after what was written; `code` as in RFC 6455, section 7.4."""
        ...

    def abort(self) -> None:
        """End the connection now; what was not sent is lost."""
        ...


class Group(Protocol):
    """Connections of one wire that are sent the same bytes."""

    def add(self, connection: Connection, /) -> None: ...

    def discard(self, connection: Connection, /) -> None:
        """Take a connection out, if it is in."""
        ...

    def __len__(self) -> int: ...

    def deliver(self, data: bytes, /) -> Sequence[Connection]:
        """Write bytes to each connection; returns those that are behind now."""
        ...


class Views(Protocol):
    """What the readers of a range of the log see who do not see what everyone sees."""

    def get(self, player: str, began: int, common: bytes, /) -> bytes:
        """The range in one piece, as `player` sees it; `common` where that is what everyone sees.

        `began`: of what is private to this id, it reads what comes after that seq. Before it, the id was another's.
        """
        ...


class Wire(Protocol):
    """How entries are encoded on one kind of connection. The connections of a listener share one object."""

    def render(self, log: Log, after: int, upto: int) -> tuple[bytes, Views | None]:
        """Seqs `after + 1` to `upto` in one piece, as a player sees them to whom none is private.

        And the views of those who see them otherwise; None: nobody does.
        """
        ...

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """What `player` is sent in place of entries that are no longer kept."""
        ...

    def tick(self, at: int) -> bytes:
        """The room's time in one piece; b"" where it is not told."""
        ...

    def pack(self, lines: Sequence[bytes]) -> bytes:
        """Lines (messages) in one piece, as `Connection.write` takes it."""
        ...

    def group(self, connections: Iterable[Connection] = ()) -> Group:
        """A group of this wire's connections: a transport knows best how to write the same to many."""
        ...
