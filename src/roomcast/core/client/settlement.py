"""Up to which entry each of our messages must be acknowledged: one that is not, by then, never will be.

A welcome that resumes a session, and a skip, state a seq, and the number of the last message that the server had
received by then. Each of these messages is in the log up to that seq, or was refused. So when the client reaches it,
any of them that is still kept was refused, and the error was lost with the connection.
"""

from __future__ import annotations


class Settlement:
    """At most one such place ahead of the client, and what a skip adds to it."""

    __slots__ = ("_n", "_seq", "pending")

    def __init__(self) -> None:
        self.pending = False
        self._seq = 0
        self._n = 0

    def expect(self, seq: int, n: int) -> None:
        """At entry `seq`, all messages up to number `n` are acknowledged or lost."""
        self.pending, self._seq, self._n = True, seq, n

    def may_come(self, n: int) -> bool:
        """Whether an entry may be our message `n`. Up to the expected place there are those of earlier sessions."""
        return not self.pending or n <= self._n

    def reached(self, seq: int) -> int:
        """The client has all entries up to `seq`. Returns up to which number messages are settled, 0 if none are."""
        if not self.pending or seq < self._seq:
            return 0
        self.pending = False
        return self._n

    def skipped(self, last: int, n: int) -> int:
        """The client continues from a snapshot at entry `last`, by which the server had received messages up to `n`.

        Returns as `reached`. An expected place beyond `last` stays: some of what it counted still comes, as entries.
        """
        return max(n, self.reached(last))
