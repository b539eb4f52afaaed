"""Rooms in a SQLite file, so that they outlive the server.

A storage thread does everything with the file; the rooms' thread only adds to batches, and takes events with `poll`.
All lines of a batch are one row: a commit costs the same few calls however many entries are in it.

Beside `rooms.db` is `rooms.db-lock`, an empty file: the one server that uses `rooms.db` holds a lock on it, and where
the system has such locks (Linux) on `rooms.db` itself. All are readable by their owner alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from roomcast.core.room.commit_log import Level, Opened, StoreEvent, StoreTrouble
from roomcast.storage.memory import MemoryCommitLog
from roomcast.storage.sqlite_opening import ReadLimits
from roomcast.storage.sqlite_queue import EventQueue, WorkQueue
from roomcast.storage.sqlite_retention import KeepLimits
from roomcast.storage.sqlite_thread import StorageThread
from roomcast.storage.sqlite_timeout import TimeoutThread

TIMEOUT: Final = 2.0  # seconds


class SqliteStore:
    """All rooms in one file; see `roomcast.core.room.commit_log.Store`.

    `levels` gives rooms, by name, a level of their own; the others have `level`. When a room is opened, its newest
    `kept` entries are read back, or `kept_bytes` of their lines, whichever is less; and always those after its
    snapshot. `keep` says how much stays in the file: as much as is read back, unless it is given. `timeout`: how long
    (s) to wait for another program that locks the file, and, a little more, for a slow disk when a room is to be
    opened.
    """

    def __init__(
        self,
        path: Path,
        *,
        level: Level = Level.RELAXED,
        levels: dict[str, Level] | None = None,
        kept: int = 10_000,
        kept_bytes: int = 8 * 1024 * 1024,
        keep: KeepLimits | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.path = path
        self.level = level
        self._levels = levels or {}
        self._kept = ReadLimits(kept, kept_bytes)
        self._rooms: Sequence[str] = ()
        self._events = EventQueue()
        self._queue = WorkQueue(1.25 * timeout)  # where the file is locked, the storage thread says so before
        keep = keep or KeepLimits(entries=kept, size=kept_bytes)
        self._thread = StorageThread(path, self._kept, keep, timeout, self._queue, self._events)
        self._watch = TimeoutThread(path, self._queue, self._events)

    @property
    def trouble(self) -> StoreTrouble | None:
        if self._thread.trouble is None and self._queue.is_stuck:
            return StoreTrouble("disk", f"the disk of {self.path} is too slow: what is said waits for it")
        return self._thread.trouble

    def start(self, wake: Callable[[], object]) -> None:
        """Open the file and start the storage thread, which calls `wake`. Waits for the disk. Raises `CannotServe`."""
        self._events.wake = wake
        self._rooms = self._thread.start()
        self._watch.start()

    def close(self) -> None:
        """Commit what waits, and close the file. Waits for the disk. Nothing more may be given to the store."""
        self._queue.stop()
        self._thread.join()
        self._watch.join()

    def open(self, room: str) -> Opened | None:
        level = self._levels.get(room, self.level)
        if level is Level.NONE:
            return Opened(room, MemoryCommitLog(room, committed=0), None)
        self._queue.ask(room, level)
        return None

    def rooms(self) -> Sequence[str]:
        return self._rooms

    def poll(self) -> list[StoreEvent]:
        return self._events.take()
