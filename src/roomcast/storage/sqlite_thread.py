"""The storage thread: everything that is done with a SQLite file, from the check at the start to the last commit.

It commits what has come in while it wrote (group commit), and opens rooms.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from roomcast.core.room.commit_log import CommitFailed, Committed, Level, Opened, OpenFailed
from roomcast.errors import CannotServe
from roomcast.storage.sqlite_batch import MAX_ROWS, Batch, Row, commit, prepare_commits
from roomcast.storage.sqlite_commit_log import SqliteCommitLog
from roomcast.storage.sqlite_file import check, connect, explain, lock_file, make_durable, prepare
from roomcast.storage.sqlite_opening import OpenedRoom, ReadLimits, open_rooms
from roomcast.storage.sqlite_queue import EventQueue, OpenRequest, WorkQueue

log = logging.getLogger("roomcast.storage")

OPEN_FOR: Final = 0.02  # seconds of opening rooms at a time; then batches of open rooms are committed


class StorageThread:
    """Does the work of a `WorkQueue`, and reports what happened in an `EventQueue`."""

    def __init__(self, path: Path, kept: ReadLimits, timeout: float, queue: WorkQueue, events: EventQueue) -> None:
        self._path = path
        self._kept = kept
        self._timeout = timeout  # seconds to wait for another program's lock on the file
        self._queue = queue
        self._events = events
        self._mistake = f"the room is no longer written to {path}, because of a mistake in Roomcast: please report it"
        self._database: sqlite3.Connection | None = None  # None: after a failure
        self._lock: sqlite3.Connection | None = None
        self._requests: list[OpenRequest] = []  # rooms that are to be opened now
        self._rooms: Future[list[str]] = Future()  # the names of those in the file
        self._thread = threading.Thread(target=self._run, name="roomcast storage", daemon=True)

    def start(self) -> list[str]:
        """Open the file and start to work. Waits. Returns the names of its rooms. Raises `CannotServe`."""
        self._thread.start()
        try:
            return self._rooms.result()
        except CannotServe:
            self._thread.join()
            raise

    def join(self) -> None:
        """Wait until the queue is stopped, all that waited is committed, and the file is closed."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            rooms = self._open_file()
        except CannotServe as error:
            self._close_file()
            self._rooms.set_exception(error)
            return
        except Exception as error:  # damage shows in many ways
            self._close_file()
            self._rooms.set_exception(CannotServe(explain(error, self._path)))
            return
        self._rooms.set_result(rooms)
        while (work := self._queue.take(wait=not self._requests)) is not None:
            self._requests += work.requests
            try:
                self._write(work.batches)
                self._open_rooms()
            except Exception:
                log.exception("unexpected exception in the storage thread of %s", self._path)
                self._fail(self._mistake)
        self._close_file()

    # ------------------------------------------------------------------ the file

    def _open_file(self) -> list[str]:
        database = self._database = connect(self._path, self._timeout)
        check(database, self._path)
        self._lock = lock_file(self._path, self._timeout)
        make_durable(database)
        prepare(database)
        prepare_commits(database)
        return [str(name) for (name,) in database.execute("SELECT name FROM rooms ORDER BY id").fetchall()]

    def _reopen_file(self) -> sqlite3.Connection:
        """After a failure: try again, for the disk may have room by now."""
        database = connect(self._path, self._timeout)
        try:
            make_durable(database)
            prepare_commits(database)
        except BaseException:
            database.close()
            raise
        self._database = database
        return database

    def _close_file(self) -> None:
        for connection in (self._database, self._lock):
            if connection is not None:
                connection.close()
        self._database = self._lock = None

    # ------------------------------------------------------------------ commits

    def _write(self, batches: Sequence[tuple[SqliteCommitLog, Batch]]) -> None:
        """Commit these batches, and say so."""
        rows: list[tuple[SqliteCommitLog, Batch, Row]] = []
        for one, batch in batches:
            try:
                rows.append((one, batch, batch.row(one.room_id)))
            except Exception:
                log.exception("a batch of room %r cannot be encoded", one.room)
                self._fail(self._mistake, [one])
        try:
            for start in range(0, len(rows), MAX_ROWS):
                self._commit(rows[start : start + MAX_ROWS])
        except sqlite3.Error as error:
            self._fail(explain(error, self._path))

    def _commit(self, rows: Sequence[tuple[SqliteCommitLog, Batch, Row]]) -> None:
        assert self._database is not None, "commit logs are open only while the file is"
        commit(self._database, [row for _, _, row in rows])
        self._queue.written([one for one, _, _ in rows])
        self._events.put(
            [(Committed(one), batch.last) for one, batch, _ in rows if batch.lines and one.level is Level.FULL]
        )

    def _fail(self, why: str, logs: Sequence[SqliteCommitLog] | None = None) -> None:
        """Fail these commit logs, or all of them: then the file is closed until a room is opened."""
        log.error("%s", why)
        if logs is None and self._database is not None:
            self._database.close()
            self._database = None
        self._events.put([(CommitFailed(one, why), 0) for one in self._queue.fail(logs)])

    # ------------------------------------------------------------------ rooms

    def _open_rooms(self) -> None:
        """Open as many of the requested rooms as there is time for; batches are committed before the next ones."""
        requests = self._requests = [one for one in self._requests if self._queue.waits_for(one)]
        if not requests:
            return
        results: Sequence[OpenedRoom | Exception]
        try:
            database = self._database or self._reopen_file()
            results = open_rooms(database, [one.room for one in requests], self._kept, OPEN_FOR)
        except Exception as error:
            results = [error] * len(requests)
        self._requests = requests[len(results) :]
        for request, result in zip(requests, results, strict=False):
            self._answer(request, result)

    def _answer(self, request: OpenRequest, result: OpenedRoom | Exception) -> None:
        room = request.room
        if isinstance(result, Exception):
            if self._queue.answer(request, None):
                why = f"the room cannot be opened: {explain(result, self._path)}"
                self._events.put([(OpenFailed(room, why), 0)])
            return
        new = SqliteCommitLog(self._queue, room, result.id, request.level, result.last, result.saved)
        if self._queue.answer(request, new):
            self._events.put([(Opened(room, new, result.saved), 0)])


class TimeoutThread:
    """Gives up a request to open a room while the storage thread waits too long for a slow disk."""

    def __init__(self, path: Path, queue: WorkQueue, events: EventQueue) -> None:
        self._path = path
        self._queue = queue
        self._events = events
        self._thread = threading.Thread(target=self._run, name="roomcast storage timeout", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self) -> None:
        """Wait until the queue is stopped."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (request := self._queue.next_overdue()) is not None:
            why = f"the room cannot be opened: the disk of {self._path} is too slow: try again later"
            self._events.put([(OpenFailed(request.room, why), 0)])
