"""A disk for tests: it writes when it is told, loses what it has not written, and fails when it is told.

It keeps the contract of `roomcast.core.journal`; tests/storage holds it to that, as it does the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from roomcast.core.journal import Level, Saved, SavedSession
from roomcast.core.messages import Snapshot
from roomcast.errors import Refused


@dataclass
class _Room:
    """What is on the disk of one room."""

    lines: list[bytes] = field(default_factory=list)
    private: dict[int, bytes] = field(default_factory=dict)
    sessions: dict[str, SavedSession] = field(default_factory=dict)
    bases: dict[int, int] = field(default_factory=dict)
    snapshot: tuple[int, Snapshot] = (0, Snapshot())


class MemoryStore:
    """All rooms on one disk. `held`: the tests' house lets it write only when a test calls `save`."""

    def __init__(self, level: Level = Level.FULL, *, kept: int = 10_000, held: bool = False) -> None:
        self.level = level
        self.held = held
        self.failure = ""
        self._kept = kept
        self._rooms: dict[str, _Room] = {}
        self._journals: list[MemoryJournal] = []
        self._waiting: list[tuple[MemoryJournal, Callable[[_Room], None]]] = []

    # -- the contract

    def open(self, room: str) -> tuple[MemoryJournal | None, Saved | None]:
        if self.level is Level.NONE:
            return None, None
        if self.failure:
            raise Refused("disk", self.failure)
        self.save()  # an earlier journal of the room may have given something
        new = room not in self._rooms
        disk = self._rooms.setdefault(room, _Room())
        last, epoch = len(disk.lines), max(disk.bases, default=0) + 1
        disk.bases[epoch] = last
        journal = MemoryJournal(self, room, self.level, last)
        self._journals.append(journal)
        if new:
            return journal, None
        at, state = disk.snapshot
        first = min(at, max(0, last - self._kept))
        private = {seq: line for seq, line in disk.private.items() if seq > first}
        sessions = list(disk.sessions.values())
        return journal, Saved(epoch, dict(disk.bases), last, state, at, disk.lines[first:], private, sessions)

    def rooms(self) -> list[str]:
        return list(self._rooms)

    def room_of(self, secret: str) -> str | None:
        return next((name for name, disk in self._rooms.items() if secret in disk.sessions), None)

    def take(self, journal: MemoryJournal, change: Callable[[_Room], None]) -> None:
        if journal in self._journals:
            self._waiting.append((journal, change))

    def release(self, journal: MemoryJournal) -> None:
        self.save()
        self._journals.remove(journal)

    # -- what a test does with it

    @property
    def waits(self) -> int:
        """How many things are not written yet."""
        return len(self._waiting)

    def last(self, room: str = "dots") -> int:
        """The seq of the newest entry that is written."""
        return len(self._rooms[room].lines) if room in self._rooms else 0

    def sessions(self, room: str = "dots") -> dict[str, SavedSession]:
        return self._rooms[room].sessions

    def save(self, count: int | None = None) -> bool:
        """Write the oldest so many of all that waits, and tell; returns whether there was any."""
        part = self._waiting[:count]
        del self._waiting[: len(part)]
        told: dict[MemoryJournal, None] = {}
        for journal, change in part:
            change(self._rooms[journal.room])
            told[journal] = None
        for journal in told:
            journal.tell(self.last(journal.room))
        return bool(part)

    def crash(self) -> None:
        """Lose what is not written. Nobody is told: whoever wrote it is gone."""
        self._waiting.clear()
        self._journals.clear()
        self.failure = ""

    def fail(self, why: str) -> None:
        """Write nothing more, for any room, until `recover`."""
        self.failure = why
        self._waiting.clear()
        journals, self._journals = self._journals, []
        for journal in journals:
            journal.tell_failure(why)

    def recover(self) -> None:
        self.failure = ""


class MemoryJournal:
    """Where one room's log is written down."""

    def __init__(self, store: MemoryStore, room: str, level: Level, saved_upto: int) -> None:
        self.room = room
        self.level = level
        self.saved_upto = saved_upto
        self._store = store
        self._saved: Callable[[int], None] = lambda _: None
        self._failed: Callable[[str], None] = lambda _: None

    def listen(self, saved: Callable[[int], None], failed: Callable[[str], None]) -> None:
        self._saved, self._failed = saved, failed

    def entry(self, seq: int, line: bytes, private: bytes | None, secret: str = "", n: int = 0) -> None:
        def write(disk: _Room) -> None:
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
        self._store.take(self, lambda disk: disk.sessions.pop(secret, None) and None)

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
