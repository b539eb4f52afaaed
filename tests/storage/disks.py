"""Stores for the contract's suite: each with a disk that one can wait for, that fails, and that outlives a kill."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from msgspec import Raw, structs

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import (
    CommitFailed,
    CommitLog,
    Committed,
    Level,
    Opened,
    OpenFailed,
    SavedRoom,
    SavedSession,
    Store,
    StoreEvent,
    hashed,
)
from roomcast.storage import sqlite_thread
from roomcast.storage.memory import EphemeralStore
from roomcast.storage.sqlite import SqliteStore
from roomcast.testing.disk import MemoryStore
from tests.waiting import wait_for

Seen = TypeVar("Seen")


class Disk(Protocol):
    """A store, and what happens to it. The thread of the test is that of the rooms."""

    store: Store
    events: list[StoreEvent]  # all that were taken
    woken: threading.Event  # the store called `wake` since the test cleared this

    def advance(self) -> None:
        """Have the disk go on, where it does not by itself."""

    def held(self) -> AbstractContextManager[None]:
        """The disk writes nothing meanwhile, but has not failed."""

    def broken(self) -> AbstractContextManager[None]:
        """The disk fails meanwhile."""

    def close(self) -> None:
        """End as one should, and start again."""

    def kill(self) -> None:
        """End at once, and start again from what was on disk at that moment."""

    def end(self) -> None: ...


class EphemeralDisk:
    def __init__(self, folder: Path, level: Level, kept: int) -> None:
        self.events: list[StoreEvent] = []
        self.woken = threading.Event()
        self.store: Store = EphemeralStore()

    def advance(self) -> None: ...

    @contextmanager
    def held(self) -> Iterator[None]:
        yield

    broken = held

    def close(self) -> None:
        self.store = EphemeralStore()

    kill = close

    def end(self) -> None: ...


class SimulatedDisk:
    def __init__(self, folder: Path, level: Level, kept: int) -> None:
        self.events: list[StoreEvent] = []
        self.woken = threading.Event()
        self.store = MemoryStore(level, kept=kept)
        self.store.start(self.woken.set)
        self._held = False

    def advance(self) -> None:
        if not self._held:
            self.store.save()

    @contextmanager
    def held(self) -> Iterator[None]:
        self._held = True
        yield
        self._held = False

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.store.fail("the disk is full")
        yield
        self.store.recover()

    def close(self) -> None:
        self.store.close()
        self.store.crash()

    def kill(self) -> None:
        self.store.save(self.store.waits // 2)
        self.store.crash()

    def end(self) -> None: ...


class SqliteDisk:
    def __init__(
        self, folder: Path, level: Level = Level.FULL, kept: int = 10_000, name: str = "rooms.db", **settings: Any
    ) -> None:
        self.file = folder / name
        self.lives = 0
        self.events: list[StoreEvent] = []
        self.woken = threading.Event()
        self._settings = {"level": level, "kept": kept, **settings}
        self._start()

    def _start(self) -> None:
        self.store = SqliteStore(self.file, **self._settings)
        self.store.start(self.woken.set)

    def advance(self) -> None: ...

    def held(self) -> AbstractContextManager[None]:
        return busy(self.file)

    @contextmanager
    def broken(self) -> Iterator[None]:
        def full(*_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite_thread, "commit", full)
            patch.setattr(sqlite_thread, "open_rooms", full)
            yield

    def close(self) -> None:
        self.store.close()
        self._start()

    def kill(self) -> None:
        before, self.lives = self.store, self.lives + 1
        self.file = copied(self.file, self.file.parent / f"life{self.lives}")
        before.close()
        self._start()

    def end(self) -> None:
        self.store.close()


KINDS: dict[str, tuple[Callable[..., Disk], Level]] = {
    "memory": (EphemeralDisk, Level.NONE),
    "sqlite none": (SqliteDisk, Level.NONE),
    "sqlite relaxed": (SqliteDisk, Level.RELAXED),
    "sqlite full": (SqliteDisk, Level.FULL),
    "simulated none": (SimulatedDisk, Level.NONE),
    "simulated relaxed": (SimulatedDisk, Level.RELAXED),
    "simulated full": (SimulatedDisk, Level.FULL),
}
KEEPING = [kind for kind, (_, level) in KINDS.items() if level is not Level.NONE]


def disk_of(kind: str, folder: Path, kept: int = 10_000) -> Disk:
    make, level = KINDS[kind]
    return make(folder, level, kept)


# ---------------------------------------------------------------------- what a test does with a disk


def poll(disk: Disk) -> list[StoreEvent]:
    events = disk.store.poll()
    disk.events += events
    return events


def until(disk: Disk, condition: Callable[[], Seen], what: str) -> Seen:
    """Take events until the condition holds."""

    def holds() -> Seen:
        disk.advance()
        poll(disk)
        return condition()

    return wait_for(holds, what=what)


def ask(disk: Disk, room: str = "dots") -> Opened | OpenFailed:
    """Open a room, and wait for the answer."""
    before = len(disk.events)
    opened = disk.store.open(room)
    if opened is not None:
        return opened

    def answer() -> Opened | OpenFailed | None:
        for event in disk.events[before:]:
            if isinstance(event, (Opened, OpenFailed)) and event.room == room:
                return event
        return None

    found = until(disk, answer, f"{room} is opened, or not")
    assert found is not None
    return found


def refused(disk: Disk, room: str = "dots") -> str:
    """Why a room cannot be opened."""
    answer = ask(disk, room)
    assert isinstance(answer, OpenFailed)
    return answer.message


def reopened(disk: Disk, room: str = "dots") -> tuple[Any, SavedRoom]:
    """The room's commit log, and what was kept of it: something."""
    answer = ask(disk, room)
    assert isinstance(answer, Opened), answer
    assert answer.saved is not None
    assert answer.commits.room == room
    return answer.commits, answer.saved


