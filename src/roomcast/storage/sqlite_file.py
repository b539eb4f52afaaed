"""The SQLite file itself: its tables, whether it is ours, and what to say when it cannot be used."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from roomcast.errors import CannotServe

VERSION: Final = 1  # of the schema
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


def connect(path: Path, timeout: float) -> sqlite3.Connection:
    """A connection that waits up to `timeout` seconds for locks of others. Its transactions are explicit."""
    return sqlite3.connect(path, timeout=timeout, isolation_level=None)


def lock_file(path: Path, timeout: float) -> sqlite3.Connection:
    """Take an exclusive lock that marks the file as used by this server. The OS releases it on exit.

    The lock lasts as long as the connection that is returned. Raises `sqlite3.OperationalError`: another holds it.
    """
    lock = connect(path.with_name(path.name + "-lock"), timeout)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except BaseException:
        lock.close()
        raise
    return lock


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not ours, before anything in it changes. Raises `CannotServe`, `sqlite3.Error`."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and mark != _MARK:
        raise CannotServe(f"{path} is a database of another program: name another file with --keep")
    if version > VERSION:
        raise CannotServe(f"{path} was written by a newer Roomcast (schema {version}): update, or name another file")


def make_durable(connection: sqlite3.Connection) -> None:
    """Have each commit synced to disk before it returns."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def prepare(connection: sqlite3.Connection) -> None:
    """Create the tables in a new file. Raises `sqlite3.OperationalError` where the file is read-only."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(f"PRAGMA user_version = {version}")  # fails where the file is read-only
    connection.execute("ROLLBACK")
    if version == 0:
        connection.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA application_id = {_MARK}; PRAGMA user_version = {VERSION}; COMMIT;"
        )


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction, if one is open: some failures have ended it already."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        pass  # the first failure says more


def explain(error: Exception, path: Path) -> str:
    """An error message: why the file cannot be used, and what to do."""
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
