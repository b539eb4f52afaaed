"""Removes a room from a kept file that no server uses: its bytes are overwritten."""

from __future__ import annotations

import difflib
import sqlite3
from contextlib import closing
from pathlib import Path

from roomcast.errors import CannotServe
from roomcast.storage.sqlite_errors import explain
from roomcast.storage.sqlite_file import check, connect, free_pages, make_durable, prepare, room_names
from roomcast.storage.sqlite_forgetting import delete_some, forget
from roomcast.storage.sqlite_guard import FileGuard

_TIMEOUT = 0.5  # seconds to wait for a server that ends


def remove_room(path: Path, name: str) -> None:
    """Forget a room and all that is kept of it. Raises `CannotServe`, with a sentence: then nothing is changed."""
    if not path.exists():
        raise CannotServe(f"there is no file {path}", topic="kept-file")
    with closing(FileGuard(path, _TIMEOUT)) as guard:
        try:
            with closing(connect(guard.path, _TIMEOUT)) as database:
                check(database, path)
                guard.lock(_TIMEOUT)
                guard.tighten()
                database.execute("PRAGMA secure_delete = ON")
                make_durable(database)
                prepare(database, path)
                _remove(database, path, name)
        except (sqlite3.Error, OSError) as error:
            raise CannotServe(explain(error, path), topic="kept-file") from error


def _remove(database: sqlite3.Connection, path: Path, name: str) -> None:
    found = database.execute("SELECT id FROM rooms WHERE name = ?", [name]).fetchone()
    if found is None:
        near = difflib.get_close_matches(name, room_names(database), 3, 0.6)
        hint = f"; there is {', '.join(map(repr, near))}" if near else ": see 'roomcast check'"
        raise CannotServe(f"{path} has no room {name!r}{hint}", topic="kept-file")
    forget(database, [found[0]])
    while not delete_some(database, found[0]):
        pass
    free_pages(database)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
