"""The commit log of one room in a SQLite file: the rooms' thread adds to a batch, the storage thread takes it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from typing import Final, Protocol

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY,
    SNAPSHOT_EVERY_BYTES,
    Level,
    SavedRoom,
    SavedSession,
    World,
)
from roomcast.core.room.private_lines import TurnLines
from roomcast.core.room.rules_fold import Truth, TruthPatch
from roomcast.storage.sqlite_batch import Batch


class CommitQueue(Protocol):
    """The queue that a commit log enters when it has something to write."""

    lock: threading.Lock  # guards the batches of all commit logs, and what the queue itself holds
    urgent: bool  # a queued commit log is waited for

    def enqueue(self, log: SqliteCommitLog, *, urgent: bool) -> None:
        """A commit log has something to write. Called with the lock held."""
        ...

    def release(self, log: SqliteCommitLog) -> None:
        """A closed commit log has nothing more to write. Called with the lock held."""
        ...


class SqliteCommitLog:
    """See `roomcast.core.room.commit_log.CommitLog`."""

    kept: Final = True

    def __init__(
        self, queue: CommitQueue, room: str, room_id: int, level: Level, last: int, saved: SavedRoom | None = None
    ) -> None:
        self.room = room
        self.room_id = room_id  # in the file
        self.level = level
        self.committed = last
        self.time_kept: float = 0 if saved is None else saved.told
        self.closed = False  # nothing more comes from the room, and it is told nothing more
        # What follows is changed with the queue's lock held.
        self.queued = False  # the storage thread will take the batch
        self.writing = False  # it has taken one, and not committed it yet
        self.failed = False  # nothing more is written
        self._queue = queue
        self._lock = queue.lock
        self._full = level is Level.FULL
        self._batch = Batch()
        since = [] if saved is None else saved.lines[len(saved.lines) - (last - saved.snapshot_seq) :]
        self._entries = len(since)  # since the last snapshot
        self._bytes = sum(map(len, since))  # of these, about
        if saved is not None:
            self._bytes += sum(len(one.text) for one in saved.truth_patches.values())
        self.snapshot_due = self._due()

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        if self.closed:
            return
        with self._lock:
            batch = self._batch
            if n and secret:
                batch.numbers[secret] = n
            if private is not None:
                batch.private[str(seq)] = private.decode()
            self._append(seq, line, len(line))

    def append_turn(
        self,
        seq: int,
        line: bytes,
        turn: TurnLines | None,
        truth: TruthPatch | None,
        numbers: Mapping[str, int],
        over: Collection[str] = (),
    ) -> None:
        if self.closed:
            return
        with self._lock:
            batch = self._batch
            batch.numbers.update(numbers)
            for secret in over:
                batch.sessions.pop(secret, None)
                batch.forgotten.append(secret)
            size = len(line)
            if turn is not None:
                batch.turns[str(seq)] = turn
                size += turn.size
            if truth is not None:
                batch.rules[str(seq)] = truth
                size += len(truth.text)
            self._append(seq, line, size)

    def _append(self, seq: int, line: bytes, size: int) -> None:
        """With the lock held. `size`: bytes of the entry, with what is beside its line."""
        batch = self._batch
        if not batch.lines:
            batch.first = seq
        batch.lines.append(line)
        if not self.queued or (self._full and not self._queue.urgent):
            self._enqueue(urgent=self._full)
        if not self._full:
            self.committed = seq
        self._entries += 1
        self._bytes += size
        if self._entries >= SNAPSHOT_EVERY or self._bytes >= SNAPSHOT_EVERY_BYTES:
            self.snapshot_due = True

    def save_session(self, session: SavedSession) -> None:
        if self.closed:
            return
        with self._lock:
            self._batch.sessions[session.secret] = session
            self._batch.numbers.pop(session.secret, None)  # the session has a newer one
            self._enqueue(urgent=self._full)

    def forget_session(self, secret: str) -> None:
        if self.closed:
            return
        with self._lock:
            self._batch.sessions.pop(secret, None)
            self._batch.forgotten.append(secret)
            self._enqueue(urgent=False)

    def save_snapshot(self, seq: int, snapshot: Snapshot, truth: Truth | None = None) -> None:
        if self.closed:
            return
        with self._lock:
            self._batch.snapshot = (seq, snapshot)
            self._batch.truth = truth
            self._enqueue(urgent=False)
        self._entries = self._bytes = 0
        self.snapshot_due = False

    def save_world(self, world: World) -> None:
        if self.closed:
            return
        with self._lock:
            self._batch.world = world
            self._enqueue(urgent=False)

    def save_time(self, at: int) -> None:
        if self.closed:
            return
        with self._lock:
            self._batch.told = at
            self._enqueue(urgent=False)

    @property
    def settled(self) -> bool:
        with self._lock:
            return not (self._batch or self.writing or self.failed)

    def close(self) -> None:
        self.closed = True
        with self._lock:
            self.release_if_done()

    # ------------------------------------------------------------------ with the lock held

    def take(self) -> Batch:
        """What the log was given since the last time."""
        self.queued = False
        self.writing = True
        batch, self._batch = self._batch, Batch()
        return batch

    def written(self) -> None:
        """The batch that was taken is on disk."""
        self.writing = False
        self.release_if_done()

    def fail(self) -> None:
        """Drop what waits; nothing more is written."""
        self.failed = True
        self._batch = Batch()

    def release_if_done(self) -> None:
        if self.closed and not (self._batch or self.writing):
            self._queue.release(self)

    def _enqueue(self, *, urgent: bool) -> None:
        if self.failed:
            self._batch = Batch()
        elif not self.queued or (urgent and not self._queue.urgent):
            self._queue.enqueue(self, urgent=urgent)

    def _due(self) -> bool:
        return self._entries >= SNAPSHOT_EVERY or self._bytes >= SNAPSHOT_EVERY_BYTES
