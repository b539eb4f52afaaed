"""A simulated disk: it writes and syncs when it is told, loses at a crash what it has not synced, and fails.

Its store and commit logs keep the contract of `roomcast.core.room.commit_log`, and pass the same suite as the real
ones. What a room gives, and each request to open a room, goes three ways:

    given     only the program knows it: gone with the program
    written   the operating system has it, but not yet the disk: a crash of the computer leaves any prefix of it
    synced    it is on disk; events say so
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY,
    CommitFailed,
    CommitLog,
    Committed,
    Level,
    Opened,
    OpenFailed,
    SavedRoom,
    StoreEvent,
    StoreTrouble,
)
from roomcast.core.room.private_lines import TurnLines
from roomcast.storage.memory import MemoryCommitLog
from roomcast.testing.disk_commit_log import Change, DiskCommitLog, RoomOnDisk

EntryTaker: TypeAlias = Callable[[CommitLog, int, bytes, "TurnLines | None", bool], object]
"""Told of each entry: the commit log that has it, its seq, its line, other lines, whether it is a turn of rules."""


def _nothing(*what: object) -> None:
    pass


class MemoryStore:
    """All rooms on one simulated disk.

    `levels` gives rooms, by name, a level of their own; the others have `level`. When a room is opened, its newest
    `kept` entries are read back, and always those after its snapshot; older ones are forgotten, unless `history` is
    true. `given` is called when the disk has something to do and had nothing before; `appended` with each entry that a
    commit log is given, once it has that.
    """

    def __init__(
        self,
        level: Level = Level.FULL,
        *,
        levels: dict[str, Level] | None = None,
        kept: int = 10_000,
        snapshot_every: int = SNAPSHOT_EVERY,
        history: bool = False,
        given: Callable[[], object] = _nothing,
        appended: EntryTaker = _nothing,
    ) -> None:
        self.level = level
        self.appended: Final = appended
        self.failure = ""
        self.kept: dict[str, RoomOnDisk] = {}
        self.snapshot_every = snapshot_every
        self._levels = levels or {}
        self._kept = kept
        self._history = history
        self._on_given = given
        self._wake: Callable[[], object] = _nothing
        self._logs: dict[DiskCommitLog, None] = {}  # those being opened too
        self._given: list[tuple[DiskCommitLog, Change]] = []
        self._written: list[tuple[DiskCommitLog, Change]] = []
        self._events: list[tuple[StoreEvent, int, int]] = []  # with the seq and the time that a `Committed` reaches

    # ------------------------------------------------------------------ the contract

    @property
    def trouble(self) -> StoreTrouble | None:
        return StoreTrouble("disk-full" if "full" in self.failure else "disk", self.failure) if self.failure else None

    def start(self, wake: Callable[[], object]) -> None:
        """A program starts that uses the disk: another one after each crash."""
        self._wake = wake

    def open(self, room: str) -> Opened | None:
        level = self.level_of(room)
        if level is Level.NONE:
            return Opened(room, _WatchedLog(room, self.appended), None)
        if self.failure:
            self._tell([(_open_failed(room, self.failure), 0, 0)])
            return None
        log = DiskCommitLog(self, room, level)
        self._logs[log] = None
        self.take(log, _begin_epoch)
        return None

    def rooms(self) -> Sequence[str]:
        return [name for name, disk in self.kept.items() if disk.bases]

    def poll(self) -> list[StoreEvent]:
        events, self._events = self._events, []
        return [event for event, upto, told in events if _takes_effect(event, upto, told)]

    def close(self) -> None:
        """The program ends as it should: all that waits is saved."""
        self.save()

    # ------------------------------------------------------------------ for tests: its state

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
        return self.kept[room].last if room in self.kept else 0

    # ------------------------------------------------------------------ for tests and simulations: what happens to it

    def write(self, count: int | None = None) -> None:
        """Write the oldest `count` of what was given; None: all."""
        self._written += self._given[:count]
        del self._given[:count]

    def sync(self) -> None:
        """Have all on disk that is written. What that commits and opens is said in events."""
        part, self._written = self._written, []
        events: list[tuple[StoreEvent, int, int]] = []
        for log, change in part:
            change(self.kept.setdefault(log.room, RoomOnDisk()))
            log.waits -= 1
            if not log.opened:
                events.append((self._opened(log), 0, 0))
        for log in dict.fromkeys(log for log, _ in part):
            last, told = self.last(log.room), self.kept[log.room].told
            if told > log.synced_time or (last > log.synced and log.level is Level.FULL):
                events.append((Committed(log), last if log.level is Level.FULL else 0, told))
            log.synced, log.synced_time = last, told
            self.release(log)
            if not self._history:
                self.kept[log.room].forget(self._kept)
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
        self._tell([(CommitFailed(log, why) if log.opened else _open_failed(log.room, why), 0, 0) for log in logs])

    def recover(self) -> None:
        self.failure = ""

    # ------------------------------------------------------------------ for its commit logs

    def take(self, log: DiskCommitLog, change: Change) -> None:
        if log in self._logs:
            log.waits += 1
            self._given.append((log, change))
            if self.waits == 1:
                self._on_given()

    def release(self, log: DiskCommitLog) -> None:
        if log.closed and not log.waits:
            self._logs.pop(log, None)

    def holds(self, log: DiskCommitLog) -> bool:
        return log in self._logs

    # ------------------------------------------------------------------ events and losses

    def _opened(self, log: DiskCommitLog) -> Opened:
        disk = self.kept[log.room]
        last, epoch = disk.last, max(disk.bases)
        log.opened = True
        log.committed = log.synced = last
        log.time_kept = log.synced_time = disk.told
        if epoch == 1:
            return Opened(log.room, log, None)
        at, state = disk.snapshot
        first = max(disk.gone, min(at, last - self._kept))
        private = {seq: line for seq, line in disk.private.items() if seq > first}
        sessions = list(disk.sessions.values())
        log.count_from(disk.after(at))
        saved = SavedRoom(
            epoch,
            dict(disk.bases),
            last,
            state,
            at,
            disk.after(first),
            private,
            sessions,
            disk.world,
            disk.told,
            turns={seq: turn for seq, turn in disk.turns.items() if seq > first},
            truth=disk.truth,
            truth_patches={seq: one for seq, one in disk.truth_patches.items() if seq > at},
        )
        return Opened(log.room, log, saved)

    def _tell(self, events: Sequence[tuple[StoreEvent, int, int]]) -> None:
        had = bool(self._events)
        self._events += events
        if events and not had:
            self._wake()

    def _lose(self, kept: int | None) -> None:
        for log, change in self._written[:kept]:
            change(self.kept.setdefault(log.room, RoomOnDisk()))
        self._given.clear()
        self._written.clear()


class _WatchedLog(MemoryCommitLog):
    """The commit log of a room that is not kept."""

    __slots__ = ("_appended",)

    def __init__(self, room: str, appended: EntryTaker) -> None:
        super().__init__(room)
        self._appended = appended

    def append(self, seq: int, line: bytes, private: bytes | None = None, *more: Any) -> None:
        super().append(seq, line, private, *more)
        self._appended(self, seq, private or line, None, False)

    def append_turn(self, seq: int, line: bytes, turn: TurnLines | None, *more: Any) -> None:
        super().append_turn(seq, line, turn, *more)
        self._appended(self, seq, line, turn, True)


def _begin_epoch(disk: RoomOnDisk) -> None:
    disk.bases[max(disk.bases, default=0) + 1] = disk.last


def _open_failed(room: str, why: str) -> OpenFailed:
    return OpenFailed(room, f"the room cannot be opened: {why}")


def _takes_effect(event: StoreEvent, upto: int, told: int) -> bool:
    """Do what an event says. False: its commit log is closed, so that the event is dropped."""
    if isinstance(event, (Committed, CommitFailed)):
        log = event.commits
        assert isinstance(log, DiskCommitLog)
        if log.closed:
            return False
        if isinstance(event, Committed):
            log.committed = upto or log.committed
            log.time_kept = told or log.time_kept
        else:
            log.closed = True
    return True
