"""The SQLite store: what is its own beside the contract."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest

from roomcast.core.room.commit_log import Committed, Level, Opened
from roomcast.core.room.room import Room
from roomcast.storage import sqlite_queue, sqlite_thread
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_batch import MAX_ROWS, Batch, commit, prepare_commits
from tests.storage.directories import directory_of, entered
from tests.storage.disks import (
    SqliteDisk,
    ask,
    busy,
    committed,
    fill,
    line,
    new,
    poll,
    refused,
    reopened,
    rows,
    session,
    settle,
    until,
)
from tests.waiting import wait_for


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., SqliteDisk]]:
    """A disk with settings of its own."""
    disks = []

    def disk(level: Level = Level.FULL, **settings: Any) -> SqliteDisk:
        disks.append(SqliteDisk(tmp_path, level, **settings))
        return disks[-1]

    yield disk
    for one in disks:
        one.end()


# ---------------------------------------------------------------------- group commit


def test_what_comes_while_it_writes_is_one_commit(disk: SqliteDisk) -> None:
    log, other = new(disk), new(disk, "chat")
    with busy(disk.file):
        fill(log, 1, 1)
        wait_for(lambda: log.writing, what="the storage thread has taken the first")
        fill(log, 2, 1000)
        fill(other, 1, 10)
    settle(disk, log, 1000)
    settle(disk, other, 10)
    assert (committed(disk, log), committed(disk, other)) == (2, 1)
    assert rows(disk.file, "SELECT first, last FROM batches WHERE room = 1") == [(1, 1), (2, 1000)]


def test_a_relaxed_room_gathers_and_then_is_on_disk_without_more_to_come(make: Callable[..., SqliteDisk]) -> None:
    disk = make(Level.RELAXED)
    log = new(disk)
    for seq in range(1, 11):
        log.append(seq, line(seq))
        settle(disk, log, seq)
    assert sqlite_queue.RELAXED_WAIT < 0.05  # the rest is the disk's; `make kill ARGS="--level relaxed"` measures it


def test_a_full_room_does_not_wait_for_relaxed_ones_to_gather(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_queue, "RELAXED_WAIT", 3600.0)
    disk = make(Level.RELAXED, levels={"full": Level.FULL})
    relaxed, full = new(disk, "relaxed"), new(disk, "full")
    fill(relaxed, 1, 3)
    fill(full, 1, 1)
    settle(disk, full, 1)
    settle(disk, relaxed, 3)


def test_a_full_room_that_had_something_less_urgent_to_write_does_not_wait_either(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_queue, "RELAXED_WAIT", 3600.0)
    disk = make(Level.FULL)
    log = new(disk)
    log.forget_session("s1")
    fill(log, 1, 1)
    settle(disk, log, 1)


def test_a_room_that_opens_does_not_wait_for_relaxed_ones_to_gather(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_queue, "RELAXED_WAIT", 3600.0)
    disk = make(Level.RELAXED)
    log = new(disk)
    fill(log, 1, 3)
    log.close()
    assert reopened(disk)[1].last == 3


def test_what_came_while_the_thread_wrote_has_gathered_already(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(sqlite_queue, "RELAXED_WAIT", 3600.0)
    monkeypatch.setattr(sqlite_queue, "time", SimpleNamespace(monotonic=lambda: now))
    disk = make(Level.RELAXED, levels={"full": Level.FULL})
    relaxed, full = new(disk, "relaxed"), new(disk, "full")
    now += sqlite_queue.FULL_PACE
    with busy(disk.file):
        fill(full, 1, 1)
        wait_for(lambda: full.writing, what="the storage thread has something to write")
        fill(relaxed, 1, 1)
        now += sqlite_queue.RELAXED_WAIT
    settle(disk, relaxed, 1)


def test_a_busy_full_room_is_written_at_a_pace_and_the_last_of_it_when_the_store_closes(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = make()
    log = new(disk)
    fill(log, 1, 1)
    settle(disk, log, 1)
    monkeypatch.setattr(sqlite_queue, "FULL_PACE", 3600.0)
    fill(log, 2, 100)
    disk.store.close()
    assert rows(disk.file, "SELECT first, last FROM batches") == [(1, 1), (2, 100)]


def test_the_first_entry_of_a_quiet_full_room_is_written_at_once(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(sqlite_queue, "time", SimpleNamespace(monotonic=lambda: now))
    disk = make()
    log = new(disk)
    now += sqlite_queue.FULL_PACE
    fill(log, 1, 1)
    settle(disk, log, 1)


def test_nothing_of_the_whole_process_is_changed(tmp_path: Path) -> None:
    before = (sys.getswitchinterval(), threading.active_count())
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    fill(log, 1, 3)
    settle(disk, log, 3)
    assert sys.getswitchinterval() == before[0]
    disk.end()
    assert (sys.getswitchinterval(), threading.active_count()) == before


# ---------------------------------------------------------------------- one statement


@pytest.fixture
def database(disk: SqliteDisk) -> Iterator[sqlite3.Connection]:
    """A connection like that of the storage thread, to a file with 600 rooms and no batches."""
    with closing(sqlite3.connect(disk.file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO rooms (name) VALUES (?)", [(f"room {count}",) for count in range(600)])
        connection.execute("COMMIT")
        prepare_commits(connection)
        yield connection


def batch_of(seq: int, players: int = 0) -> Batch:
    """An entry, and changes of everything else: sessions, numbers, a snapshot."""
    batch = Batch()
    batch.first, batch.lines = seq, [line(seq)]
    batch.private = {str(seq): "private"}
    batch.sessions = {f"s{count}": session(f"s{count}", left={}) for count in range(players)}
    batch.numbers = {f"s{count}": count for count in range(players)}
    batch.forgotten = [f"s{count}" for count in range(players)]
    return batch


@pytest.mark.parametrize(("rooms", "players"), [(1, 1), (1, 60), (3, 2), (MAX_ROWS, 2)])
def test_a_commit_is_one_statement_however_much_is_in_it(
    database: sqlite3.Connection, rooms: int, players: int
) -> None:
    counted = Mock(wraps=database)
    commit(counted, [batch_of(1, players).row(room) for room in range(1, rooms + 1)])
    assert [call[0] for call in counted.method_calls] == ["execute"]
    assert not database.in_transaction
    assert database.execute("SELECT count(*) FROM rooms WHERE last = 1").fetchone() == (rooms,)
    assert database.execute("SELECT count(*) FROM sessions").fetchone() == (players,)
    assert database.execute("SELECT max(n) FROM sessions").fetchone() == (players - 1,)


def test_a_commit_that_fails_in_its_middle_leaves_nothing(database: sqlite3.Connection) -> None:
    commit(database, [batch_of(1).row(3)])
    with pytest.raises(sqlite3.IntegrityError):
        commit(database, [batch_of(1, 5).row(room) for room in (1, 2, 3)])
    assert database.execute("SELECT room FROM batches").fetchall() == [(3,)]
    assert database.execute("SELECT * FROM sessions").fetchall() == []
    assert not database.in_transaction


# ---------------------------------------------------------------------- opening


def test_opening_asks_for_the_room_once_however_often_it_is_asked(disk: SqliteDisk) -> None:
    with busy(disk.file):
        assert [disk.store.open("dots") for _ in range(3)] == [None] * 3
    new(disk, "chat")
    assert [event.room for event in disk.events if isinstance(event, Opened)] == ["dots", "chat"]


def test_a_slow_disk_is_a_sentence_for_those_who_wait_and_a_later_opening_is_the_next_epoch(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    commit_at_once, open_at_once = sqlite_thread.commit, sqlite_thread.open_rooms

    def slowly(run: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *values: go_on.wait(10) and run(*values)

    disk = make(timeout=0.6)
    log = new(disk)
    monkeypatch.setattr(sqlite_thread, "commit", slowly(commit_at_once))
    fill(log, 1, 10)
    wait_for(lambda: log.writing, what="the storage thread waits for the disk")
    log.close()
    assert "is too slow: try again later" in refused(disk)
    go_on.set()
    assert reopened(disk)[1].last == 10
    monkeypatch.setattr(sqlite_thread, "commit", commit_at_once)

    go_on.clear()
    monkeypatch.setattr(sqlite_thread, "open_rooms", slowly(open_at_once))
    assert "is too slow" in refused(disk, "chat")
    go_on.set()
    answer = ask(disk, "chat")
    assert isinstance(answer, Opened)
    assert answer.saved is not None
    assert (answer.saved.epoch, answer.saved.last) == (2, 0), "of the first nobody was told"
    assert len([one for one in disk.events if isinstance(one, Opened) and one.room == "chat"]) == 1
    fill(answer.commits, 1, 1)
    settle(disk, answer.commits, 1)


def test_a_disk_that_does_not_answer_is_trouble_until_it_does(
    make: Callable[..., SqliteDisk], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    disk = make(timeout=0.2)
    log = new(disk)
    commit_at_once = sqlite_thread.commit
    monkeypatch.setattr(sqlite_thread, "commit", lambda *what: go_on.wait(10) and commit_at_once(*what))
    assert disk.store.trouble is None
    fill(log, 1, 1)
    trouble = wait_for(lambda: disk.store.trouble, what="it is said")
    assert (trouble.code, trouble.message) == (
        "disk",
        f"the disk of {disk.file} is too slow: what is said waits for it",
    )
    go_on.set()
    settle(disk, log, 1)
    wait_for(lambda: disk.store.trouble is None, what="all is well")


def test_time_in_which_the_computer_stood_still_does_not_count_against_a_room_that_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, waits = 0.0, []
    monkeypatch.setattr(sqlite_queue, "time", SimpleNamespace(monotonic=lambda: now))
    queue = sqlite_queue.WorkQueue(2.5)
    queue.ask("dots", Level.FULL)

    def wait(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds + (60.0 if len(waits) == 1 else 0.01)

    monkeypatch.setattr(queue, "_asked", SimpleNamespace(wait=wait))
    overdue = queue.next_overdue()
    assert overdue is not None
    assert overdue.room == "dots"
    assert waits == [2.5, 2.5]


def test_rooms_are_those_of_the_start(disk: SqliteDisk) -> None:
    for name in ("b", "a", "c"):
        new(disk, name)
    assert list(disk.store.rooms()) == []
    disk.close()
    assert list(disk.store.rooms()) == ["b", "a", "c"]


# ---------------------------------------------------------------------- memory


def test_a_commit_log_that_is_closed_is_forgotten_when_all_is_written(disk: SqliteDisk) -> None:
    for count in range(20):
        log = new(disk, f"room {count}")
        fill(log, 1, 3)
        log.close()
    wait_for(lambda: not disk.store._queue._open and not disk.store._queue._logs, what="no commit log is left")
    assert len(rows(disk.file, "SELECT * FROM batches")) == 20


def test_a_directory_keeps_nothing_of_rooms_that_are_closed(disk: SqliteDisk) -> None:
    directory = directory_of(disk, seat_kept=1, resume_window=2, empty_room=1)
    for count in range(5):
        room = entered(directory, f"room {count}")
        assert isinstance(room, Room)
        session = room.join("Ada", f"s{count}", 0.0)
        room.leave(session, 0.0)
    for room in list(directory.rooms.values()):
        wait_for(lambda room=room: directory.poll_store(0.0) or room.settled, what="it is on disk")  # type: ignore[misc]
    directory.sweep(10.0)
    assert directory.rooms == {}
    wait_for(lambda: not disk.store._queue._open, what="no commit log is left")


def test_the_loop_is_woken_once_until_it_takes_the_events(disk: SqliteDisk) -> None:
    wakes = []
    disk.store._events.wake = lambda: wakes.append(1)
    for room in ("a", "b", "c"):
        disk.store.open(room)
        wait_for(lambda room=room: (room,) in rows(disk.file, "SELECT name FROM rooms"))  # type: ignore[misc]
    wait_for(lambda: len(disk.store._events._events) == 3, what="all are open")
    assert wakes == [1]
    poll(disk)
    disk.store.open("d")
    until(disk, lambda: len(disk.events) == 4, "it is open")
    assert wakes == [1, 1]


def test_a_loop_that_has_ended_stops_no_writing(tmp_path: Path) -> None:
    def ended() -> None:
        raise RuntimeError("Event loop is closed")

    disk = SqliteDisk(tmp_path)
    log = new(disk)
    disk.store._events.wake = ended
    fill(log, 1, 1)
    settle(disk, log, 1)
    fill(log, 2, 2)
    disk.end()
    assert poll(disk) == [Committed(log)]
    assert rows(disk.file, "SELECT last FROM rooms") == [(2,)]


def test_what_is_on_disk_can_be_read_by_others_too(disk: SqliteDisk) -> None:
    log = new(disk)
    fill(log, 1, 3)
    settle(disk, log, 3)
    texts = [text for (batch,) in rows(disk.file, "SELECT lines FROM batches") for text in batch.split(b"\n")]
    assert [msgspec.json.decode(text)["s"] for text in texts] == [1, 2, 3]


def test_a_store_of_which_nothing_was_started_closes(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "rooms.db").close()


def test_of_a_room_that_is_opened_for_years_the_newest_epochs_are_kept(disk: SqliteDisk) -> None:
    log = new(disk)
    fill(log, 1, 1)
    for count in range(2, 131):
        settle(disk, log, count - 1)
        log.close()
        log, saved = reopened(disk)
        assert (saved.epoch, saved.last) == (count, count - 1)
        assert set(saved.bases) == set(range(max(1, count - 99), count + 1))
        fill(log, count, count)
    assert rows(disk.file, "SELECT count(*) FROM epochs") == [(100,)]
