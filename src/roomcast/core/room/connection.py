"""The contracts between the core and what carries its bytes: a wire format and a connection.

Guarantees that a transport gives:
- What is written arrives whole and in order, or the connection ends.
- `write` never blocks and never raises; after the end it does nothing.
- When more than `Limits.unread` bytes wait to be read by the peer it calls the peer's `paused`,
  and when the peer has read most of it, `resumed`; both may happen inside `write`.
- It tells the peer once, and last of all, that the connection is `gone`; never from inside `write`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from roomcast.core.protocol.messages import Skipped
from roomcast.core.room.log import Log


class Wire(Protocol):
    """How entries look on one kind of connection. One object a kind, shared by all its connections."""

    def common(self, log: Log, after: int, upto: int) -> bytes:
        """Seqs `after + 1` to `upto` in one piece, as a player sees them to whom none is special."""
        ...

    def special(self, log: Log, after: int, upto: int) -> Collection[str]:
        """The ids of the players who see those entries otherwise."""
        ...

    def personal(self, log: Log, after: int, upto: int, player: str) -> bytes:
        """The same entries in one piece, as `player` sees them."""
        ...

    def skipped(self, skipped: Skipped, player: str) -> bytes:
        """What `player` is told in place of entries that are no longer kept."""
        ...

    def pack(self, lines: Sequence[bytes]) -> bytes:
        """Lines (messages) in one piece, as `Connection.write` takes it."""
        ...

    def spread(self, data: bytes, connections: Iterable[Connection]) -> None:
        """The same as `write` to each connection, all of this kind: a transport may have a better way for many."""
        ...


class Connection(Protocol):
    """One transport to one peer."""

    def write(self, data: bytes, /) -> object:
        """Send bytes that the wire packed."""
        ...

    def unread(self) -> int:
        """Bytes written that wait in this process, because the peer has not read so far."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life, where the protocol has one."""
        ...

    def close(self, code: int, reason: str) -> None:
        """End the connection after what was written; `code` as in RFC 6455, section 7.4."""
        ...

    def abort(self) -> None:
        """End the connection now; what was not sent is lost."""
        ...
