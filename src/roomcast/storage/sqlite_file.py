"""The SQLite file itself: its tables, whether it is ours, and how a file of an earlier version becomes one of today.

Version 1 of the schema kept the secrets of sessions, and not when a room was last used; version 2 kept no worlds;
version 3 not how far the time of a room was told; version 4 nothing of the rules of rooms; version 5 not
since when a session is there.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from roomcast.core.room.commit_log import hashed
from roomcast.errors import CannotServe

log: Final = logging.getLogger("roomcast.storage")

VERSION: Final = 6  # of the schema
FORGOTTEN: Final = "/"  # the names of rooms that are being deleted begin with it: names of rooms hold none
WAL_SIZE: Final = 16 * 1024 * 1024  # bytes to which the write-ahead log is cut after it grew, as beside a long reader
_REWRITE_UP_TO: Final = 64 * 1024 * 1024  # bytes of content: so much is rewritten at the start in about a second
_TRY: Final = 64 * 1024  # bytes that must find room before we say that the disk is not full any more
_MARK: Final = 0x526F6F6D  # "Room": SQLite's application_id, by which a file is known to be ours

_WORLDS: Final = """
CREATE TABLE worlds (
    room INTEGER PRIMARY KEY, seq INTEGER NOT NULL,
    world BLOB NOT NULL,    -- the programs' own state after that entry
    snapshot BLOB NOT NULL  -- the room's state there
);
"""

_SCHEMA: Final = """
CREATE TABLE rooms (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    last INTEGER NOT NULL DEFAULT 0, -- seq of the newest entry
    used INTEGER NOT NULL DEFAULT 0, -- when somebody was last there, in seconds since 1970
    told INTEGER NOT NULL DEFAULT 0  -- the room's time may have been told up to it, in milliseconds since 1970
);
CREATE TABLE epochs (room INTEGER NOT NULL, epoch INTEGER NOT NULL, base INTEGER NOT NULL, PRIMARY KEY (room, epoch));
CREATE TABLE batches (
    room INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    lines BLOB NOT NULL,    -- public lines, joined by line ends
    private BLOB,           -- {"seq": "line"} of private ones
    turns BLOB,             -- {"seq": …} of turns of rules: what single players read of them
    rules BLOB,             -- {"seq": …} of the same: what they change of all that the rules hold
    PRIMARY KEY (room, first)
);
CREATE TABLE sessions (
    secret TEXT PRIMARY KEY, -- hashed
    room INTEGER NOT NULL, player TEXT NOT NULL, name TEXT NOT NULL,
    n INTEGER NOT NULL, left_state BLOB,
    began INTEGER            -- seq before its player joined; NULL: not known
);
CREATE INDEX sessions_room ON sessions (room);
CREATE INDEX rooms_used ON rooms (used);
CREATE TABLE snapshots (
    room INTEGER PRIMARY KEY, seq INTEGER NOT NULL, state BLOB NOT NULL,
    rules BLOB              -- all that the rules hold there
);
"""


def connect(path: Path, timeout: float) -> sqlite3.Connection:
    """A connection that waits up to `timeout` seconds for locks of others. Its transactions are explicit."""
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)


@contextmanager
def impatient(connection: sqlite3.Connection, timeout: float) -> Iterator[None]:
    """Wait for nobody's lock meanwhile; afterwards again for `timeout` seconds."""
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(timeout * 1000)}")


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not ours, before anything in it changes. Raises `CannotServe`, `sqlite3.Error`."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and mark != _MARK:
        raise CannotServe(f"{path} is a database of another program: name another file", topic="kept-file")
    if version > VERSION:
        raise CannotServe(
            f"{path} was written by a newer Roomcast (schema {version}): update, or name another file",
            topic="kept-file",
        )


