"""One room's journal in a SQLite file: the loop's thread gives it entries, the writer's takes them in batches."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SNAPSHOT_EVERY, Level, SavedSession

if TYPE_CHECKING:
    from roomcast.storage.sqlite import SqliteStore


class Batch:
    """What one journal was given since the last commit."""

    __slots__ = ("first", "forgotten", "lines", "numbers", "private", "sessions", "snapshot")

    def __init__(self) -> None:
        self.first = 0
        self.lines: list[bytes] = []
        self.private: dict[str, str] = {}
        self.sessions: dict[str, SavedSession] = {}
        self.numbers: dict[str, int] = {}
        self.forgotten: list[str] = []
        self.snapshot: tuple[int, Snapshot] | None = None

    def __bool__(self) -> bool:
        return bool(self.lines or self.sessions or self.numbers or self.forgotten or self.snapshot)

    def write(self, connection: sqlite3.Connection, room: int) -> None:
        if self.lines:
            last = self.first + len(self.lines) - 1
            private = msgspec.json.encode(self.private) if self.private else None
            connection.execute(
                "INSERT INTO batches VALUES (?, ?, ?, ?, ?)",
                [room, self.first, last, b"\n".join(self.lines), private],
            )
            connection.execute("UPDATE rooms SET last = ? WHERE id = ?", [last, room])
        for secret in self.forgotten:
            connection.execute("DELETE FROM sessions WHERE secret = ?", [secret])
        for one in self.sessions.values():
            left = None if one.left_state is None else msgspec.json.encode(one.left_state)
            connection.execute(
                "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)",
                [one.secret, room, one.player, one.name, one.n, left],
            )
        if self.numbers:  # in one statement: after each, this thread waits until the event loop lets it go on
            connection.execute(
                "UPDATE sessions SET n = value FROM json_each(?) WHERE secret = key",
                [msgspec.json.encode(self.numbers)],
            )
        if self.snapshot is not None:
            seq, state = self.snapshot
            connection.execute(
                "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", [room, seq, msgspec.json.encode(state)]
            )


class SqliteJournal:
    """Where one room's log is written down. The loop's thread gives, the writer's thread takes."""

    def __init__(self, store: SqliteStore, room: str, number_of_room: int, level: Level, saved_upto: int) -> None:
        self.room = room
        self.level = level
        self.snapshot_every = SNAPSHOT_EVERY
        self.saved_upto = saved_upto
        self.number_of_room = number_of_room
        self.queued = False  # the writer will take what there is
        self.writing = False  # it has taken it, and not committed it yet
        self.failed = False  # nothing more is written
        self.closed = False
        self._store = store
        self._urgent = level is Level.FULL
        self._lock = threading.Lock()
        self._batch = Batch()
        self._saved: Callable[[int], None] = _ignore
        self._failed: Callable[[str], None] = _ignore

    @property
    def waits(self) -> bool:
        """Whether something is not on disk yet."""
        return bool(self._batch) or self.writing

    def listen(self, saved: Callable[[int], None], failed: Callable[[str], None]) -> None:
        self._saved, self._failed = saved, failed

    def entry(self, seq: int, line: bytes, private: bytes | None, secret: str = "", n: int = 0) -> None:
        with self._lock:
            batch = self._batch
            if n and secret:
                batch.numbers[secret] = n
            if not batch.lines:
                batch.first = seq
            batch.lines.append(line)
            if private is not None:
                batch.private[str(seq)] = private.decode()
        self._store.changed(self, urgent=self._urgent)

    def session(self, session: SavedSession) -> None:
        with self._lock:
            self._batch.sessions[session.secret] = session
            self._batch.numbers.pop(session.secret, None)  # it has a newer one itself
        self._store.changed(self, urgent=self._urgent)

    def forget(self, secret: str) -> None:
        with self._lock:
            self._batch.sessions.pop(secret, None)
            self._batch.forgotten.append(secret)
        self._store.changed(self, urgent=False)

    def snapshot(self, seq: int, state: Snapshot) -> None:
        with self._lock:
            self._batch.snapshot = (seq, state)
        self._store.changed(self, urgent=False)

    def close(self) -> None:
        self.closed = True
        self._saved, self._failed = _ignore, _ignore  # the room itself is garbage
        self._store.release(self)

    # -- for the writer's thread

    def take(self) -> Batch:
        """All that was given since the last time."""
        self.writing = True
        with self._lock:
            batch, self._batch = self._batch, Batch()
        return batch

    def on_saved(self, upto: int) -> None:
        """In the loop's thread: all up to that seq is on disk."""
        self.saved_upto = upto
        self._saved(upto)

    def on_failed(self, why: str) -> None:
        self._failed(why)


def _ignore(_: object) -> None:
    """For a journal to which nobody listens."""
