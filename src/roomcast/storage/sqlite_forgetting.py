"""Deletes what is forgotten, a little at a time: each call is one short transaction, or a part of one."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from roomcast.storage.sqlite_file import FORGOTTEN, roll_back

STEP_ROWS: Final = 256
STEP_BYTES: Final = 1024 * 1024
# The size of a batch, without reading it: SQLite knows the length of a value before its pages.
BATCH_SIZE: Final = "length(lines) + ifnull(length(private), 0) + ifnull(length(turns), 0) + ifnull(length(rules), 0)"
_UNUSED_SIZE: Final = 64 * 1024  # bytes of a log that is read to see whether anybody did anything
_COMINGS: Final = (b'{"t":"join"', b'{"t":"leave"', b'{"t":"away"', b'{"t":"back"')
_PARTS: Final = ("sessions", "snapshots", "worlds", "epochs")  # tables with rows of a room, beside its batches


def forget_entries(database: sqlite3.Connection, room: int, upto: int) -> bool:
    """Delete some of a room's oldest batches: none with entries after seq `upto`, or after the snapshot.

    Returns whether there were any.
    """
    row = database.execute("SELECT seq FROM snapshots WHERE room = ?", [room]).fetchone()
    return _delete_batches(database, room, min(upto, 0 if row is None else row[0]))


def forget(database: sqlite3.Connection, rooms: Sequence[int]) -> None:
    """Forget rooms: at once for everyone. What they hold is then to be deleted by `delete_some`."""
    database.execute("BEGIN IMMEDIATE")
    try:
        for room in rooms:
            database.execute("UPDATE rooms SET name = ? WHERE id = ?", [f"{FORGOTTEN}{room}", room])
        database.execute("COMMIT")
    except BaseException:
        roll_back(database)
        raise


def delete_some(database: sqlite3.Connection, room: int) -> bool:
    """Delete some of what a forgotten room holds; returns whether that was the last of it."""
    if _delete_batches(database, room, None):
        return False
    for table in _PARTS:
        if database.execute(
            f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE room = ? LIMIT ?)", [room, STEP_ROWS]
        ).rowcount:
            return False
    database.execute("DELETE FROM rooms WHERE id = ?", [room])
    return True


def _delete_batches(database: sqlite3.Connection, room: int, upto: int | None) -> bool:
    size, cut = 0, None
    for first, last, length in database.execute(
        f"SELECT first, last, {BATCH_SIZE} FROM batches WHERE room = ? ORDER BY first LIMIT ?", [room, STEP_ROWS]
    ).fetchall():
        size += length
        if (upto is not None and last > upto) or (size > STEP_BYTES and cut is not None):
            break
        cut = first
    if cut is None:
        return False
    database.execute("DELETE FROM batches WHERE room = ? AND first <= ?", [room, cut])
    return True


def is_unused(database: sqlite3.Connection, room: int, *, sessions: bool) -> bool:
    """Whether nobody ever did anything in a room but come and go; `sessions`: and nobody may come back.

    Rules may have done something on that.
    """
    if database.execute("SELECT 1 FROM snapshots WHERE room = ?", [room]).fetchone():
        return False  # it has had thousands of entries
    if database.execute("SELECT 1 FROM worlds WHERE room = ?", [room]).fetchone():
        return False
    if sessions and database.execute("SELECT 1 FROM sessions WHERE room = ? LIMIT 1", [room]).fetchone():
        return False
    size = 0
    own = "private IS NOT NULL OR rules IS NOT NULL"
    for length, lines, has_own in database.execute(
        f"SELECT {BATCH_SIZE}, lines, {own} FROM batches WHERE room = ? ORDER BY first", [room]
    ):
        size += length
        if size > _UNUSED_SIZE or has_own or not isinstance(lines, bytes):
            return False
        if not all(line.startswith(_COMINGS) for line in lines.split(b"\n")):
            return False
    return True


def longest_unused(database: sqlite3.Connection, count: int, but: Collection[int]) -> list[tuple[int, str, int]]:
    """The rooms that nobody has visited for longest: id, name, and when somebody was there last."""
    found = database.execute(
        "SELECT id, name, used FROM rooms WHERE name NOT LIKE ? ORDER BY used, id LIMIT ?",
        [f"{FORGOTTEN}%", count + len(but)],
    ).fetchall()
    return [row for row in found if row[0] not in but][:count]
