"""The storage thread: everything that is done with a SQLite file, from the check at the start to the last commit.

It commits what has come in while it wrote (group commit), opens rooms, and between these forgets what is too old. Once
a second it looks whether the file is still what it was; while nothing can be committed, whether it can be again.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from roomcast.core.room.commit_log import CommitFailed, Committed, Level, Opened, OpenFailed, StoreTrouble
from roomcast.errors import CannotServe
from roomcast.storage.sqlite_batch import MAX_ROWS, Batch, Row, commit, prepare_commits
from roomcast.storage.sqlite_commit_log import SqliteCommitLog
from roomcast.storage.sqlite_errors import explain, is_locked, trouble
from roomcast.storage.sqlite_file import check, connect, impatient, make_durable, prepare, room_names, try_to_write
from roomcast.storage.sqlite_guard import FileGuard
from roomcast.storage.sqlite_opening import OpenedRoom, ReadLimits, open_rooms
from roomcast.storage.sqlite_queue import EventQueue, OpenRequest, WorkQueue
from roomcast.storage.sqlite_retention import KeepLimits, Retention
from roomcast.storage.sqlite_watch import FileWatch

log: Final = logging.getLogger("roomcast.storage")

OPEN_FOR: Final = 0.02  # seconds of opening rooms at a time; then batches of open rooms are committed
LOOK_EVERY: Final = 1.0  # seconds between looks at a file that is not written to
SAY_EVERY: Final = 600.0  # seconds: what is in trouble again within these is not logged again
_REST: Final = 3  # times as long as a step of forgetting took: so it takes at most a quarter of the thread's time


class StorageThread:
    """Does the work of a `WorkQueue`, and reports what happened in an `EventQueue`."""

    def __init__(
        self, path: Path, read: ReadLimits, keep: KeepLimits, timeout: float, queue: WorkQueue, events: EventQueue
    ) -> None:
        self.trouble: StoreTrouble | None = None  # why nothing is committed at the moment; read by any thread
        self.retention = Retention(path, keep, queue.open_rooms)
        self._path = path
        self._read = read
        self._timeout = timeout  # seconds to wait for another program's lock on the file
        self._queue = queue
        self._events = events
        self._mistake = f"the room is no longer written to {path}, because of a mistake in Roomcast: please report it"
        self._guard: FileGuard | None = None
        self._watch: FileWatch | None = None
        self._database: sqlite3.Connection | None = None  # None: after a failure
        self._requests: list[OpenRequest] = []  # rooms that are to be opened now
        self._forget_at = 0.0  # when the next step of forgetting may be made
        self._look_at = 0.0  # when to look at the file again
        self._said, self._is_said, self._said_at = "", False, 0.0  # the last trouble that was logged
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
            self._rooms.set_exception(CannotServe(explain(error, self._path), topic="kept-file"))
            return
        self._rooms.set_result(rooms)
        while (work := self._queue.take(self._until_next())) is not None:
            self._requests += work.requests
            try:
                self._write(work.batches)
                self._open_rooms()
                for room in work.closed:
                    self.retention.closed(room)
                self._look_after()
            except Exception:
                log.exception("unexpected exception in the storage thread of %s", self._path)
                self._fail(StoreTrouble("disk", self._mistake))
        self._close_file()

    def _until_next(self) -> float:
        """Seconds to wait for work; then there is something else to do."""
        if self._requests:
            return 0.0
        return max(0.0, min(self._look_at, self._forget_at) - time.monotonic())

    # ------------------------------------------------------------------ the file

    def _open_file(self) -> list[str]:
        guard = self._guard = FileGuard(self._path, self._timeout)
        watch = self._watch = FileWatch(self._path, guard)
        watch.begin()
        database = self._database = connect(guard.path, self._timeout)
        check(database, self._path)
        guard.lock(self._timeout)
        guard.tighten()
        guard.warn_of_network()
        make_durable(database)
        prepare(database, self._path)
        prepare_commits(database)
        watch.after(database)
        return room_names(database)

    def _reopen_file(self) -> sqlite3.Connection:
        """After a failure: try again, for the disk may have room by now."""
        guard, watch = self._guard, self._watch
        assert guard is not None, "the file was open before"
        assert watch is not None
        watch.begin()
        database = connect(guard.path, self._timeout)
        try:
            make_durable(database)
            check(database, self._path)
            prepare_commits(database)
            watch.after(database)
        except BaseException:
            database.close()
            raise
        self._database = database
        return database

    def _close_file(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
        if self._guard is not None:
            self._guard.close()

    # ------------------------------------------------------------------ commits

    def _write(self, batches: Sequence[tuple[SqliteCommitLog, Batch]]) -> None:
        """Commit these batches, and say so."""
        rows: list[tuple[SqliteCommitLog, Batch, Row]] = []
        for one, batch in batches:
            try:
                rows.append((one, batch, batch.row(one.room_id)))
            except Exception:
                log.exception("a batch of room %r cannot be encoded", one.room)
                self._fail(StoreTrouble("disk", self._mistake), [one])
        try:
            for start in range(0, len(rows), MAX_ROWS):
                self._commit(rows[start : start + MAX_ROWS])
        except sqlite3.Error as error:
            self._fail(trouble(error, self._path))

    def _commit(self, rows: Sequence[tuple[SqliteCommitLog, Batch, Row]]) -> None:
        database, watch = self._database, self._watch
        assert database is not None, "commit logs are open only while the file is"
        assert watch is not None
        watch.before(database)
        commit(database, [row for _, _, row in rows])
        watch.after(database)  # before anyone is told: what was written may be in a file that has no name any more
        if self.trouble is not None and self.trouble.code != "disk-full":  # a little may fit on a full one
            self._set_trouble(None)
        self._queue.written([one for one, _, _ in rows])
        self._events.put(
            [
                (Committed(one), batch.last if one.level is Level.FULL else 0, batch.told)
                for one, batch, _ in rows
                if batch.told or (batch.lines and one.level is Level.FULL)
            ]
        )
        for one, batch, _ in rows:
            self.retention.wrote(one.room_id, len(batch.lines), batch.size, snapshot=batch.snapshot is not None)

    def _fail(self, what: StoreTrouble, logs: Sequence[SqliteCommitLog] | None = None) -> None:
        """Fail these commit logs, or all of them: then the file is closed until it can be written again."""
        if logs is None:
            self._set_trouble(what)
            if self._database is not None:
                self._database.close()
                self._database = None
        else:
            log.error("%s", what.message)
        self._events.put([(CommitFailed(one, what.message), 0, 0) for one in self._queue.fail(logs)])

    def _set_trouble(self, what: StoreTrouble | None) -> None:
        """Say once that nothing can be committed, and once that it can be again; not each time if it changes often."""
        before, self.trouble = self.trouble, what
        now = time.monotonic()
        if what is None:
            if before is not None and self._is_said:
                log.warning("%s can be written again", self._path)
            self._is_said = False
        elif before is None or before.code != what.code:
            if self._said != what.code or now - self._said_at > SAY_EVERY:
                log.error("%s", what.message)
                self._said, self._is_said = what.code, True
            self._said_at = now

    # ------------------------------------------------------------------ between commits

    def _look_after(self) -> None:
        """What is to be done from time to time: look at the file, forget a little."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            if self.trouble is not None:
                self._try_again()
            elif self._database is not None and self._watch is not None:
                try:
                    self._watch.look(self._database)
                    self._watch.warn_of_reader()
                except sqlite3.Error as error:
                    self._fail(trouble(error, self._path))
        if self._database is None or self.trouble is not None:
            self._forget_at = self._look_at
        elif now >= self._forget_at:
            self._forget(self._database)

    def _try_again(self) -> None:
        """The file could not be written: can it be now?"""
        try:
            database = self._database or self._reopen_file()
            with impatient(database, self._timeout):
                try_to_write(database)
            if self._watch is not None:
                self._watch.after(database)
        except Exception as error:
            self._set_trouble(trouble(error, self._path))
        else:
            self._set_trouble(None)

    def _forget(self, database: sqlite3.Connection) -> None:
        began = time.monotonic()
        busy = False
        try:
            with impatient(database, self._timeout):
                busy = self.retention.step(database)
            if busy and self._watch is not None:
                self._watch.after(database)
        except Exception as error:  # a room may be damaged; commits tell whether the disk has failed
            if not is_locked(error):
                log.warning("something old in %s cannot be deleted: %s", self._path, explain(error, self._path))
        now = time.monotonic()
        self._forget_at = now + (_REST * (now - began) if busy else LOOK_EVERY)

    # ------------------------------------------------------------------ rooms

    def _open_rooms(self) -> None:
        """Open as many of the requested rooms as there is time for; batches are committed before the next ones."""
        requests = self._requests = [one for one in self._requests if self._queue.waits_for(one)]
        if not requests:
            return
        results: Sequence[OpenedRoom | Exception]
        try:
            database = self._database or self._reopen_file()
            if self._watch is not None:
                self._watch.before(database)
            results = open_rooms(database, [one.room for one in requests], self._read, OPEN_FOR)
            if self._watch is not None:
                self._watch.after(database)
        except Exception as error:
            results = [error] * len(requests)
            self._set_trouble(trouble(error, self._path))
        self._requests = requests[len(results) :]
        for request, result in zip(requests, results, strict=False):
            self._answer(request, result)

    def _answer(self, request: OpenRequest, result: OpenedRoom | Exception) -> None:
        room = request.room
        if isinstance(result, Exception):
            if self._queue.answer(request, None):
                why = f"the room cannot be opened: {explain(result, self._path)}"
                self._events.put([(OpenFailed(room, why), 0, 0)])
            return
        new = SqliteCommitLog(self._queue, room, result.id, request.level, result.last, result.saved)
        if self._queue.answer(request, new):
            self.retention.opened(result.id)
            self._events.put([(Opened(room, new, result.saved), 0, 0)])
