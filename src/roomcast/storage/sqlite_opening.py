"""Opens rooms: begins a new epoch of each, and reads back what was kept of it.

Many rooms at once, as after a restart, are opened in one transaction: a transaction waits for the disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Raw

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SavedRoom, SavedSession, World
from roomcast.storage.sqlite_file import roll_back

KEPT_EPOCHS: Final = 100  # who comes back from an earlier one is told that all may be undone, and gets a snapshot

_snapshots: Final = msgspec.json.Decoder(Snapshot)


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much of a room's log is read back, beside what follows its snapshot: whichever limit is met first."""

    entries: int
    size: int  # bytes of their lines


@dataclass(frozen=True, slots=True)
class OpenedRoom:
    """A room in the file."""

    id: int
    last: int  # seq of its newest entry
    saved: SavedRoom | None  # None: the room is new


def open_rooms(
    connection: sqlite3.Connection, rooms: Sequence[str], kept: ReadLimits, seconds: float
) -> list[OpenedRoom | Exception]:
    """Begin an epoch of each room, and read it: the first, and as many more as `seconds` allow, in one transaction.

    Where a room is damaged, its place has the error. Raises `sqlite3.Error`: none is open.
    """
    give_up = time.monotonic() + seconds
    results: list[OpenedRoom | Exception] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for room in rooms:
            results.append(_open_room(connection, room, kept))
            if time.monotonic() > give_up:
                break
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise
    return results


def _open_room(connection: sqlite3.Connection, room: str, kept: ReadLimits) -> OpenedRoom | Exception:
    connection.execute("SAVEPOINT room")
    result: OpenedRoom | Exception
    try:
        room_id, last, told, epoch, bases = _begin_epoch(connection, room)
        saved = _read(connection, room_id, last, epoch, bases, kept, told) if epoch > 1 else None
        result = OpenedRoom(room_id, last, saved)
    except Exception as error:  # damage shows in many ways
        if not connection.in_transaction:
            raise  # SQLite has undone all of it
        connection.execute("ROLLBACK TO room")
        result = error
    connection.execute("RELEASE room")
    return result


def _begin_epoch(connection: sqlite3.Connection, room: str) -> tuple[int, int, int, int, dict[int, int]]:
    row = connection.execute("SELECT id, last, told FROM rooms WHERE name = ?", [room]).fetchone()
    if row is None:
        row = (connection.execute("INSERT INTO rooms (name) VALUES (?)", [room]).lastrowid, 0, 0)
    room_id, last, told = row
    connection.execute("UPDATE rooms SET used = ? WHERE id = ?", [int(time.time()), room_id])
    bases = dict(connection.execute("SELECT epoch, base FROM epochs WHERE room = ?", [room_id]).fetchall())
    epoch = max(bases, default=0) + 1
    bases[epoch] = last
    connection.execute("INSERT INTO epochs VALUES (?, ?, ?)", [room_id, epoch, last])
    if min(bases) <= epoch - KEPT_EPOCHS:
        connection.execute("DELETE FROM epochs WHERE room = ? AND epoch <= ?", [room_id, epoch - KEPT_EPOCHS])
        bases = {number: base for number, base in bases.items() if number > epoch - KEPT_EPOCHS}
    return room_id, last, told, epoch, bases


def _read(
    connection: sqlite3.Connection,
    room_id: int,
    last: int,
    epoch: int,
    bases: dict[int, int],
    kept: ReadLimits,
    told: int,
) -> SavedRoom:
    row = connection.execute("SELECT seq, state FROM snapshots WHERE room = ?", [room_id]).fetchone()
    at, state = (0, Snapshot()) if row is None else (row[0], _snapshots.decode(row[1]))
    lines, private = _read_lines(connection, room_id, last, at, kept)
    sessions = [
        SavedSession(secret, player, name, n, None if left is None else msgspec.json.decode(left, type=Raw))
        for secret, player, name, n, left in connection.execute(
            "SELECT secret, player, name, n, left_state FROM sessions WHERE room = ?", [room_id]
        ).fetchall()
    ]
    world = _read_world(connection, room_id, last)
    return SavedRoom(epoch, bases, last, state, at, lines, private, sessions, world, told)


def _read_world(connection: sqlite3.Connection, room_id: int, last: int) -> World | None:
    row = connection.execute(
        "SELECT seq, world, snapshot FROM worlds WHERE room = ? AND seq <= ?", [room_id, last]
    ).fetchone()
    return None if row is None else World(row[0], row[1].decode(), _snapshots.decode(row[2]))


def _read_lines(
    connection: sqlite3.Connection, room_id: int, last: int, snapshot_seq: int, kept: ReadLimits
) -> tuple[list[bytes], dict[int, bytes]]:
    """The newest lines, back to the snapshot and as far as is kept; and the private ones among them, by seq."""
    texts: list[bytes] = []  # of batches, the newest first
    private: dict[int, bytes] = {}
    begins, size = last + 1, 0
    for first, upto, text, own in connection.execute(
        "SELECT first, last, lines, private FROM batches WHERE room = ? ORDER BY first DESC", [room_id]
    ):
        if begins <= snapshot_seq + 1 and (last - begins + 1 >= kept.entries or size >= kept.size):
            break
        if upto != begins - 1 or text.count(b"\n") != upto - first:
            break
        begins = first
        size += len(text)
        texts.append(text)
        if own is not None:
            private |= {int(seq): line.encode() for seq, line in msgspec.json.decode(own).items()}
    if begins > snapshot_seq + 1 or (last and begins > last):
        raise sqlite3.DatabaseError(f"malformed: entries before {begins} are missing")
    return [line for text in reversed(texts) for line in text.split(b"\n")], private
