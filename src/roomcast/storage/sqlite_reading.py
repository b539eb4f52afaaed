"""Opens a kept file to read it, beside a server that uses it or without one. Nothing in it changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from roomcast.errors import CannotServe
from roomcast.storage.sqlite_errors import explain
from roomcast.storage.sqlite_file import check

_TIMEOUT = 10.0  # seconds


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One moment of the file: what a server commits meanwhile is not seen. Raises `CannotServe`, with a sentence."""
    if not path.exists():
        raise CannotServe(f"there is no file {path}", topic="kept-file")
    if not path.is_file():
        raise CannotServe(f"{path} is no file: name one that 'roomcast serve --keep' has made", topic="kept-file")
    try:
        connection = _opened(path)
    except (sqlite3.Error, OSError) as error:
        raise CannotServe(explain(error, path), topic="kept-file") from error
    with closing(connection):
        try:
            _choose_moment(connection, path)
        except sqlite3.Error as error:
            raise CannotServe(explain(error, path), topic="kept-file") from error
        yield connection


def _choose_moment(connection: sqlite3.Connection, path: Path) -> None:
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise CannotServe(f"{path} is empty: no server has kept anything in it", topic="kept-file")
    check(connection, path)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on, the file stands still


def _opened(path: Path) -> sqlite3.Connection:
    """SQLite needs to write beside a file to read it safely; where it may not, nobody else uses it."""
    connection = _connect(path, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        newest = path.with_name(path.name + "-wal")
        if "readonly" not in str(error) and "unable to open" not in str(error):
            raise
        if newest.exists() and newest.stat().st_size:
            raise  # what is newest is in there
        connection = _connect(path, "immutable=1")
    return connection


def _connect(path: Path, how: str) -> sqlite3.Connection:
    where = f"file:{quote(str(path.absolute()))}?{how}"
    return sqlite3.connect(where, uri=True, timeout=_TIMEOUT, isolation_level=None)