def new(disk: Disk, room: str = "dots") -> Any:
    """The commit log of a new room."""
    answer = ask(disk, room)
    assert isinstance(answer, Opened), answer
    assert answer.saved is None
    assert answer.commits.room == room
    return answer.commits


def settle(disk: Disk, log: CommitLog, upto: int) -> None:
    """Wait until all is kept that the commit log was given, the last entry being `upto`."""
    until(disk, lambda: log.settled and log.committed >= upto, "all is kept")
    assert log.committed == upto


def failure(disk: Disk, log: CommitLog) -> str:
    """Wait until a commit log has failed; says why."""

    def failures() -> Sequence[CommitFailed]:
        return [one for one in disk.events if isinstance(one, CommitFailed) and one.commits is log]

    (failed,) = until(disk, failures, "the store says that it failed")
    return failed.message


def committed(disk: Disk, log: CommitLog) -> int:
    """How often the store said that a commit log has grown."""
    return sum(isinstance(one, Committed) and one.commits is log for one in disk.events)


# ---------------------------------------------------------------------- what is given to a commit log


def session(secret: str = "s1", player: str = "Ada", n: int = 0, left: dict[str, Any] | None = None) -> SavedSession:
    return SavedSession(secret, player, player, n, None if left is None else Raw(codec.encode(left)))


def as_kept(*sessions: SavedSession) -> list[SavedSession]:
    """Sessions as a disk gives them back."""
    return [structs.replace(one, secret=hashed(one.secret)) for one in sessions]


def line(seq: int, text: str = "") -> bytes:
    return f'{{"s":{seq},"x":"{text}"}}'.encode()


def fill(log: CommitLog, first: int, last: int, text: str = "") -> None:
    for seq in range(first, last + 1):
        log.append(seq, line(seq, text))


NOTHING = Snapshot()

# ---------------------------------------------------------------------- a SQLite file


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


def rows(file: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


@contextmanager
def busy(file: Path) -> Iterator[None]:
    """Another program writes, so that the storage thread waits."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def some_disk(kind: str, kept: int = 10_000) -> Iterator[Disk]:
    with tempfile.TemporaryDirectory() as folder:
        disk = disk_of(kind, Path(folder), kept)
        try:
            yield disk
        finally:
            disk.end()


def is_full(log: Any) -> bool:
    return getattr(log, "level", Level.NONE) is Level.FULL
