"""Opens rooms: begins a new epoch of each, and reads back what was kept of it.

Many rooms at once, as after a restart, are opened in one transaction: a transaction waits for the disk.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import Raw

from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.commit_log import SavedRoom, SavedSession, World
from roomcast.core.room.private_lines import read_kept
from roomcast.core.room.rules_fold import TruthPatch, read_truth
from roomcast.storage.sqlite_file import roll_back

KEPT_EPOCHS: Final = 100  # who comes back from an earlier one is told that all may be undone, and gets a snapshot

_snapshots: Final = msgspec.json.Decoder(Snapshot)
_by_seq: Final = msgspec.json.Decoder(dict[int, Raw])


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
    row = connection.execute("SELECT seq, state, rules FROM snapshots WHERE room = ?", [room_id]).fetchone()
    at, state, rules = (0, Snapshot(), None) if row is None else (row[0], _snapshots.decode(row[1]), row[2])
    part = _read_lines(connection, room_id, last, at, kept)
    sessions = [
        SavedSession(secret, player, name, n, None if left is None else msgspec.json.decode(left, type=Raw), began)
        for secret, player, name, n, left, began in connection.execute(
            "SELECT secret, player, name, n, left_state, began FROM sessions WHERE room = ?", [room_id]
        ).fetchall()
    ]
    begins = last - len(part.lines) + 1
    return SavedRoom(
        epoch,
        bases,
        last,
        state,
        at,
        part.lines,
        part.private,
        sessions,
        _read_world(connection, room_id, last),
        told,
        turns={seq: read_kept(part.lines[seq - begins], text) for seq, text in part.turns.items()},
        truth=None if rules is None else read_truth(rules),
        truth_patches={seq: TruthPatch(bytes(text)) for seq, text in part.rules.items() if seq > at},
    )


def _read_world(connection: sqlite3.Connection, room_id: int, last: int) -> World | None:
    row = connection.execute(
        "SELECT seq, world, snapshot FROM worlds WHERE room = ? AND seq <= ?", [room_id, last]
    ).fetchone()
    return None if row is None else World(row[0], row[1].decode(), _snapshots.decode(row[2]))


@dataclass(slots=True)
class _LogPart:
    """The newest part of a log: its lines, and what is beside them, by seq."""

    lines: list[bytes]
    private: dict[int, bytes] = field(default_factory=dict)
    turns: dict[int, Raw] = field(default_factory=dict)
    rules: dict[int, Raw] = field(default_factory=dict)


def _read_lines(
    connection: sqlite3.Connection, room_id: int, last: int, snapshot_seq: int, kept: ReadLimits
) -> _LogPart:
    """The newest lines, back to the snapshot and as far as is kept."""
    texts: list[bytes] = []  # of batches, the newest first
    part = _LogPart([])
    begins, size = last + 1, 0
    for first, upto, text, private, turns, rules in connection.execute(
        "SELECT first, last, lines, private, turns, rules FROM batches WHERE room = ? ORDER BY first DESC", [room_id]
    ):
        if begins <= snapshot_seq + 1 and (last - begins + 1 >= kept.entries or size >= kept.size):
            break
        if upto != begins - 1 or text.count(b"\n") != upto - first:
            break
        begins = first
        size += len(text) + len(turns or b"")
        texts.append(text)
        if private is not None:
            part.private |= {int(seq): line.encode() for seq, line in msgspec.json.decode(private).items()}
        part.turns |= by_seq(turns)
        part.rules |= by_seq(rules)
    if begins > snapshot_seq + 1 or (last and begins > last):
        raise sqlite3.DatabaseError(f"malformed: entries before {begins} are missing")
    part.lines = [line for text in reversed(texts) for line in text.split(b"\n")]
    return part


def by_seq(text: bytes | None) -> dict[int, Raw]:
    """What a column has beside lines, by seq. Raises `msgspec.MsgspecError`."""
    return {} if text is None else _by_seq.decode(text)
