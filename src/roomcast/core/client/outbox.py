"""What a client has sent and has not come back: numbered, the oldest first, and how far it has been written."""

from __future__ import annotations

from collections import deque

import msgspec

from roomcast.core.protocol.messages import Act, Put


class Outbox:
    """The messages of one session that are not acknowledged; each has the number that it was given here."""

    __slots__ = ("_never_sent", "n", "unsent", "waiting")

    def __init__(self) -> None:
        self.n = 0  # of the newest message
        self.unsent = 0  # how many, the newest, have not been written to this connection
        self._never_sent = 0  # how many of those have not been written to any
        self.waiting: deque[Act | Put] = deque()  # the messages, for all to look at

    def add(self, message: Act | Put) -> int:
        """Take in a message that has the number `n + 1`; returns that."""
        self.n = message.n
        self.waiting.append(message)
        self.unsent += 1
        self._never_sent += 1
        return message.n

    def peek(self) -> Act | Put | None:
        """The next message to write to this connection; it counts as written when `wrote` is called."""
        return self.waiting[-self.unsent] if self.unsent else None

    def wrote(self) -> None:
        self.unsent -= 1
        if self._never_sent > self.unsent:
            self._never_sent = self.unsent

    def acknowledge(self, n: int) -> Act | Put | None:
        """Message `n` is done with: it came back, or was refused. Returns it."""
        waiting = self.waiting
        found: Act | Put | None = None
        if waiting and waiting[0].n == n:
            found = waiting.popleft()
        else:  # a refusal is heard at once, an entry a moment later: then it is not the oldest
            for message in waiting:
                if message.n == n:
                    found = message
                    waiting.remove(message)
                    break
        if self.unsent > len(waiting):  # a server that has seen what we never sent
            self.unsent = self._never_sent = len(waiting)
        return found

    def settle(self, n: int) -> list[int]:
        """All up to number `n` are done with; returns the numbers of those that waited."""
        waiting, settled = self.waiting, []
        while waiting and waiting[0].n <= n:
            settled.append(waiting.popleft().n)
        self.unsent = min(self.unsent, len(waiting))
        self._never_sent = min(self._never_sent, self.unsent)
        return settled

    def count_from(self, n: int) -> None:
        """What the server has not had goes out again, under the numbers that it expects: `n` is the last it has had.

        They are the old ones, unless a crash has made the server forget that it refused some.
        """
        had = [message for message in self.waiting if message.n <= n]
        again = list(self.waiting)[len(had) :]
        self.waiting = deque(had + _numbered(again, n + 1))
        self.n = n + len(again)
        self.unsent = len(again)
        self._never_sent = min(self._never_sent, self.unsent)

    def start_anew(self) -> int:
        """A new session counts from 1: what was never sent goes on under new numbers.

        Returns how many others there were: they are dropped.
        """
        dropped = len(self.waiting) - self._never_sent
        self.waiting = deque(_numbered(list(self.waiting)[dropped:], 1))
        self.n = self.unsent = self._never_sent = len(self.waiting)
        return dropped


def _numbered(messages: list[Act | Put], first: int) -> list[Act | Put]:
    return [one if one.n == n else msgspec.structs.replace(one, n=n) for n, one in enumerate(messages, first)]
