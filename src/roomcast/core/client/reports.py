"""What a client reports about its program: when commands were run, for observers; and hashes of its state."""

from __future__ import annotations

from collections import deque
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import BeginRequest, Check, Do, Done

_MAX_WAITING: Final = 50  # reports that may wait to be written: an observer wants samples, not all of them


class Reports:
    """The reports of one client. Times are in seconds, on a monotonic clock."""

    __slots__ = ("every", "lines", "sent_after")

    def __init__(self) -> None:
        self.every = 0  # the server asks for reports on entries where seq % every == 0; 0: on none
        self.lines: deque[tuple[int, bytes]] = deque()  # reports that wait to be written: the log, and the line
        self.sent_after: dict[int, float] = {}  # by number: ms from the program's call to the writing of our message

    def add(self, report: Done | Check | BeginRequest, log: int) -> None:
        """Queue a report on an entry of that log, from any thread; where too many wait, it is dropped."""
        if len(self.lines) < _MAX_WAITING:
            self.lines.append((log, codec.encode(report)))

    def write(self, size: int, log: int) -> list[bytes]:
        """The next lines for a frame, of at most `size` bytes with their line ends. They count as written.

        Reports on another log than the one that is followed now are dropped: there, the same seq is another entry.
        """
        lines: list[bytes] = []
        while self.lines and size > len(self.lines[0][1]):
            of, line = self.lines.popleft()
            if of == log:
                size -= len(line) + 1
                lines.append(line)
        return lines

    def asked_for(self, every: int) -> None:
        """The server asks for reports on entries where seq % every == 0; 0: on none."""
        self.every = every
        if not every:
            self.sent_after.clear()

    def clear(self) -> None:
        """The connection is gone, and with it the server's request for reports."""
        self.lines.clear()
        self.asked_for(0)

    def wrote(self, n: int, acted_at: float, now: float) -> None:
        """Message `n` is being written, which the program sent at `acted_at`: steps 1 and 2 of a command's trace."""
        if len(self.sent_after) < _MAX_WAITING:
            self.sent_after[n] = (now - acted_at) * 1000

    def is_asked_about(self, entry: Do, *, own: bool) -> bool:
        """Whether the server wants a report when this entry has been run; `own`: it is our message."""
        if not self.every:
            return False
        if entry.s % self.every:
            if own:
                self.sent_after.pop(entry.n, None)
            return False
        return True

    def ran(self, entry: Do, took: float, log: int, *, own: bool) -> None:
        """An entry of that log was run, in `took` ms: step 6."""
        self.add(Done(entry.s, took, self.sent_after.pop(entry.n, None) if own else None), log)
