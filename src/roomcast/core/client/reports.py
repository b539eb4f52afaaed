"""What programs tell the server: when they have run what, for those who watch; and hashes of their own state."""

from __future__ import annotations

from collections import deque
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Check, Do, Done

_MOST: Final = 50  # that wait to be told: who watches wants to see, not to drown


class Reports:
    """The reports of one client. Times are in seconds, on a clock that never jumps."""

    __slots__ = ("_acted_at", "_lines", "every", "sent_after")

    def __init__(self) -> None:
        self.every = 0  # of so many entries, the server wants to be told of one's six steps; 0: of none
        self.sent_after: dict[int, float] = {}  # by number, where steps are watched: ms from acting to writing
        self._acted_at: dict[int, float] = {}
        self._lines: deque[bytes] = deque()  # that wait to be written

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, report: Done | Check) -> None:
        """Let a report wait to be written; where too many do, it is left out."""
        if len(self._lines) < _MOST:
            self._lines.append(codec.encode(report))

    def take(self, size: int) -> list[bytes]:
        """The lines that fit into so many bytes."""
        lines: list[bytes] = []
        while self._lines and size > len(self._lines[0]):
            size -= len(self._lines[0]) + 1
            lines.append(self._lines.popleft())
        return lines

    def asked_for(self, every: int) -> None:
        """The server wants to be told of one entry in so many from now on; 0: of none."""
        self.every = every
        if not every:
            self._acted_at.clear()
            self.sent_after.clear()

    def clear(self) -> None:
        """The connection is gone, and with it who asked."""
        self._lines.clear()
        self.asked_for(0)

    def acted(self, n: int, now: float) -> None:
        """The program has acted, where somebody watches: step 1."""
        self._acted_at[n] = now

    def wrote(self, n: int, now: float) -> None:
        """What it did is written: step 2."""
        acted_at = self._acted_at.pop(n, None)
        if acted_at is not None and len(self.sent_after) < _MOST:
            self.sent_after[n] = (now - acted_at) * 1000

    def is_asked_about(self, entry: Do, me: str) -> bool:
        """Whether the server wants to know when this entry has been run here; `me` is our player id."""
        if not self.every:
            return False
        if entry.s % self.every:
            if entry.by == me:
                self.sent_after.pop(entry.n, None)
            return False
        return True

    def ran(self, entry: Do, took: float, me: str) -> None:
        """An entry was run, in so many ms: step 6."""
        self.add(Done(entry.s, took, self.sent_after.pop(entry.n, None) if entry.by == me else None))
