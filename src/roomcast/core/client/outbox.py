"""The messages of a client that are not acknowledged: numbered, oldest first, and how many of them are written."""

from __future__ import annotations

from collections import deque
from itertools import islice

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import DoRequest, SetRequest


class Outbox:
    """The messages of one session that are not acknowledged. Each is encoded once for every connection it goes over."""

    __slots__ = ("_never_written", "n", "unsent", "waiting")

    def __init__(self) -> None:
        self.n = 0  # number of the newest message
        self.waiting: deque[DoRequest | SetRequest] = deque()  # to be read by anyone, changed here alone
        self.unsent: deque[bytes] = deque()  # lines of the newest of these, not yet written to this connection
        self._never_written = 0  # how many of those were never written to any connection

    def add(self, message: DoRequest | SetRequest, line: bytes) -> int:
        """Keep a message, numbered `n + 1`; `line` is the message, encoded. Returns its number."""
        self.n = message.n
        self.waiting.append(message)
        self.unsent.append(line)
        self._never_written += 1
        return message.n

    def add_written(self, message: DoRequest | SetRequest) -> None:
        """Keep a message, numbered `n + 1`, that is being written now. Nothing may be unsent."""
        self.n = message.n
        self.waiting.append(message)

    def write(self, size: int, *, at_least_one: bool) -> list[bytes]:
        """The next lines for a frame, of at most `size` bytes with their line ends. They count as written.

        With `at_least_one`, the first line is returned whatever its size.
        """
        unsent = self.unsent
        if len(unsent) == 1 and at_least_one:
            lines = [unsent.popleft()]
        else:
            lines = []
            while unsent:
                size -= len(unsent[0]) + 1
                if size < 0 and (lines or not at_least_one):
                    break
                lines.append(unsent.popleft())
        if self._never_written > len(unsent):
            self._never_written = len(unsent)
        return lines

    def numbers_unsent(self, count: int) -> list[int]:
        """The numbers of the next messages that `write` would return."""
        first = len(self.waiting) - len(self.unsent)
        return [message.n for message in islice(self.waiting, first, first + count)]

    def acknowledge(self, n: int) -> DoRequest | SetRequest | None:
        """Message `n` came back, or was refused: forget it. Returns it, None if it was not kept."""
        waiting = self.waiting
        if waiting and waiting[0].n == n:
            found = waiting.popleft()
            if len(self.unsent) > len(waiting):  # the server knows a message that we never sent
                self._drop_unsent(0)
            return found
        for place, message in enumerate(waiting):  # a refusal comes at once, an entry a moment later
            if message.n == n:
                del waiting[place]
                unsent = place - (len(waiting) + 1 - len(self.unsent))
                if unsent >= 0:
                    self._drop_unsent(unsent)
                return message
        return None

    def settle(self, n: int) -> list[int]:
        """Forget all messages up to number `n`. Returns the numbers of those that were kept."""
        waiting, settled = self.waiting, []
        while waiting and waiting[0].n <= n:
            settled.append(waiting.popleft().n)
        while len(self.unsent) > len(waiting):
            self._drop_unsent(0)
        return settled

    def count_from(self, n: int) -> None:
        """On a new connection of the session: send again every message after `n`, the last that the server received.

        It goes under the numbers that the server expects. They are the old ones, unless a crash has made the server
        forget that it refused some.
        """
        had = [message for message in self.waiting if message.n <= n]
        again = _numbered(list(self.waiting)[len(had) :], n + 1)
        self._replace(had, again, n + len(again))

    def start_anew(self) -> int:
        """In a new session, numbers begin at 1. What was never written is kept, under new numbers.

        Returns how many others there were: they are dropped.
        """
        dropped = len(self.waiting) - self._never_written
        again = _numbered(list(self.waiting)[dropped:], 1)
        self._replace([], again, len(again))
        return dropped

    def send_all_again(self) -> None:
        """Write all messages to this connection, also those that the server has. For tests of servers."""
        self._replace([], list(self.waiting), self.n)

    def _replace(self, had: list[DoRequest | SetRequest], again: list[DoRequest | SetRequest], n: int) -> None:
        self.n = n
        self.waiting = deque(had + again)
        self.unsent = deque(map(codec.encode, again))
        self._never_written = min(self._never_written, len(again))

    def _drop_unsent(self, place: int) -> None:
        del self.unsent[place]
        self._never_written = min(self._never_written, len(self.unsent))


def _numbered(messages: list[DoRequest | SetRequest], first: int) -> list[DoRequest | SetRequest]:
    return [one if one.n == n else msgspec.structs.replace(one, n=n) for n, one in enumerate(messages, first)]
