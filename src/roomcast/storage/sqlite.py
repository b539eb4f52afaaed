"""Rooms in a SQLite file: one writer thread, which commits whatever has come in while it wrote (group commit).

The event loop only appends to a list; it never waits for the disk. The lines of a batch are one row: so a commit costs
a few calls, however many entries are in it.

Beside `rooms.db` stands `rooms.db-lock`, empty: whoever holds a lock on it is the one server that uses the file.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from roomcast.core.journal import Level, Saved, SavedSession
from roomcast.core.messages import Snapshot
from roomcast.errors import CannotServe, Refused

log = logging.getLogger("roomcast.storage")

VERSION: Final = 1  # of the schema
PATIENCE: Final = 2.0  # seconds for another who uses the file to end with it
RELAXED_WAIT: Final = 0.02  # seconds that a batch of relaxed rooms gathers; with the commit it stays under 50 ms
_MARK: Final = 0x526F6F6D  # "Room": SQLite's application_id, by which a file is known to be ours

_SCHEMA: Final = """
CREATE TABLE rooms (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, last INTEGER NOT NULL DEFAULT 0);
CREATE TABLE epochs (room INTEGER NOT NULL, epoch INTEGER NOT NULL, base INTEGER NOT NULL, PRIMARY KEY (room, epoch));
CREATE TABLE batches (
    room INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    lines BLOB NOT NULL,    -- public lines, joined by line ends
    private BLOB,           -- {"seq": "line"} of private ones
    PRIMARY KEY (room, first)
);
CREATE TABLE sessions (
    secret TEXT PRIMARY KEY, room INTEGER NOT NULL, player TEXT NOT NULL, name TEXT NOT NULL,
    n INTEGER NOT NULL, left_state BLOB
);
CREATE INDEX sessions_room ON sessions (room);
CREATE TABLE snapshots (room INTEGER PRIMARY KEY, seq INTEGER NOT NULL, state BLOB NOT NULL);
"""

_snapshots: Final = msgspec.json.Decoder(Snapshot)


class SqliteStore:
    """All rooms in one file. `deliver` runs a function in the event loop's thread.

    `levels` gives rooms a level of their own; the others have `level`.
    """

    def __init__(
        self,
        path: Path,
        *,
        level: Level = Level.RELAXED,
        levels: dict[str, Level] | None = None,
        kept: int = 10_000,
        kept_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self.path = path
        self.level = level
        self._levels = levels or {}
        self._kept = kept  # entries of a room that are read back for those who come back
        self._kept_bytes = kept_bytes  # … or of their lines, whichever is less
        self._deliver: Callable[[Callable[[], None]], object] = lambda run: run()
        self._connections: list[sqlite3.Connection] = []  # of the loop's thread
        self._wake = threading.Condition()  # guards what follows
        self._journals: dict[str, SqliteJournal] = {}
        self._queue: dict[SqliteJournal, None] = {}  # those with something to write
        self._urgent = False  # a full room waits
        self._stopping = False
        self._failure = ""
        self._thread: threading.Thread | None = None

    # ------------------------------------------------------------------ opening and closing

    def start(self, deliver: Callable[[Callable[[], None]], object]) -> None:
        """Open the file and begin to write. Raises `CannotServe`."""
        self._deliver = deliver
        try:
            self._reader = self._connect()
            _check(self._reader, self.path)
            self._claim()
            _make_durable(self._reader)
            _prepare(self._reader)
        except (sqlite3.Error, ValueError) as error:  # in a damaged file, even names of tables
            self._disconnect()
            raise CannotServe(_why_not(error, self.path)) from None
        except CannotServe:
            self._disconnect()
            raise
        self._start_writing()

    def close(self) -> None:
        """Write what waits, and end. Called when no more comes."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        self._disconnect()

    def _start_writing(self) -> None:
        self._thread = threading.Thread(target=self._write_on, name="roomcast storage", daemon=True)
        self._thread.start()

    def _connect(self, beside: str = "") -> sqlite3.Connection:
        path = f"{self.path}{beside}"
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        self._connections.append(connection)
        return connection

    def _claim(self) -> None:
        """Be the one server that uses the file; the system gives it free when we end, however we end."""
        self._connect("-lock").execute("BEGIN EXCLUSIVE")

    def _disconnect(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    # ------------------------------------------------------------------ the store's contract

    def open(self, room: str) -> tuple[SqliteJournal | None, Saved | None]:
        """A room's journal, and what was there before. Raises `Refused` ("disk")."""
        level = self._levels.get(room, self.level)
        if level is Level.NONE:
            return None, None
        if self._failure:
            self._recover()
        reader = self._reader
        try:
            self._drain(room)
            reader.execute("BEGIN IMMEDIATE")
            number, last, epoch, bases = self._begin_epoch(room)
            saved = self._read(number, last, epoch, bases) if epoch > 1 else None
            reader.execute("COMMIT")
        except Refused:
            raise
        except Exception as error:  # what is damaged shows in many ways
            _roll_back(reader)
            raise Refused("disk", f"the room cannot be opened: {_why_not(error, self.path)}") from None
        journal = SqliteJournal(self, room, number, level, last)
        with self._wake:
            if self._failure:  # since we began
                raise Refused("disk", self._failure)
            self._journals[room] = journal
        return journal, saved

    def room_of(self, secret: str) -> str | None:
        """The name of the room that a session belongs to."""
        try:
            row = self._reader.execute(
                "SELECT rooms.name FROM sessions JOIN rooms ON rooms.id = sessions.room WHERE secret = ?", [secret]
            ).fetchone()
        except sqlite3.Error:
            return None
        return None if row is None else str(row[0])

    def _begin_epoch(self, room: str) -> tuple[int, int, int, dict[int, int]]:
        row = self._reader.execute("SELECT id, last FROM rooms WHERE name = ?", [room]).fetchone()
        if row is None:
            cursor = self._reader.execute("INSERT INTO rooms (name) VALUES (?)", [room])
            row = (cursor.lastrowid, 0)
        number, last = row
        bases = dict(self._reader.execute("SELECT epoch, base FROM epochs WHERE room = ?", [number]))
        epoch = max(bases, default=0) + 1
        bases[epoch] = last
        self._reader.execute("INSERT INTO epochs VALUES (?, ?, ?)", [number, epoch, last])
        return number, last, epoch, bases

    def _read(self, number: int, last: int, epoch: int, bases: dict[int, int]) -> Saved:
        row = self._reader.execute("SELECT seq, state FROM snapshots WHERE room = ?", [number]).fetchone()
        at, state = (0, Snapshot()) if row is None else (row[0], _snapshots.decode(row[1]))
        texts: list[bytes] = []  # of batches, the newest first, back to the snapshot and as far as is kept
        private: dict[int, bytes] = {}
        begins, size = last + 1, 0
        for first, upto, text, own in self._reader.execute(
            "SELECT first, last, lines, private FROM batches WHERE room = ? ORDER BY first DESC", [number]
        ):
            if begins <= at + 1 and (last - begins + 1 >= self._kept or size >= self._kept_bytes):
                break
            if upto != begins - 1 or text.count(b"\n") != upto - first:
                break
            begins = first
            size += len(text)
            texts.append(text)
            if own is not None:
                private |= {int(seq): line.encode() for seq, line in msgspec.json.decode(own).items()}
        if begins > at + 1 or (last and begins > last):
            raise sqlite3.DatabaseError(f"malformed: entries before {begins} are missing")
        lines = [line for text in reversed(texts) for line in text.split(b"\n")]
        sessions = [
            SavedSession(secret, player, name, n, None if left is None else msgspec.json.decode(left))
            for secret, player, name, n, left in self._reader.execute(
                "SELECT secret, player, name, n, left_state FROM sessions WHERE room = ?", [number]
            )
        ]
        return Saved(epoch, bases, last, state, at, lines, private, sessions)

    # ------------------------------------------------------------------ the writer

    def changed(self, journal: SqliteJournal, *, urgent: bool) -> None:
        """A journal has something to write."""
        if journal.queued and (self._urgent or not urgent):
            return  # the writer takes it when it has said that it is no longer queued
        with self._wake:
            if journal.failed:
                return
            if not self._queue or (urgent and not self._urgent):
                self._wake.notify()
            journal.queued = True
            self._queue[journal] = None
            self._urgent = self._urgent or urgent

    def release(self, journal: SqliteJournal) -> None:
        """Forget a journal that is closed, when all is written."""
        with self._wake:
            if not journal.waits and self._journals.get(journal.room) is journal:
                del self._journals[journal.room]

    def _drain(self, room: str) -> None:
        """Wait until what an earlier journal of the room was given is on disk: it is opened anew."""
        journal = self._journals.get(room)
        give_up = time.monotonic() + PATIENCE
        while journal is not None and journal.waits and not journal.failed:
            if time.monotonic() > give_up:
                raise Refused("disk", f"the disk of {self.path} is too slow: what the room was before is not on it yet")
            self.changed(journal, urgent=True)
            time.sleep(0.001)

    def _recover(self) -> None:
        """The disk failed before; try again, for it may have room by now."""
        if self._thread is not None:
            self._thread.join()
        self._failure = ""
        self._start_writing()

    def _write_on(self) -> None:
        try:
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as connection:
                _make_durable(connection)
                while (journals := self._gather()) is not None:
                    self._write(connection, journals)
        except sqlite3.Error as error:
            self._fail(_why_not(error, self.path))
        except Exception:
            log.exception("the writer of %s has ended", self.path)
            self._fail(f"{self.path} is no longer written, because of a mistake in Roomcast: please report it")

    def _gather(self) -> list[SqliteJournal] | None:
        """Wait for journals with something to write. None: the store closes, and all is written."""
        with self._wake:
            if not self._queue and not self._stopping:
                self._wake.wait()
            if self._queue and not self._urgent and not self._stopping:
                self._wake.wait(RELAXED_WAIT)  # let relaxed rooms gather a little, unless a full one comes
            if self._stopping and not self._queue:
                return None
            queue = list(self._queue)
            for journal in queue:
                journal.queued = False
            self._queue.clear()
            self._urgent = False
        return queue

    def _write(self, connection: sqlite3.Connection, journals: list[SqliteJournal]) -> None:
        """Commit what these journals have, and tell them."""
        batches = [(journal, batch) for journal in journals if (batch := journal.take())]
        if batches:
            try:
                connection.execute("BEGIN IMMEDIATE")
                for journal, batch in batches:
                    batch.write(connection, journal.number_of_room)
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
        for journal in journals:
            journal.writing = False
        for journal, batch in batches:
            if batch.lines:
                self._tell(partial(journal.on_saved, batch.first + len(batch.lines) - 1))
        for journal in journals:
            if journal.closed:
                self.release(journal)

    def _fail(self, why: str) -> None:
        log.error("%s", why)
        with self._wake:
            self._failure = why
            journals = list(self._journals.values())
            self._journals.clear()
            self._queue.clear()
            for journal in journals:
                journal.failed = True
        for journal in journals:
            self._tell(partial(journal.on_failed, why))

    def _tell(self, what: Callable[[], None]) -> None:
        try:
            self._deliver(what)
        except RuntimeError:
            pass  # the loop has ended: nobody is left to be told


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
        for secret, n in self.numbers.items():
            connection.execute("UPDATE sessions SET n = ? WHERE secret = ?", [n, secret])
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


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """See whether the file is ours, before anything in it changes. Raises `CannotServe`."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and mark != _MARK:
        raise CannotServe(f"{path} is a database of another program: name another file with --keep")
    if version > VERSION:
        raise CannotServe(f"{path} was written by a newer Roomcast (schema {version}): update, or name another file")


def _make_durable(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables in a new file; move an older schema up."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {version}")  # where we may not write, it says so now
    connection.execute("ROLLBACK")
    if version == 0:
        connection.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id = {_MARK}; PRAGMA user_version = {VERSION}; COMMIT;"
        )


def _roll_back(connection: sqlite3.Connection) -> None:
    """Undo what was begun; some failures have undone it already."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        pass  # the first failure says more


def _why_not(error: Exception, path: Path) -> str:
    text = str(error).lower()
    if "full" in text:
        return f"the disk is full, so {path} cannot grow: make room, and all goes on"
    if "readonly" in text or "read-only" in text:
        return f"{path} may not be written: change its permissions, or name another file with --keep"
    if "locked" in text:
        return f"{path} is in use by another program, perhaps another server: end that one, or name another file"
    if "unable to open" in text:
        return f"{path} cannot be opened: is there such a folder, and may it be written?"
    if "not a database" in text or "malformed" in text or not isinstance(error, sqlite3.Error):
        return f"{path} is damaged, or no database of Roomcast: restore it from a copy, or name another file"
    return f"{path} cannot be used: {error}"
