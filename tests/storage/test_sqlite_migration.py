"""Files of earlier versions: they become files of today when a server starts, and nothing of them is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from roomcast.core.room.commit_log import hashed
from roomcast.core.room.private_lines import turn_lines
from roomcast.core.room.room import Room
from roomcast.errors import CannotServe
from roomcast.storage import sqlite_file
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_check import check_file
from roomcast.storage.sqlite_recording import read_room
from tests.storage.directories import directory_of, entered
from tests.storage.disks import SqliteDisk, as_kept, reopened, rows, session
from tests.waiting import wait_for

VERSION_1 = """
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
PRAGMA application_id = 0x526F6F6D;
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""
SECRET = "s3cr3t-of-Ada-as-it-was-kept"  # of nobody


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A room of 30,000 entries, with a snapshot near the end, and one who may come back; 9 MB."""
    file = tmp_path / "rooms.db"
    text = '{{"t":"do","s":{},"by":"Ada","at":1763825839000,"c":"move","a":["{}"],"n":{}}}'
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(VERSION_1)
        connection.execute("INSERT INTO rooms VALUES (1, 'dots', 30000)")
        connection.execute("INSERT INTO epochs VALUES (1, 1, 0)")
        connection.execute("INSERT INTO sessions VALUES (?, 1, 'Ada', 'Ada', 30000, NULL)", [SECRET])
        state = b'{"players":[{"id":"Ada","name":"Ada"}],"state":{"level":3}}'
        connection.execute("INSERT INTO snapshots VALUES (1, 29000, ?)", [state])
        for first in range(1, 30_000, 100):
            lines = "\n".join(text.format(seq, "x" * 200, seq) for seq in range(first, first + 100)).encode()
            connection.execute("INSERT INTO batches VALUES (1, ?, ?, ?, NULL)", [first, first + 99, lines])
        connection.commit()
    return file


def test_all_that_was_kept_is_there_and_who_was_away_comes_back_by_its_secret(file: Path) -> None:
    disk = SqliteDisk(file.parent)
    _, saved = reopened(disk)
    assert (saved.last, saved.snapshot_seq, saved.epoch, saved.bases) == (30_000, 29_000, 2, {1: 0, 2: 30_000})
    assert saved.sessions == as_kept(session(SECRET, n=30_000))
    assert rows(file, "PRAGMA user_version") == [(sqlite_file.VERSION,)]
    assert rows(file, "SELECT used > 0 FROM rooms") == [(1,)]
    disk.close()
    room = entered(directory_of(disk), "dots")
    assert isinstance(room, Room)
    assert room.seats.find(hashed(SECRET)) is None, "whoever has read the file is nobody"
    found = room.seats.find(SECRET)
    assert found is not None
    assert (found.id, found.n, room.state.shared) == ("Ada", 30_000, {"level": 3})
    disk.end()


USED: Final = "ALTER TABLE rooms ADD COLUMN used INTEGER NOT NULL DEFAULT 0;"
TOLD: Final = "ALTER TABLE rooms ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
RULES: Final = """
ALTER TABLE batches ADD COLUMN turns BLOB;
ALTER TABLE batches ADD COLUMN rules BLOB;
ALTER TABLE snapshots ADD COLUMN rules BLOB;
"""
FROM_1_TO: Final = {
    1: "",
    2: f"{USED} PRAGMA user_version = 2",
    3: f"{USED} {sqlite_file._WORLDS} PRAGMA user_version = 3",
    4: f"{USED} {sqlite_file._WORLDS} {TOLD} PRAGMA user_version = 4",
    5: f"{USED} {sqlite_file._WORLDS} {TOLD} {RULES} PRAGMA user_version = 5",
}


def as_of(version: int, file: Path) -> None:
    """Make a file of version 1 one of another version, without what each adds to the content."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(FROM_1_TO[version])


@pytest.mark.parametrize("version", FROM_1_TO)
def test_a_file_of_each_version_becomes_one_of_today(file: Path, version: int) -> None:
    as_of(version, file)
    disk = SqliteDisk(file.parent)
    log, saved = reopened(disk)
    assert (saved.last, saved.told, saved.has_rules, saved.turns) == (30_000, 0, False, {})
    log.save_time(5000)
    log.append_turn(30_001, b'{"s":30001}', turn_lines(b'{"s":30001}', {}, {"Ada": b',"ok":[1]}'}), None, {})
    disk.close()
    _, saved = reopened(disk)
    assert (saved.told, list(saved.turns)) == (5000, [30_001])
    assert rows(file, "PRAGMA user_version") == [(sqlite_file.VERSION,)]
    disk.end()


@pytest.mark.parametrize("version", FROM_1_TO)
def test_it_is_checked_and_read_as_it_is(file: Path, version: int) -> None:
    as_of(version, file)
    report = check_file(file)
    assert (report.version, report.whole, report.rooms[0].last) == (version, True, 30_000)
    kept = read_room(file)
    assert (kept.name, kept.seq, len(kept.lines), kept.world) == ("dots", 0, 30_000, "")
    assert rows(file, "PRAGMA user_version") == [(version,)]


def test_of_the_secrets_nothing_is_left_in_the_file(file: Path) -> None:
    assert SECRET.encode() in file.read_bytes()
    SqliteDisk(file.parent).end()
    assert SECRET.encode() not in file.read_bytes()
    assert hashed(SECRET).encode() in file.read_bytes()


def test_its_log_is_cut_to_its_limits_and_the_file_shrinks(file: Path) -> None:
    before = file.stat().st_size
    disk = SqliteDisk(file.parent, kept=1000)
    wait_for(lambda: rows(file, "SELECT count(*) FROM batches") == [(10,)], what="what is too old is forgotten")
    wait_for(lambda: rows(file, "PRAGMA page_count")[0][0] * 4096 < before / 2, what="pages are given back")
    disk.end()
    assert file.stat().st_size < before / 2
    _, saved = reopened(disk := SqliteDisk(file.parent, kept=1000))
    assert len(saved.lines) == 1000
    disk.end()


def test_a_file_that_is_too_large_to_rewrite_keeps_its_size_until_it_is_not(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "_REWRITE_UP_TO", 1_000_000)
    disk = SqliteDisk(file.parent, kept=1000)
    assert rows(file, "PRAGMA auto_vacuum") == [(0,)]
    wait_for(lambda: rows(file, "SELECT count(*) FROM batches") == [(10,)], what="what is too old is forgotten")
    disk.close()
    assert rows(file, "PRAGMA auto_vacuum") == [(2,)], "now it was small enough"
    disk.end()
    assert file.stat().st_size < 1_000_000


def test_what_fails_in_the_middle_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(secret: str) -> str:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "hashed", fails)
        with pytest.raises(CannotServe, match="the disk is full"):
            SqliteStore(file).start(lambda: None)
    assert rows(file, "PRAGMA user_version") == [(1,)]
    assert rows(file, "SELECT secret FROM sessions") == [(SECRET,)]
    disk = SqliteDisk(file.parent)
    assert reopened(disk)[1].last == 30_000
    disk.end()
