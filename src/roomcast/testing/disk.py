"""A disk in memory: it writes and syncs when it is told, loses at a crash what it has not synced, and fails.

It keeps the contract of `roomcast.core.room.commit_log`, and passes the same contract suite as the real stores.
What a room says goes three ways:

    given     only the program knows it: gone with the program
    written   the system has it, but not yet the disk: a crash of the computer leaves any beginning of it
    synced    it is on disk, and the room is told so
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SNAPSHOT_EVERY, Level, SavedRoom, SavedSession
from roomcast.errors import Refused


@dataclass
class Kept:
    """What is on the disk of one room."""

    lines: list[bytes] = field(default_factory=list)
    private: dict[int, bytes] = field(default_factory=dict)
    sessions: dict[str, SavedSession] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)  # by epoch: the seq after which it began
    snapshot: tuple[int, Snapshot] = (0, Snapshot())


_Change: TypeAlias = Callable[[Kept], object]


class MemoryStore:
    """All rooms on one disk. `given` is called when something is to be written and nothing was before.

    `levels` gives rooms a level of their own; the others have `level`. `kept`: entries of a room that are read back.
    """

    def __init__(
        self,
        level: Level = Level.FULL,
        *,
        levels: dict[str, Level] | None = None,
        kept: int = 10_000,
        snapshot_every: int = SNAPSHOT_EVERY,
        given: Callable[[], None] = lambda: None,
    ) -> None:
        self.level = level
        self.failure = ""
        self.kept: dict[str, Kept] = {}
        self.snapshot_every = snapshot_every
        self._levels = levels or {}
        self._kept = kept
        self._on_given = given
        self._journals: dict[MemoryJournal, None] = {}
        self._given: list[tuple[MemoryJournal, _Change]] = []
        self._written: list[tuple[MemoryJournal, _Change]] = []

    # ------------------------------------------------------------------ the contract

    def open(self, room: str) -> tuple[MemoryJournal | None, SavedRoom | None]:
        level = self.level_of(room)
        if level is Level.NONE:
            return None, None
        if self.failure:
            raise Refused("disk", self.failure)
        self.save()  # an earlier journal of the room may have given something
        new = room not in self.kept
        disk = self.kept.setdefault(room, Kept())
        last, epoch = len(disk.lines), max(disk.bases, default=0) + 1
        disk.bases[epoch] = last
        journal = MemoryJournal(self, room, level, last)
        self._journals[journal] = None
        if new:
            return journal, None
        at, state = disk.snapshot
        first = min(at, max(0, last - self._kept))
        private = {seq: line for seq, line in disk.private.items() if seq > first}
        sessions = list(disk.sessions.values())
        return journal, SavedRoom(epoch, dict(disk.bases), last, state, at, disk.lines[first:], private, sessions)

    def rooms(self) -> list[str]:
        return list(self.kept)

    def room_of(self, secret: str) -> str | None:
        return next((name for name, disk in self.kept.items() if secret in disk.sessions), None)

    def take(self, journal: MemoryJournal, change: _Change) -> None:
        if journal in self._journals:
            self._given.append((journal, change))
            if len(self._given) == 1:
                self._on_given()

    def release(self, journal: MemoryJournal) -> None:
        self.save()
        self._journals.pop(journal, None)

    # ------------------------------------------------------------------ what one may ask it

    @property
    def waits(self) -> int:
        """How many things are not on disk yet."""
        return len(self._given) + len(self._written)

    @property
    def written(self) -> int:
        """How many things are written and not synced."""
        return len(self._written)

    def level_of(self, room: str) -> Level:
        return self._levels.get(room, self.level)

    def last(self, room: str = "dots") -> int:
        """The seq of the newest entry on disk."""
        return len(self.kept[room].lines) if room in self.kept else 0

    # ------------------------------------------------------------------ what one may do to it

    def write(self, count: int | None = None) -> None:
        """Write the oldest so many of what was given."""
        self._written += self._given[:count]
        del self._given[:count]

    def sync(self) -> None:
        """Have all on disk that is written, and tell the rooms."""
        part, self._written = self._written, []
        told: dict[MemoryJournal, None] = {}
        for journal, change in part:
            change(self.kept[journal.room])
            told[journal] = None
        for journal in told:
            journal.tell(self.last(journal.room))

    def save(self, count: int | None = None) -> bool:
        """Have the oldest so many of all that waits on disk, and tell; returns whether there was any."""
        before = self.waits
        self.write(None if count is None else max(0, count - self.written))
        self.sync()
        return before > 0

    def crash(self, kept: int | None = None) -> None:
        """Lose what is not written, and of what is written and not synced all but `kept` things (None: nothing).

        Nobody is told: whoever wrote it is gone.
        """
        self._lose(kept)
        self._journals.clear()
        self.failure = ""

    def fail(self, why: str, kept: int | None = 0) -> None:
        """Write nothing more, for any room, until `recover`. What waits is lost as in a crash."""
        self.failure = why
        self._lose(kept)
        journals, self._journals = self._journals, {}
        for journal in journals:
            journal.tell_failure(why)

    def recover(self) -> None:
        self.failure = ""

    def _lose(self, kept: int | None) -> None:
        for journal, change in self._written[:kept]:
            change(self.kept[journal.room])
        self._given.clear()
        self._written.clear()


class MemoryJournal:
    """Where one room's log is written down."""

    def __init__(self, store: MemoryStore, room: str, level: Level, saved_upto: int) -> None:
        self.room = room
        self.level = level
        self.snapshot_every = store.snapshot_every
        self.saved_upto = saved_upto
        self._store = store
        self._saved: Callable[[int], None] = lambda _: None
        self._failed: Callable[[str], None] = lambda _: None

    def listen(self, saved: Callable[[int], None], failed: Callable[[str], None]) -> None:
        self._saved, self._failed = saved, failed

    def entry(self, seq: int, line: bytes, private: bytes | None, secret: str = "", n: int = 0) -> None:
        def write(disk: Kept) -> None:
            assert seq == len(disk.lines) + 1, "a hole on the disk"
            disk.lines.append(line)
            if private is not None:
                disk.private[seq] = private
            if n and secret in disk.sessions:
                disk.sessions[secret] = replace(disk.sessions[secret], n=n)

        self._store.take(self, write)

    def session(self, session: SavedSession) -> None:
        self._store.take(self, lambda disk: disk.sessions.update({session.secret: session}))

    def forget(self, secret: str) -> None:
        self._store.take(self, lambda disk: disk.sessions.pop(secret, None))

    def snapshot(self, seq: int, state: Snapshot) -> None:
        self._store.take(self, lambda disk: setattr(disk, "snapshot", (seq, state)))

    def close(self) -> None:
        self._store.release(self)

    def tell(self, upto: int) -> None:
        if upto > self.saved_upto:
            self.saved_upto = upto
            self._saved(upto)

    def tell_failure(self, why: str) -> None:
        self._failed(why)
