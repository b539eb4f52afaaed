"""The timers of a server's connections: reading on after a pause, and the end that follows a close.

WebSocket connections, line connections and simulated ones use the same.
"""

from __future__ import annotations

from typing import Final, Protocol

from roomcast.core.room.connection import Connection
from roomcast.transports.scheduling import Handle, Scheduler

# Seconds. Event loops count in milliseconds, and some round down: a shorter pause would be none, and the loop would do
# nothing but ask whether it is over. It is what a player's next command takes at the default rate.
SHORTEST_PAUSE: Final = 0.004
CLOSE_ANSWER_WITHIN: Final = 1.0  # seconds that a peer may take to answer our close


class Reader(Protocol):
    """The part of a peer that takes input at a rate."""

    def read_on(self, now: float, /) -> float:
        """Take input that was held back. Returns seconds to wait before reading on; 0: go on reading."""
        ...


class InputStream(Protocol):
    """The part of a transport from which input comes; asyncio's transports are such."""

    def pause_reading(self) -> None:
        """Read nothing from the socket: what the peer sends then waits in TCP, at its end."""
        ...

    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool: ...


class ReadThrottle:
    """Pauses reading from a connection whose messages come faster than its peer may send them.

    Nothing is lost: input that was read already waits in the peer. `pause` may be called again while it is paused,
    as there may be more frames in what was read already.
    """

    __slots__ = ("_again", "_paused", "_reader", "_scheduler", "_stream")

    def __init__(self, reader: Reader, stream: InputStream, scheduler: Scheduler) -> None:
        self._reader = reader
        self._stream = stream
        self._scheduler = scheduler
        self._paused = False
        self._again: Handle | None = None  # when the reader is asked again

    def pause(self, seconds: float) -> None:
        """Pause reading for `seconds`, and after that for as long as the reader asks for."""
        if not self._paused:
            self._paused = True
            self._stream.pause_reading()
            self._again = self._scheduler.call_later(max(seconds, SHORTEST_PAUSE), self._read_on)

    def read_again(self) -> None:
        """Ask the reader at once, where it is paused: what it has waited for is there."""
        if self._again is not None:
            self._again.cancel()
            self._again = self._scheduler.call_soon(self._read_on)

    def _read_on(self) -> None:
        self._again = None
        if self._stream.is_closing():
            return
        wait = self._reader.read_on(self._scheduler.now())
        if wait > 0:
            self._again = self._scheduler.call_later(max(wait, SHORTEST_PAUSE), self._read_on)
        else:
            self._paused = False
            self._stream.resume_reading()


def abort_later(connection: Connection, scheduler: Scheduler) -> None:
    """Give the peer `CLOSE_ANSWER_WITHIN` seconds to answer our close, then abort the connection.

    One that still has something to read is left alone: the core gives it up to `Limits.drain` seconds.
    """
    scheduler.call_later(CLOSE_ANSWER_WITHIN, _abort_if_read, connection)


def _abort_if_read(connection: Connection) -> None:
    if not connection.unread():
        connection.abort()
