"""Whether a kept file is whole: what SQLite finds, and what a room needs to open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Snapshot
from roomcast.core.room.private_lines import read_kept
from roomcast.core.room.rules_fold import TruthPatch, fold, read_truth
from roomcast.errors import CannotServe, ProtocolError
from roomcast.storage.sqlite_errors import explain
from roomcast.storage.sqlite_file import FORGOTTEN
from roomcast.storage.sqlite_opening import by_seq
from roomcast.storage.sqlite_reading import reading

_MOST: Final = 20  # faults named of one file or room: more say nothing new
_snapshots: Final = msgspec.json.Decoder(Snapshot)


@dataclass(slots=True)
class RoomReport:
    """What is kept of one room."""

    name: str
    last: int  # seq of its newest entry
    used: int  # when somebody was last there, in seconds since 1970; 0: not known
    first: int = 0  # seq of the oldest entry that is kept; 0: none is
    size: int = 0  # bytes of its entries
    snapshot: int = 0  # seq of its snapshot; 0: there is none
    sessions: int = 0  # players who may come back
    faults: list[str] = field(default_factory=list)

    @property
    def entries(self) -> int:
        return self.last - self.first + 1 if self.first else 0


@dataclass(slots=True)
class FileReport:
    """What a file holds, and what is wrong with it."""

    path: Path
    size: int  # bytes, with what is beside it
    version: int = 0  # of the schema
    half_deleted: int = 0  # rooms that are forgotten, and not deleted yet
    faults: list[str] = field(default_factory=list)  # of the file as a whole
    rooms: list[RoomReport] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults and not any(room.faults for room in self.rooms)


def check_file(path: Path, progress: Callable[[int, int], object] = lambda done, total: None) -> FileReport:
    """Read all of a file. `progress` is called with how many rooms are done, and all. Raises `CannotServe`."""
    try:
        return _check_file(path, progress)
    except (sqlite3.Error, OSError) as error:
        raise CannotServe(explain(error, path), topic="kept-file") from error


def _check_file(path: Path, progress: Callable[[int, int], object]) -> FileReport:
    with reading(path) as database:
        size = sum(one.stat().st_size for one in (path, path.with_name(path.name + "-wal")) if one.exists())
        report = FileReport(path, size)
        (report.version,) = database.execute("PRAGMA user_version").fetchone()
        found = database.execute(f"PRAGMA integrity_check({_MOST})").fetchall()
        report.faults = [str(line) for (line,) in found if line != "ok"]
        used = "used" if report.version > 1 else "0"
        rooms = database.execute(f"SELECT id, name, last, {used} FROM rooms ORDER BY name").fetchall()
        for number, (room, name, last, when) in enumerate(rooms):
            progress(number, len(rooms))
            if str(name).startswith(FORGOTTEN):
                report.half_deleted += 1
                continue
            one = RoomReport(str(name), 0, when if isinstance(when, int) else 0)
            report.rooms.append(one)
            try:
                if not isinstance(last, int):
                    raise TypeError(f"the number of its entries is {last!r}")
                one.last = last
                _check_room(database, room, one, report.version)
            except (sqlite3.Error, msgspec.MsgspecError, ProtocolError, TypeError, ValueError, AttributeError) as error:
                one.faults.append(str(error))
        progress(len(rooms), len(rooms))
    return report


def _check_room(database: sqlite3.Connection, room: int, report: RoomReport, version: int) -> None:
    rules = version > 4  # before, nothing was kept of any
    row = database.execute(
        f"SELECT seq, state, {'rules' if rules else 'NULL'} FROM snapshots WHERE room = ?", [room]
    ).fetchone()
    truth = None
    if row is not None:
        report.snapshot = row[0]
        _snapshots.decode(row[1])
        truth = None if row[2] is None else read_truth(row[2])
    world = None
    if version > 2:  # before, there were no worlds
        world = database.execute("SELECT world, snapshot FROM worlds WHERE room = ?", [room]).fetchone()
    if world is not None:
        world[0].decode()  # whether it is JSON, the server does not look: what a player has sent is no damage
        _snapshots.decode(world[1])
    for (left,) in database.execute("SELECT left_state FROM sessions WHERE room = ?", [room]):
        report.sessions += 1
        if left is not None:
            msgspec.json.decode(left)
    upto = 0
    patches: dict[int, TruthPatch] = {}
    columns = "turns, rules" if rules else "NULL, NULL"
    for first, last, lines, private, turns, changes in database.execute(
        f"SELECT first, last, lines, private, {columns} FROM batches WHERE room = ? ORDER BY first", [room]
    ):
        if not report.first:
            report.first = first
        elif first != upto + 1:
            report.faults.append(f"entries {upto + 1} to {first - 1} are missing")
        upto = last
        report.size += len(lines)
        _check_lines(lines.split(b"\n"), first, last)
        for seq, line in msgspec.json.decode(private or b"{}").items():
            if codec.decode_server(line.encode()).s != int(seq):  # type: ignore[union-attr]
                raise ValueError(f"the private entry {seq} is another one")
        for text in by_seq(turns).values():
            read_kept(b"", text)
        patches |= {seq: TruthPatch(bytes(text)) for seq, text in by_seq(changes).items() if seq > report.snapshot}
    fold(truth, [patch for _, patch in sorted(patches.items())])
    if upto != report.last and (upto or report.snapshot < report.last):
        report.faults.append(f"entries {upto + 1} to {report.last} are missing")
    if report.first > report.snapshot + 1:
        report.faults.append(f"entries {report.snapshot + 1} to {report.first - 1} are missing")
    if not database.execute("SELECT 1 FROM epochs WHERE room = ? LIMIT 1", [room]).fetchone():
        report.faults.append("it has no epoch")


def _check_lines(lines: list[bytes], first: int, last: int) -> None:
    if len(lines) != last - first + 1:
        raise ValueError(f"entries {first} to {last} are {len(lines)} lines")
    for seq, line in enumerate(lines, first):
        if getattr(codec.decode_server(line), "s", None) != seq:
            raise ValueError(f"entry {seq} is another one")
