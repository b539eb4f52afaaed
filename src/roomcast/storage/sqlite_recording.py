"""What a kept file has of one room, from the earliest place at which the room's state is known."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from roomcast.core.protocol.messages import Snapshot
from roomcast.errors import CannotServe
from roomcast.storage.sqlite_errors import explain
from roomcast.storage.sqlite_file import FORGOTTEN
from roomcast.storage.sqlite_reading import reading

_SHOWN: Final = 10  # rooms that a message lists
_snapshots: Final = msgspec.json.Decoder(Snapshot)


class KeptRoom(NamedTuple):
    """A room's log from a place on."""

    name: str
    seq: int  # of the place
    snapshot: Snapshot  # the room's state there
    world: str  # the programs' own state there, JSON text; "": there is none
    lines: list[bytes]  # the entries after it, as everybody may see them
    private: dict[int, bytes]  # those among them that are private, in full, by seq


def read_room(path: Path, room: str = "") -> KeptRoom:
    """Read a room, also beside a server that uses the file. `room`: "" where the file has one alone.

    It starts at the beginning, where all of the log is kept; else with the room's world, or the snapshot beside the
    log. Raises `CannotServe`.
    """
    try:
        with reading(path) as database:
            return _read_room(database, path, room)
    except (sqlite3.Error, OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CannotServe(explain(error, path), topic="kept-file") from error


def _read_room(database: sqlite3.Connection, path: Path, room: str) -> KeptRoom:
    found = {str(name): (number, last) for number, name, last in database.execute("SELECT id, name, last FROM rooms")}
    rooms = {name: one for name, one in found.items() if not name.startswith(FORGOTTEN)}
    if not room and len(rooms) == 1:
        (room,) = rooms
    if room not in rooms:
        names = ", ".join(map(repr, sorted(rooms)[:_SHOWN])) or "none"
        more = f" and {len(rooms) - _SHOWN} more" if len(rooms) > _SHOWN else ""
        what = f"there is no room {room!r} in {path}." if room else f"which room of {path}?"
        raise CannotServe(f"{what} It has {names}{more}", topic="kept-file")
    number, last = rooms[room]
    lines: list[bytes] = []
    private: dict[int, bytes] = {}
    gone = last
    for first, upto, text, own in database.execute(
        "SELECT first, last, lines, private FROM batches WHERE room = ? ORDER BY first", [number]
    ):
        if not lines:
            gone = first - 1
        lines += text.split(b"\n")
        if gone + len(lines) != upto:
            raise sqlite3.DatabaseError(f"malformed: entries before {upto} are missing")
        for seq, line in msgspec.json.decode(own or b"{}").items():
            private[int(seq)] = line.encode()
    seq, snapshot, world = _start(database, number, gone, last)
    if seq < gone or gone + len(lines) != last:
        raise sqlite3.DatabaseError(f"malformed: entries of the room {room!r} are missing")
    return KeptRoom(room, seq, snapshot, world, lines[seq - gone :], private)


def _start(database: sqlite3.Connection, room: int, gone: int, last: int) -> tuple[int, Snapshot, str]:
    """Where the log may be run from; `gone`: seq before the oldest entry that is kept."""
    if not gone:
        return 0, Snapshot(), ""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > 2:
        row = database.execute("SELECT seq, snapshot, world FROM worlds WHERE room = ?", [room]).fetchone()
        if row is not None and gone <= row[0] <= last:
            return row[0], _snapshots.decode(row[1]), row[2].decode()
    row = database.execute("SELECT seq, state FROM snapshots WHERE room = ?", [room]).fetchone()
    return (-1, Snapshot(), "") if row is None else (row[0], _snapshots.decode(row[1]), "")
