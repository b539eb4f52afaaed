"""Rooms in a SQLite file: one writer thread, which commits whatever has come in while it wrote (group commit).

The event loop only appends to a list; it never waits for the disk. The lines of a batch are one row: so a commit costs
a few calls, however many entries are in it.

Beside `rooms.db` stands `rooms.db-lock`, empty: whoever holds a lock on it is the one server that uses the file.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import Level, SavedRoom, SavedSession
from roomcast.errors import CannotServe, Refused
from roomcast.storage.sqlite_file import check, make_durable, prepare, roll_back, why_not
from roomcast.storage.sqlite_journal import SqliteJournal

log = logging.getLogger("roomcast.storage")

PATIENCE: Final = 2.0  # seconds for another who uses the file to end with it
OPEN_PATIENCE: Final = 0.25  # seconds, when a room is opened: the event loop waits; who is refused comes again
RELAXED_WAIT: Final = 0.01  # seconds that a batch of relaxed rooms gathers; with two commits it stays under 50 ms
FULL_PACE: Final = 0.002  # seconds from one commit of busy full rooms to the next; a quiet one is written at once
# Where one thread is busy, Python lets another go on after so long. Each commit waits for that several times: with
# Python's own 5 ms, a busy event loop would make it take 30 ms (measured), and a relaxed room may lose 50 in all.
SWITCH_WITHIN: Final = 0.0005  # seconds
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
        self._since = 0.0  # when the first of them came
        self._taken_at = float("-inf")  # when the writer last took what there was
        self._urgent = False  # a full room waits
        self._stopping = False
        self._failure = ""
        self._thread: threading.Thread | None = None
        self._switch_before = sys.getswitchinterval()

    # ------------------------------------------------------------------ opening and closing

    def start(self, deliver: Callable[[Callable[[], None]], object]) -> None:
        """Open the file and begin to write. Raises `CannotServe`."""
        self._deliver = deliver
        self._switch_before = sys.getswitchinterval()
        try:
            self._reader = self._connect()
            check(self._reader, self.path)
            self._claim()
            make_durable(self._reader)
            prepare(self._reader)
            self._reader.execute(f"PRAGMA busy_timeout = {int(OPEN_PATIENCE * 1000)}")
        except (sqlite3.Error, ValueError) as error:  # in a damaged file, even names of tables
            self._disconnect()
            raise CannotServe(why_not(error, self.path)) from None
        except CannotServe:
            self._disconnect()
            raise
        sys.setswitchinterval(min(SWITCH_WITHIN, self._switch_before))
        self._start_writing()

    def close(self) -> None:
        """Write what waits, and end. Called when no more comes."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            sys.setswitchinterval(self._switch_before)
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

    def open(self, room: str) -> tuple[SqliteJournal | None, SavedRoom | None]:
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
            roll_back(reader)
            raise Refused("disk", f"the room cannot be opened: {why_not(error, self.path)}") from None
        journal = SqliteJournal(self, room, number, level, last)
        with self._wake:
            if self._failure:  # since we began
                raise Refused("disk", self._failure)
            self._journals[room] = journal
        return journal, saved

    def rooms(self) -> list[str]:
        """The names of all rooms in the file; none where it cannot be read."""
        try:
            return [str(name) for (name,) in self._reader.execute("SELECT name FROM rooms ORDER BY id")]
        except sqlite3.Error:
            return []

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

    def _read(self, number: int, last: int, epoch: int, bases: dict[int, int]) -> SavedRoom:
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
        return SavedRoom(epoch, bases, last, state, at, lines, private, sessions)

    # ------------------------------------------------------------------ the writer

    def changed(self, journal: SqliteJournal, *, urgent: bool) -> None:
        """A journal has something to write."""
        if journal.queued and (self._urgent or not urgent):
            return  # the writer takes it when it has said that it is no longer queued
        with self._wake:
            if journal.failed:
                return
            if not self._queue:
                self._since = time.monotonic()
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
                make_durable(connection)
                while (journals := self._gather()) is not None:
                    self._write(connection, journals)
        except sqlite3.Error as error:
            self._fail(why_not(error, self.path))
        except Exception:
            log.exception("the writer of %s has ended", self.path)
            self._fail(f"{self.path} is no longer written, because of a mistake in Roomcast: please report it")

    def _gather(self) -> list[SqliteJournal] | None:
        """Wait for journals with something to write. None: the store closes, and all is written."""
        with self._wake:
            if not self._queue and not self._stopping:
                self._wake.wait()
            while self._queue and not self._stopping:
                # Relaxed rooms gather a little, unless a full one comes; what came while the last commit was written
                # has waited already. Full ones are written at once, but at a pace.
                due = self._taken_at + FULL_PACE if self._urgent else self._since + RELAXED_WAIT
                if (left := due - time.monotonic()) <= 0:
                    break
                self._wake.wait(left)
            if self._stopping and not self._queue:
                return None
            queue = list(self._queue)
            for journal in queue:
                journal.queued = False
            self._queue.clear()
            self._urgent = False
            self._taken_at = time.monotonic()
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
                roll_back(connection)
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