def make_durable(connection: sqlite3.Connection) -> None:
    """Have each commit synced to disk before it returns."""
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of a new file; an old one is rewritten by `prepare`
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_SIZE}")


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables in a new file, bring an old one up to date.

    Raises `sqlite3.OperationalError` where the file is read-only.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {version}")  # fails where the file is read-only
    connection.execute("ROLLBACK")
    if version == 0:
        connection.executescript(
            f"BEGIN; {_SCHEMA} {_WORLDS} PRAGMA application_id = {_MARK}; PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return
    if version < VERSION:
        _migrate(connection, version)
        log.warning("%s is now in the form of this version of Roomcast; an earlier one cannot read it any more", path)
    _let_it_shrink(connection, path)


def _migrate(connection: sqlite3.Connection, version: int) -> None:
    """From an earlier version, in one transaction. What is large, the logs, stays as it is."""
    connection.execute("PRAGMA secure_delete = ON")  # of the secrets nothing is to be left
    connection.execute("BEGIN IMMEDIATE")
    try:
        if version < 2:
            _know_rooms_used(connection)
            _hash_secrets(connection)
        if version < 3:
            connection.execute(_WORLDS)
        if version < 4:
            connection.execute("ALTER TABLE rooms ADD COLUMN told INTEGER NOT NULL DEFAULT 0")
        if version < 5:
            _know_rules(connection)
        connection.execute("ALTER TABLE sessions ADD COLUMN began INTEGER")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    finally:
        connection.execute("PRAGMA secure_delete = OFF")


def _know_rooms_used(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE rooms ADD COLUMN used INTEGER NOT NULL DEFAULT 0")
    connection.execute("UPDATE rooms SET used = ?", [int(time.time())])
    connection.execute("CREATE INDEX rooms_used ON rooms (used)")


def _know_rules(connection: sqlite3.Connection) -> None:
    for table, column in (("batches", "turns"), ("batches", "rules"), ("snapshots", "rules")):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} BLOB")


def _hash_secrets(connection: sqlite3.Connection) -> None:
    secrets = connection.execute("SELECT secret FROM sessions").fetchall()
    connection.executemany(
        "UPDATE sessions SET secret = ? WHERE secret = ?", [(hashed(secret), secret) for (secret,) in secrets]
    )


def _let_it_shrink(connection: sqlite3.Connection, path: Path) -> None:
    """A file of version 1 keeps its free pages, for what comes; it can give them back once it has been rewritten."""
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0]:
        return
    content = content_size(connection)
    if content > _REWRITE_UP_TO:
        log.info("%s keeps its size: it has %d bytes of content, too much to rewrite at the start", path, content)
        return
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("VACUUM")
    except sqlite3.Error as error:
        log.warning("%s keeps its size for now: it could not be rewritten (%s)", path, error)


def room_names(connection: sqlite3.Connection) -> list[str]:
    """The names of all rooms, in the order in which they were created."""
    found = connection.execute("SELECT name FROM rooms WHERE name NOT LIKE ? ORDER BY id", [f"{FORGOTTEN}%"]).fetchall()
    return [str(name) for (name,) in found]


def try_to_write(connection: sqlite3.Connection) -> None:
    """Write something that takes some space, and delete it. Raises `sqlite3.Error`."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("INSERT INTO snapshots VALUES (0, 0, zeroblob(?), NULL)", [_TRY])  # no room has that id
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    finally:
        connection.execute("DELETE FROM snapshots WHERE room = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # what was written gives its space back


def free_pages(connection: sqlite3.Connection, count: int = 0) -> None:
    """Give up to `count` free pages back to the file system; 0: all."""
    # SQLite frees one with each step of the statement; `execute` makes a single step, as the rows have no columns.
    connection.executescript(f"PRAGMA incremental_vacuum({count})")


def content_size(connection: sqlite3.Connection) -> int:
    """Bytes of the file that are in use."""
    (pages,), (free,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "freelist_count", "page_size")
    )
    return int(size * (pages - free))


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if one is open: some failures have ended it already."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        pass  # the first failure says more
