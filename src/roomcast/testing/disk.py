"""A simulated disk: it writes and syncs when it is told, loses at a crash what it has not synced, and fails.

Its store and commit logs keep the contract of `roomcast.core.room.commit_log`, and pass the same suite as the real
ones. What a room gives, and each request to open a room, goes three ways:

    given     only the program knows it: gone with the program
    written   the operating system has it, but not yet the disk: a crash of the computer leaves any prefix of it
    synced    it is on disk; events say so
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY,
    SNAPSHOT_EVERY_BYTES,
    CommitFailed,
    Committed,
    Level,
    Opened,
    OpenFailed,
    SavedRoom,
    SavedSession,
    StoreEvent,
)
from roomcast.storage.memory import MemoryCommitLog


@dataclass
class Kept:
    """What is on the disk of one room."""

    lines: list[bytes] = field(default_factory=list)
    private: dict[int, bytes] = field(default_factory=dict)
    sessions: dict[str, SavedSession] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)  # by epoch: the seq after which it began
    snapshot: tuple[int, Snapshot] = (0, Snapshot())


_Change: TypeAlias = Callable[[Kept], object]


def _nothing() -> None:
    pass


class MemoryStore:
    """All rooms on one simulated disk.

    `levels` gives rooms, by name, a level of their own; the others have `level`. When a room is opened, its newest
    `kept` entries are read back, and always those after its snapshot. `given` is called when the disk has something to
    do and had nothing before; `wake` when `poll` has something and had nothing before.
    """

    def __init__(
        self,
        level: Level = Level.FULL,
        *,
        levels: dict[str, Level] | None = None,
        kept: int = 10_000,
        snapshot_every: int = SNAPSHOT_EVERY,
        given: Callable[[], object] = _nothing,
        wake: Callable[[], object] = _nothing,
    ) -> None:
        self.level = level
        self.failure = ""
        self.kept: dict[str, Kept] = {}
        self.snapshot_every = snapshot_every
        self._levels = levels or {}
        self._kept = kept
        self._on_given = given
        self._wake = wake
        self._logs: dict[DiskCommitLog, None] = {}  # those being opened too
        self._given: list[tuple[DiskCommitLog, _Change]] = []
        self._written: list[tuple[DiskCommitLog, _Change]] = []
        self._events: list[tuple[StoreEvent, int]] = []  # with the seq that a `Committed` reaches

    # ------------------------------------------------------------------ the contract

    def start(self, wake: Callable[[], object]) -> None:
        """A program starts that uses the disk, and says whom to wake."""
        self._wake = wake

    def open(self, room: str) -> Opened | None:
        level = self.level_of(room)
        if level is Level.NONE:
            return Opened(room, MemoryCommitLog(room, committed=0), None)
        if self.failure:
            self._tell([(_open_failed(room, self.failure), 0)])
            return None
        log = DiskCommitLog(self, room, level)
        self._logs[log] = None
        self.take(log, _begin_epoch)
        return None

    def rooms(self) -> Sequence[str]:
        return [name for name, disk in self.kept.items() if disk.bases]

    def poll(self) -> list[StoreEvent]:
        events, self._events = self._events, []
        return [event for event, upto in events if _takes_effect(event, upto)]

    def close(self) -> None:
        """The program ends as it should: all that waits is saved."""
        self.save()

    # ------------------------------------------------------------------ what one may ask it

    @property
    def waits(self) -> int:
        """How many changes and requests are not on disk yet."""
        return len(self._given) + len(self._written)

    @property
    def written(self) -> int:
        """How many of them are written and not synced."""
        return len(self._written)

    def level_of(self, room: str) -> Level:
        return self._levels.get(room, self.level)

    def last(self, room: str = "dots") -> int:
        """The seq of the newest entry on disk."""
        return len(self.kept[room].lines) if room in self.kept else 0

    # ------------------------------------------------------------------ what one may do to it

    def write(self, count: int | None = None) -> None:
        """Write the oldest `count` of what was given; None: all."""
        self._written += self._given[:count]
        del self._given[:count]

    def sync(self) -> None:
        """Have all on disk that is written. What that commits and opens is said in events."""
        part, self._written = self._written, []
        events: list[tuple[StoreEvent, int]] = []
        for log, change in part:
            change(self.kept.setdefault(log.room, Kept()))
            log.waits -= 1
            if not log.opened:
                events.append((self._opened(log), 0))
        for log in dict.fromkeys(log for log, _ in part):
            if (last := self.last(log.room)) > log.synced:
                log.synced = last
                if log.level is Level.FULL:
                    events.append((Committed(log), last))
            self.release(log)
        self._tell(events)

    def save(self, count: int | None = None) -> bool:
        """Write and sync the oldest `count` of all that waits; None: all. Returns whether there was any."""
        before = self.waits
        self.write(None if count is None else max(0, count - self.written))
        self.sync()
        return before > 0

    def crash(self, kept: int | None = None) -> None:
        """Lose what is not written, and of what is written and not synced all but `kept` (None: lose nothing of it).

        There are no events: who would take them is gone.
        """
        self._lose(kept)
        self._logs.clear()
        self._events.clear()
        self.failure = ""

    def fail(self, why: str, kept: int | None = 0) -> None:
        """Write nothing more, for any room, until `recover`. What waits is lost as in a crash."""
        self.failure = why
        self._lose(kept)
        logs, self._logs = self._logs, {}
        self._tell([(CommitFailed(log, why) if log.opened else _open_failed(log.room, why), 0) for log in logs])

    def recover(self) -> None:
        self.failure = ""

    # ------------------------------------------------------------------ for its commit logs

    def take(self, log: DiskCommitLog, change: _Change) -> None:
        if log in self._logs:
            log.waits += 1
            self._given.append((log, change))
            if self.waits == 1:
                self._on_given()

    def release(self, log: DiskCommitLog) -> None:
        """Forget a commit log that is closed, when all of it is on disk."""
        if log.closed and not log.waits:
            self._logs.pop(log, None)

    def holds(self, log: DiskCommitLog) -> bool:
        """Whether what the commit log gives is still written."""
        return log in self._logs

    # ------------------------------------------------------------------ inside

    def _opened(self, log: DiskCommitLog) -> Opened:
        disk = self.kept[log.room]
        last, epoch = len(disk.lines), max(disk.bases)
        log.opened = True
        log.committed = log.synced = last
        if epoch == 1:
            return Opened(log.room, log, None)
        at, state = disk.snapshot
        first = min(at, max(0, last - self._kept))
        private = {seq: line for seq, line in disk.private.items() if seq > first}
        sessions = list(disk.sessions.values())
        log.count_from(disk.lines[at:])
        saved = SavedRoom(epoch, dict(disk.bases), last, state, at, disk.lines[first:], private, sessions)
        return Opened(log.room, log, saved)

    def _tell(self, events: Sequence[tuple[StoreEvent, int]]) -> None:
        had = bool(self._events)
        self._events += events
        if events and not had:
            self._wake()

    def _lose(self, kept: int | None) -> None:
        for log, change in self._written[:kept]:
            change(self.kept.setdefault(log.room, Kept()))
        self._given.clear()
        self._written.clear()


def _begin_epoch(disk: Kept) -> None:
    disk.bases[max(disk.bases, default=0) + 1] = len(disk.lines)


def _open_failed(room: str, why: str) -> OpenFailed:
    return OpenFailed(room, f"the room cannot be opened: {why}")


def _takes_effect(event: StoreEvent, upto: int) -> bool:
    """Do what an event says. False: its commit log is closed, so that the event is dropped."""
    if isinstance(event, (Committed, CommitFailed)):
        log = event.commits
        assert isinstance(log, DiskCommitLog)
        if log.closed:
            return False
        if isinstance(event, Committed):
            log.committed = upto
        else:
            log.closed = True
    return True


class DiskCommitLog:
    """The commit log of one room on the simulated disk."""

    def __init__(self, store: MemoryStore, room: str, level: Level) -> None:
        self.room = room
        self.level = level
        self.committed = 0
        self.snapshot_due = False
        self.opened = False
        self.closed = False
        self.synced = 0  # seq; the disk has all up to it
        self.waits = 0  # changes that are not on disk yet
        self._store = store
        self._since = (0, 0)  # the last snapshot: entries, and bytes of their lines

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        def write(disk: Kept) -> None:
            assert seq == len(disk.lines) + 1, "a hole on the disk"
            disk.lines.append(line)
            if private is not None:
                disk.private[seq] = private
            if n and secret in disk.sessions:
                disk.sessions[secret] = replace(disk.sessions[secret], n=n)

        if self.closed:
            return
        self._give(write)
        if self.level is Level.RELAXED:
            self.committed = seq
        self._count(1, len(line))

    def save_session(self, session: SavedSession) -> None:
        self._give(lambda disk: disk.sessions.update({session.secret: session}))

    def forget_session(self, secret: str) -> None:
        self._give(lambda disk: disk.sessions.pop(secret, None))

    def save_snapshot(self, seq: int, snapshot: Snapshot) -> None:
        self._give(lambda disk: setattr(disk, "snapshot", (seq, snapshot)))
        self.count_from([])

    @property
    def settled(self) -> bool:
        return not self.waits and self._store.holds(self)

    def close(self) -> None:
        self.closed = True
        self._store.release(self)

    def count_from(self, lines: Sequence[bytes]) -> None:
        """These entries have come since the last snapshot."""
        self._since = (0, 0)
        self._count(len(lines), sum(map(len, lines)))

    def _count(self, entries: int, size: int) -> None:
        self._since = (self._since[0] + entries, self._since[1] + size)
        self.snapshot_due = self._since[0] >= self._store.snapshot_every or self._since[1] >= SNAPSHOT_EVERY_BYTES

    def _give(self, change: _Change) -> None:
        if not self.closed:
            self._store.take(self, change)
