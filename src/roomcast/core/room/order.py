"""The order of a room: the one place that gives entries their seq, folds them, and hands them to the commit log.

What the commit log reports as committed is a prefix of this order; only that is fed to connections.
"""

from __future__ import annotations

from math import floor
from typing import Any

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, DoRequest
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.fold import EMPTY, RoomState, apply, snapshot
from roomcast.core.room.log import OVERHEAD, Log, PrivateLine
from roomcast.core.room.session import Session


class Order(Log):
    """A log to which entries are proposed. `state` is the fold of all of them."""

    __slots__ = ("_clock", "bases", "commits", "epoch", "state")

    def __init__(self, commits: CommitLog, clock: Clock) -> None:
        super().__init__()
        self.state: RoomState = EMPTY
        self.commits = commits
        self.epoch = 1
        self.bases = {1: 0}  # by epoch: the seq after which it began
        self._clock = clock

    def common(self, epoch: int) -> int:
        """The last seq that an epoch's log has in common with this log: a crash may have undone later entries."""
        if epoch > self.epoch:
            return 0
        return min((base for later, base in self.bases.items() if later > epoch), default=self.last)

    def propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...], secret: str = "", n: int = 0
    ) -> int:
        """Propose an entry that is no command; returns its seq.

        `fields` are those of the entry's kind after seq, player and time; `n` is the number that the session `secret`
        used for it.
        """
        seq = self.last + 1
        entry = kind(seq, by, floor((now + self._clock.offset) * 1000), *fields)
        line = codec.encode(entry)
        self.state = apply(self.state, entry)
        self.append(seq, line)
        self._commit(seq, line, None, secret, n)
        return seq

    def propose_command(
        self, session: Session, request: DoRequest, command: str, readers: frozenset[str] | None, now: float
    ) -> int:
        """Propose a command, which does not change the state; returns its seq.

        `command` is the name that the room keeps; `readers` is as in `PrivateLine`, None: everyone. What `append` and
        `_commit` do is done here for public commands: nearly all entries are such, and each call counts.
        """
        seq = self.last + 1
        at = floor((now + self._clock.offset) * 1000)
        line = codec.encode(Do(seq, session.id, at, command, request.a, request.n, request.to))
        if readers is not None:
            hidden = codec.hidden(seq)
            self.append(seq, hidden, PrivateLine(line, readers))
            self._commit(seq, hidden, line, session.secret, request.n)
            return seq
        self.last = seq
        self._lines.append(line)
        self.size += len(line) + OVERHEAD
        commits = self.commits
        commits.append(seq, line, None, session.secret, request.n)
        if commits.snapshot_due:
            commits.save_snapshot(seq, snapshot(self.state))
        return seq

    def _commit(self, seq: int, line: bytes, private: bytes | None, secret: str, n: int) -> None:
        self.commits.append(seq, line, private, secret, n)
        if self.commits.snapshot_due:
            self.commits.save_snapshot(seq, snapshot(self.state))
