"""The order of a room: the one place that gives entries their seq, folds them, and hands them to the commit log.

What the commit log reports as committed is a prefix of this order; only that is fed to connections.

It also has the room's time, which every entry carries as `at`: Unix milliseconds that never go back, neither in a
process nor from one to the next. See docs/decisions/0022-logical-time.md.
"""

from __future__ import annotations

from math import ceil, floor
from typing import Any, Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, DoRequest, Snapshot
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.fold import EMPTY, RoomState, apply, snapshot
from roomcast.core.room.log import Log
from roomcast.core.room.private_lines import OVERHEAD, PrivateLine
from roomcast.core.room.session import Session

LEAD: Final = 2_000
"""Milliseconds, at most, between the room's time at a crash and the time from which it goes on.

A room that ticks has its time kept twice as often, all rooms at about the same moments, so that their writes are one.
"""

_ROUNDED: Final = 1e-6  # seconds: rounding error of sums of Unix seconds


class Order(Log):
    """A log to which entries are proposed. `state` is the fold of all of them.

    What cannot be encoded or folded changes nothing. Where an entry is in the log and cannot be handed to the commit
    log, the room cannot go on: `RoomBroken`.
    """

    __slots__ = ("_clock", "_marks", "_offset", "_reserved", "at", "bases", "commits", "epoch", "others", "state")

    def __init__(self, commits: CommitLog, clock: Clock) -> None:
        super().__init__()
        self.state: RoomState = EMPTY
        self.commits = commits
        self.others = 0  # entries that are no commands, as far back as the log was read
        self.epoch = 1
        self.bases = {1: 0}  # by epoch: the seq after which it began
        self.at = 0  # the room's time of the newest entry or tick: none that follows has less
        self._clock = clock
        self._offset = clock.offset  # seconds that the room's time is ahead of the monotonic clock
        self._reserved = 0  # the room's time is to be kept as told up to it, by the commit log
        self._marks = ((0.0, 0), (0.0, 0))  # the last two: when, and the newest seq then

    def time(self, now: float) -> int:
        """The room's time, in Unix milliseconds. It never goes back, whatever `now` is."""
        at = floor((now + self._offset) * 1000)
        return max(self.at, at)

    def monotonic(self, at: float) -> float:
        """When the room's time will be `at`, and not a moment before: seconds, monotonic."""
        return ceil(at) / 1000 - self._offset + _ROUNDED

    def set_time(self, now: float) -> None:
        """Set the room's time by the clock: forward, where the clock is ahead. While nobody is here.

        While somebody is, it follows the monotonic clock alone, which does not jump: all timers of the room would run
        for a jump at once.
        """
        self._offset = max(self._clock.offset, self.at / 1000 - now)

    def stop_time(self, now: float) -> None:
        """It is `at` now, until `set_time`: the room has just been opened, and what happens now happened then."""
        self._offset = self.at / 1000 - now

    def may_tell(self, at: int) -> bool:
        """Whether the room's time may be told up to `at` without an entry. False: it will be kept soon that it may.

        What is told holds after a crash as well, so it is kept before.
        """
        commits = self.commits
        if (upto := at - at % (LEAD // 2) + LEAD) > self._reserved:
            self._reserved = upto
            commits.save_time(upto)
        return at <= commits.time_kept

    @property
    def commands(self) -> int:
        """How many commands were proposed, about: those of the part of the log that was forgotten count all."""
        return self.last - self.others

    def mark(self, now: float) -> None:
        """About once a second: remember how far the log has come."""
        earlier, mark = self._marks[1], (now, self.last)
        self._marks = (earlier if earlier[0] else mark, mark)

    def recent_rate(self, now: float) -> float:
        """Entries a second, over the last second or two."""
        since, seq = self._marks[0]
        return (self.last - seq) / max(1.0, now - since)

    def common(self, epoch: int) -> int:
        """The last seq that an epoch's log has in common with this log: a crash may have undone later entries."""
        if epoch > self.epoch or epoch + 1 < min(self.bases):
            return 0  # of a log that was lost, or of an epoch that is forgotten
        return min((base for later, base in self.bases.items() if later > epoch), default=self.last)

    def propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...], secret: str = "", n: int = 0
    ) -> int:
        """Propose an entry that is no command; returns its seq.

        `fields` are those of the entry's kind after seq, player and time; `n` is the number that the session `secret`
        used for it.
        """
        seq = self.last + 1
        at = self.time(now)
        entry = kind(seq, by, at, *fields)
        line = codec.encode(entry)
        state = apply(self.state, entry)
        try:
            self.state = state
            self.at = at
            self.others += 1
            self.append(seq, line)
            self._commit(seq, line, None, secret, n)
        except Exception as error:
            raise RoomBroken(self.commits) from error
        return seq

    def propose_command(
        self, session: Session, request: DoRequest, command: str, readers: frozenset[str] | None, now: float
    ) -> int:
        """Propose a command, which does not change the state; returns its seq.

        `command` is the name that the room keeps; `readers` is as in `PrivateLine`, None: everyone. What `append` and
        `_commit` do is done here for public commands: nearly all entries are such, and each call counts.
        """
        seq = self.last + 1
        at = floor((now + self._offset) * 1000)
        if at < self.at:
            at = self.at
        line = codec.encode(Do(seq, session.id, at, command, request.a, request.n, request.to))
        commits = self.commits
        try:
            self.at = at
            if readers is not None:
                hidden = codec.hidden(seq, at)
                self.append(seq, hidden, PrivateLine(line, readers))
                self._commit(seq, hidden, line, session.secret, request.n)
                return seq
            self.last = seq
            self._lines.append(line)
            self.size += len(line) + OVERHEAD
            commits.append(seq, line, None, session.secret, request.n)
            if commits.snapshot_due:
                self._save_snapshot()
        except Exception as error:
            raise RoomBroken(commits) from error
        return seq

    def _commit(self, seq: int, line: bytes, private: bytes | None, secret: str, n: int) -> None:
        self.commits.append(seq, line, private, secret, n)
        if self.commits.snapshot_due:
            self._save_snapshot()

    def _save_snapshot(self) -> None:
        self.commits.save_snapshot(self.last, self.snapshot())

    def snapshot(self) -> Snapshot:
        """The newest state, as newcomers get it."""
        return snapshot(self.state, self.at)
