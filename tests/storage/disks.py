"""Stores for the contract's suite: each with a disk that one can wait for, and that outlives a kill."""

from __future__ import annotations

import queue
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import Journal, Level, SavedRoom, SavedSession
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_journal import SqliteJournal
from roomcast.testing.disk import MemoryStore
from tests.waiting import wait_for


class Disk(Protocol):
    """A store, and what happens to it."""

    def open(self, room: str = "dots") -> tuple[Journal | None, SavedRoom | None]: ...
    def rooms(self) -> list[str]: ...
    def room_of(self, secret: str) -> str | None: ...
    def settle(self, journal: Journal, upto: int) -> None:
        """Wait until the journal has said that all is on disk up to a seq."""

    def close(self) -> None:
        """End as one should, and start again."""

    def kill(self) -> None:
        """End at once, and start again from what was on disk at that moment."""

    def end(self) -> None: ...


class MemoryDisk:
    def __init__(self, folder: Path, level: Level, kept: int) -> None:
        self.store = MemoryStore(level, kept=kept)
        self.open, self.rooms, self.room_of = self.store.open, self.store.rooms, self.store.room_of

    def settle(self, journal: Journal, upto: int) -> None:
        self.store.save()

    def close(self) -> None:
        self.store.save()
        self.store.crash()

    def kill(self) -> None:
        self.store.save(self.store.waits // 2)
        self.store.crash()

    def end(self) -> None: ...


class SqliteDisk:
    """The thread of the test plays the event loop's: `calls` are what the writer wants to have run there."""

    def __init__(self, folder: Path, level: Level = Level.FULL, kept: int = 10_000) -> None:
        self.file = folder / "rooms.db"
        self.lives = 0
        self.calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._settings: dict[str, Any] = {"level": level, "kept": kept}
        self._start()

    def _start(self) -> None:
        self.store = SqliteStore(self.file, **self._settings)
        self.store.start(self.calls.put)
        self.open, self.rooms, self.room_of = self.store.open, self.store.rooms, self.store.room_of

    def deliver(self) -> None:
        """Run what the writer wants to have run in the loop's thread."""
        while not self.calls.empty():
            self.calls.get()()

    def settle(self, journal: Journal, upto: int) -> None:
        def saved() -> bool:
            self.deliver()
            return journal.saved_upto >= upto and not journal.waits  # type: ignore[attr-defined]

        wait_for(saved, what="all is on disk")

    def close(self) -> None:
        self.store.close()
        self.deliver()
        self._start()

    def kill(self) -> None:
        before, self.lives = self.store, self.lives + 1
        self.file = copied(self.file, self.file.parent / f"life{self.lives}")
        before.close()
        self.deliver()
        self._start()

    def end(self) -> None:
        self.store.close()


def copied(file: Path, folder: Path) -> Path:
    """A copy of a database as a kill would leave it: no commit is half done, and the log beside is not taken in."""
    folder.mkdir()
    guard = sqlite3.connect(file, isolation_level=None, timeout=10)
    guard.execute("BEGIN IMMEDIATE")
    try:
        for end in ("", "-wal"):
            if (part := file.with_name(file.name + end)).exists():
                shutil.copy(part, folder / part.name)
    finally:
        guard.execute("ROLLBACK")
        guard.close()
    return folder / file.name


DISKS = {"memory": MemoryDisk, "sqlite": SqliteDisk}


def session(secret: str = "s1", player: str = "Ada", n: int = 0, left: dict[str, Any] | None = None) -> SavedSession:
    return SavedSession(secret, player, player, n, left)


def line(seq: int, text: str = "") -> bytes:
    return f'{{"s":{seq},"x":"{text}"}}'.encode()


def fill(journal: Journal, first: int, last: int) -> None:
    for seq in range(first, last + 1):
        journal.entry(seq, line(seq), None)


def opened(disk: Disk, room: str = "dots") -> tuple[Journal, SavedRoom]:
    """The room's journal, and what was there before: something."""
    journal, saved = disk.open(room)
    assert journal is not None
    assert saved is not None
    return journal, saved


NOTHING = Snapshot()


def rows(file: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


@contextmanager
def busy(file: Path) -> Iterator[None]:
    """Somebody else writes, so that our writer waits."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def failures(journal: SqliteJournal) -> list[str]:
    told: list[str] = []
    journal.listen(lambda _: None, told.append)
    return told


def wait_for_failure(disk: SqliteDisk, told: list[str]) -> str:
    def failed() -> bool:
        disk.deliver()
        return bool(told)

    wait_for(failed, what="the store says that it failed")
    assert len(told) == 1
    return told[0]
