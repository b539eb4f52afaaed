"""Which entries may be our messages; and up to which one each must be acknowledged, for later it never will be.

Another player may have had our id before us, whose entries have its own numbers 1, 2, 3 … Who begins at an older place
reads them, and they acknowledge nothing: our messages come after the entry that was the last when our session began.

A welcome that resumes a session, and a skip, state a seq, and the number of the last message that the server had
received by then. Each of these messages is in the log up to that seq, or was refused. So when the client reaches it,
any of them that is still kept was refused, and the error was lost with the connection.
"""

from __future__ import annotations


class Settlement:
    """Where our entries begin; at most one such place ahead of the client, and what a skip adds to it."""

    __slots__ = ("_n", "_seq", "began", "pending")

    def __init__(self) -> None:
        self.began = 0  # seq after which entries with our id are ours; up to there, another player may have had it
        self.pending = False
        self._seq = 0
        self._n = 0

    def begin(self, seq: int) -> None:
        """The log ends at `seq`, and nothing that we wait for is in it: in this session, nothing is written yet."""
        self.began, self.pending = seq, False

    def expect(self, seq: int, n: int) -> None:
        """The log ends at `seq`: there, all messages up to number `n` are acknowledged or lost."""
        self.began = min(self.began, seq)  # a crash may have undone what was in the log when the session began
        self.pending, self._seq, self._n = True, seq, n

    def may_come(self, n: int, seq: int) -> bool:
        """Whether the entry at `seq`, which has our id and the number `n`, may be our message of that number."""
        return seq > self.began and (not self.pending or n <= self._n)

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
