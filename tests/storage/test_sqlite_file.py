"""The SQLite file: opening it, files that will not do, damage."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from roomcast.core.room.commit_log import Level, Opened, OpenFailed
from roomcast.core.room.room import Room
from roomcast.errors import CannotServe, Refused
from roomcast.storage import sqlite_thread
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_opening import open_rooms
from tests.storage.directories import directory_of, entered
from tests.storage.disks import NOTHING, SqliteDisk, ask, busy, fill, line, new, reopened, rows, session, settle, until
from tests.waiting import TOO_LONG, wait_for

# ---------------------------------------------------------------------- opening


def test_a_room_of_a_million_entries_opens_as_one_of_ten_thousand_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SqliteDisk(tmp_path).end()
    text = '{{"t":"do","s":{},"by":"Ada","at":1763825839000,"c":"move","a":[5,0],"n":{}}}'
    with closing(sqlite3.connect(tmp_path / "rooms.db")) as connection, connection:
        connection.execute("INSERT INTO rooms VALUES (1, 'dots', 1000000, 0, 0)")
        connection.execute("INSERT INTO epochs VALUES (1, 1, 0)")
        connection.execute("INSERT INTO sessions VALUES ('s1', 1, 'Ada', 'Ada', 1000000, NULL, 0)")
        state = b'{"players":[{"id":"Ada","name":"Ada"}],"state":{"level":3}}'
        connection.execute("INSERT INTO snapshots VALUES (1, 995000, ?, NULL)", [state])
        connection.executemany(
            "INSERT INTO batches VALUES (1, ?, ?, ?, NULL, NULL, NULL)",
            (
                (first, first + 999, "\n".join(text.format(seq, seq) for seq in range(first, first + 1000)).encode())
                for first in range(1, 1_000_001, 1000)
            ),
        )
    disk = SqliteDisk(tmp_path, Level.RELAXED)
    directory = directory_of(disk)
    thousands = 0  # of instructions that SQLite runs

    def count() -> None:
        nonlocal thousands
        thousands += 1

    def open_counted(connection: sqlite3.Connection, *what: Any) -> Any:
        connection.set_progress_handler(count, 1000)
        try:
            return open_rooms(connection, *what)
        finally:
            connection.set_progress_handler(None, 0)

    monkeypatch.setattr(sqlite_thread, "open_rooms", open_counted)
    room = entered(directory, "dots")
    assert thousands <= 1, "as many as a room of 10,000 entries needs, not one for each entry"
    assert isinstance(room, Room)
    assert room.log.last == 1_000_001, "Ada is away"
    assert (room.log.first, room.state.shared) == (990_001, {"level": 3})
    disk.end()


def test_so_many_bytes_are_read_back_and_no_more(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path, kept_bytes=100_000)
    log = new(disk)
    for seq in range(1, 101):
        log.append(seq, line(seq, "x" * 10_000))
        settle(disk, log, seq)  # so that each is a batch
        if seq == 95:
            log.save_snapshot(seq, NOTHING)
    disk.close()
    _, saved = reopened(disk)
    disk.end()
    assert 10 <= len(saved.lines) <= 11


# ---------------------------------------------------------------------- files that will not do


def why_not(file: Path) -> str:
    """The sentence with which a store refuses a file at its start."""
    store = SqliteStore(file, timeout=0.05)
    threads = threading.active_count()
    with pytest.raises(CannotServe) as refused:
        store.start(lambda: None)
    assert threading.active_count() == threads, "its threads have ended, and closed the file"
    return refused.value.message


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    assert why_not(tmp_path / "no" / "rooms.db").endswith(
        "cannot be opened: is there such a folder, and may it be written?"
    )


def test_what_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "rooms.db"
    text = "My shopping list\n" * 100
    file.write_text(text)
    assert why_not(file).endswith(
        "is damaged, or no database of Roomcast: restore it from a copy, or name another file"
    )
    assert file.read_text() == text


def test_a_database_of_another_program_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "rooms.db"
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    before = file.read_bytes()
    assert why_not(file).endswith("is a database of another program: name another file")
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["rooms.db"]


def test_a_newer_schema(tmp_path: Path) -> None:
    SqliteDisk(tmp_path).end()
    with closing(sqlite3.connect(tmp_path / "rooms.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    assert "was written by a newer Roomcast (schema 99): update" in why_not(tmp_path / "rooms.db")


def test_an_empty_file_becomes_ours(tmp_path: Path) -> None:
    (tmp_path / "rooms.db").touch()
    disk = SqliteDisk(tmp_path)
    new(disk)
    disk.end()


def test_two_servers_on_one_file(disk: SqliteDisk) -> None:
    log = new(disk)
    fill(log, 1, 2)
    assert "is in use by another program, perhaps another server" in why_not(disk.file)
    fill(log, 3, 3)
    settle(disk, log, 3)


def test_a_file_that_another_program_locks_is_a_sentence_for_those_who_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_asked = threading.Event()

    def open_later(*what: Any) -> Any:
        assert both_asked.wait(TOO_LONG), "the rooms' thread does not wait"
        return open_rooms(*what)

    monkeypatch.setattr(sqlite_thread, "open_rooms", open_later)
    disk = SqliteDisk(tmp_path, timeout=1.0)
    with busy(disk.file):
        assert disk.store.open("dots") is None
        assert disk.store.open("chat") is None
        both_asked.set()
        until(disk, lambda: len(disk.events) == 2, "both are refused")
    for event in disk.events:
        assert isinstance(event, OpenFailed)
        assert "is in use by another program" in event.message
    assert isinstance(ask(disk), Opened)
    disk.end()


def test_a_server_that_starts_while_the_old_one_still_ends_waits_for_it(disk: SqliteDisk) -> None:
    ending = threading.Timer(0.2, disk.store.close)
    ending.start()
    second = SqliteStore(disk.file)
    second.start(lambda: None)
    ending.join()
    second.close()


@contextmanager
def as_somebody() -> Iterator[None]:
    """Without the rights of root, which no file is closed to."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        Path(folder).chmod(0o755)


