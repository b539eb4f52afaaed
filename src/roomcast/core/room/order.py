"""The order of a room: the one place that gives entries their seq, folds them, and hands them to the commit log.

What the commit log reports as committed is a prefix of this order; only that is fed to connections.
"""

from __future__ import annotations

from math import floor
from typing import Any

from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.fold import RoomState, apply, snapshot
from roomcast.core.room.log import Log, PrivateLine


class Order:
    """Proposes entries to a room's log. `state` is the fold of all that were proposed."""

    __slots__ = ("_clock", "_log", "commits", "state")

    def __init__(self, log: Log, state: RoomState, commits: CommitLog, clock: Clock) -> None:
        self.state = state
        self.commits = commits
        self._log = log
        self._clock = clock

    def propose(self, kind: type[AnyEntry], by: str, now: float, *fields: Any, secret: str = "", n: int = 0) -> int:
        """Propose an entry that is no command; returns its seq.

        `fields` are those of the entry's kind after seq, player and time; `n` is the number that the session `secret`
        used for it.
        """
        log, commits = self._log, self.commits
        seq = log.last + 1
        entry = kind(seq, by, self._clock.at(now), *fields)
        line = codec.encode(entry)
        self.state = apply(self.state, entry)
        log.append(seq, line)
        commits.append(seq, line, None, secret, n)
        if commits.snapshot_due:
            commits.save_snapshot(seq, snapshot(self.state))
        return seq

    def propose_command(
        self,
        by: str,
        now: float,
        command: str,
        arguments: Raw,
        to: tuple[str, ...] | None,
        readers: frozenset[str] | None,
        secret: str,
        n: int,
    ) -> int:
        """Propose a command, which does not change the state; returns its seq. `readers`: as in `PrivateLine`.

        As `propose` does, with as few calls as can be: nearly all entries are commands.
        """
        log, commits = self._log, self.commits
        seq = log.last + 1
        line = codec.encode(Do(seq, by, floor((now + self._clock.offset) * 1000), command, arguments, n, to))
        if readers is None:
            log.append(seq, line)
            commits.append(seq, line, None, secret, n)
        else:
            hidden = codec.hidden(seq)
            log.append(seq, hidden, PrivateLine(line, readers))
            commits.append(seq, hidden, line, secret, n)
        if commits.snapshot_due:
            commits.save_snapshot(seq, snapshot(self.state))
        return seq