def test_a_file_that_may_not_be_written(open_folder: Path) -> None:
    SqliteDisk(open_folder).end()
    (open_folder / "rooms.db").chmod(0o444)
    open_folder.chmod(0o777)
    with as_somebody():
        assert why_not(open_folder / "rooms.db").endswith(
            "may not be written: change its permissions, or name another file"
        )


def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_somebody():
        assert "cannot be opened: is there such a folder, and may it be written?" in why_not(open_folder / "rooms.db")


# ---------------------------------------------------------------------- damage


def outcome(file: Path, room: str = "dots") -> str:
    """Start with a file, and open a room: why that cannot be; "": it can."""
    store = SqliteStore(file)
    try:
        store.start(lambda: None)
        assert store.open(room) is None
        (event,) = wait_for(store.poll, what="the room is opened, or not")
    except CannotServe as error:
        return str(error)
    finally:
        store.close()
    return event.message if isinstance(event, OpenFailed) else ""


@pytest.mark.parametrize("part", ["half", "one page", "a little less"])
def test_a_file_that_was_cut_short(tmp_path: Path, part: str) -> None:
    disk = SqliteDisk(tmp_path)
    fill(new(disk), 1, 199, "x" * 1000)
    disk.end()
    size = disk.file.stat().st_size
    os.truncate(disk.file, {"half": size // 2, "one page": 4096, "a little less": size - 5000}[part])
    assert "is damaged, or no database of Roomcast: restore it from a copy" in outcome(disk.file)


def test_whatever_bytes_are_damaged_it_opens_or_says_why(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    for seq in range(1, 60):
        log.save_session(session(f"s{seq}", n=seq, left={"x": 1}))
        text = f'{{"t":"do","s":{seq},"by":"Ada","at":0,"c":"move","n":{seq}}}'.encode()
        log.append(seq, text, text if seq % 3 == 0 else None, f"s{seq}", seq)
        if seq % 20 == 0:
            log.save_snapshot(seq, NOTHING)
    disk.end()
    whole = disk.file.read_bytes()
    chance = random.Random(1)
    sentences = []
    for count in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 5, 50])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        file = tmp_path / f"{count}.db"
        file.write_bytes(damaged)
        try:
            damaged_disk = SqliteDisk(tmp_path, name=file.name)
        except CannotServe as error:
            sentences.append(str(error))
            continue
        room = entered(directory_of(damaged_disk), "dots")
        if isinstance(room, Refused):
            assert room.code == "disk"
            sentences.append(str(room))
        damaged_disk.end()
    assert len(sentences) > 10
    assert all("dots" in sentence or str(tmp_path) in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DELETE FROM batches", "all"),
        ("DELETE FROM batches WHERE first = 1", "the first"),
        ("DELETE FROM batches WHERE first = 2", "the middle"),
        ("DELETE FROM batches WHERE first = 3", "the last"),
        ("UPDATE batches SET lines = 'text' WHERE first = 3", "its type"),
        ("UPDATE batches SET private = '[]' WHERE first = 3", "private ones"),
        ("UPDATE sessions SET left_state = x'00'", "a session"),
        ("INSERT INTO snapshots VALUES (1, 1, x'00', NULL)", "the snapshot"),
        ("UPDATE rooms SET last = 'many' WHERE name = 'dots'", "the count"),
    ],
    ids=lambda value: value if " " not in value or len(value) < 13 else "",
)
def test_what_is_missing_is_not_passed_over(disk: SqliteDisk, change: str, what: str) -> None:
    log = new(disk)
    log.save_session(session(left={}))
    for seq in (1, 2, 3):
        fill(log, seq, seq)
        settle(disk, log, seq)
    log.close()
    new(disk, "board").close()
    with closing(sqlite3.connect(disk.file)) as connection, connection:
        connection.execute(change)
    with busy(disk.file):  # so that all are opened in one transaction
        for room in ("board", "dots", "chat"):
            assert disk.store.open(room) is None
    before = len(disk.events)
    until(disk, lambda: len(disk.events) == before + 3, "all are answered")
    board, dots, chat = disk.events[before:]
    assert isinstance(dots, OpenFailed)
    assert re.match(r"the room cannot be opened: .* is damaged, or no database of Roomcast", dots.message)
    assert rows(disk.file, "SELECT count(*) FROM epochs WHERE room = 1") == [(1,)], "nothing is half done"
    for event in (board, chat):
        assert isinstance(event, Opened)
        fill(event.commits, 1, 1)
        settle(disk, event.commits, 1)
