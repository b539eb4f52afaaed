"""The SQLite store on a disk that fails while it writes: who is told, what is lost, and that all goes on."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest
from msgspec import structs

from roomcast.core.room.commit_log import CommitFailed, CommitLog, Opened, OpenFailed
from roomcast.storage import sqlite_file, sqlite_thread
from tests.storage.disks import (
    SqliteDisk,
    ask,
    busy,
    failure,
    fill,
    line,
    new,
    refused,
    reopened,
    rows,
    session,
    settle,
    until,
)
from tests.waiting import wait_for


def fill_up(disk: SqliteDisk, log: CommitLog) -> str:
    """Write until there is no room; returns why."""
    seq = log.committed
    while not isinstance(disk.events[-1], CommitFailed):
        seq += 1
        log.append(seq, line(seq, "x" * 5000))
        until(disk, lambda: log.settled or isinstance(disk.events[-1], CommitFailed), "written, or failed")
    return failure(disk, log)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pages there is place for on the disk."""
    pages = [50]

    def make_durable(connection: sqlite3.Connection) -> None:
        sqlite_file.make_durable(connection)
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    monkeypatch.setattr(sqlite_thread, "make_durable", make_durable)
    return pages


def test_a_full_disk_is_told_to_all_and_with_place_all_goes_on_where_it_was(pages: list[int], disk: SqliteDisk) -> None:
    log, other = new(disk), new(disk, "chat")
    why = fill_up(disk, log)
    assert failure(disk, other) == why
    assert "the disk is full" in why
    assert "make room, and all goes on" in why
    kept = log.committed
    log.append(kept + 2, line(kept + 2))  # by one who has not been told yet
    pages[0] = 10_000
    log, saved = reopened(disk)
    assert saved.last == kept
    fill(log, kept + 1, kept + 99, "x" * 5000)
    settle(disk, log, kept + 99)
    disk.close()
    assert reopened(disk)[1].last == kept + 99


def test_as_long_as_the_disk_is_full_a_room_that_needs_place_is_refused(pages: list[int], disk: SqliteDisk) -> None:
    fill_up(disk, new(disk))
    pages[0] = 1
    with closing(sqlite3.connect(disk.file)) as connection, connection:  # no page has place for another epoch
        connection.executemany("INSERT INTO epochs VALUES (999999, ?, 0)", [(count,) for count in range(5000)])
    for _ in range(3):
        before = len(disk.events)
        for count in range(1000):
            disk.store.open(f"room {count}")
        until(disk, lambda before=before: len(disk.events) == before + 1000, "all are answered")  # type: ignore[misc]
        refusals = [one.message for one in disk.events[before:] if isinstance(one, OpenFailed)]
        assert refusals, "which of them needs a page is SQLite's"
        assert all("the disk is full" in why for why in refusals)
    pages[0] = 10_000
    disk.close()
    for name in ("dots", "new"):
        answer = ask(disk, name)
        assert isinstance(answer, Opened)
        log = answer.commits
        fill(log, log.committed + 1, log.committed + 1)
        until(disk, lambda log=log: log.settled, "it is on disk")  # type: ignore[misc]


def test_a_commit_that_fails_when_a_room_opens_leaves_nothing_half_done(
    disk: SqliteDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing:
        def __init__(self, real: sqlite3.Connection) -> None:
            self._real = real
            self.fails = True

        def execute(self, statement: str, *values: Any) -> Any:
            if statement == "COMMIT" and self.fails:
                self.fails = False
                raise sqlite3.OperationalError("database or disk is full")
            return self._real.execute(statement, *values)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    log = new(disk)
    thread = disk.store._thread
    thread._database = Failing(thread._database)  # type: ignore[assignment,arg-type]
    assert "the disk is full" in refused(disk, "chat")
    fill(log, 1, 1)
    settle(disk, log, 1)
    new(disk, "chat")


def test_a_mistake_of_ours_in_one_room_is_told_and_the_others_go_on(
    disk: SqliteDisk, caplog: pytest.LogCaptureFixture
) -> None:
    log, other = new(disk), new(disk, "chat")
    with busy(disk.file):
        fill(other, 1, 1)
        wait_for(lambda: other.writing, what="what follows is one commit")
        log.save_session(structs.replace(session(), left_state=object()))
        fill(log, 1, 1)
        fill(other, 2, 2)
    assert "because of a mistake in Roomcast" in failure(disk, log)
    assert "Traceback" in caplog.text
    settle(disk, other, 2)
    log, saved = reopened(disk)
    assert saved.last == 0
    fill(log, 1, 1)
    settle(disk, log, 1)


def test_a_mistake_of_ours_in_the_thread_is_told_to_all_and_it_goes_on(
    disk: SqliteDisk, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise ZeroDivisionError

    logs = [new(disk), new(disk, "chat")]
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_thread, "commit", mistaken)
        fill(logs[0], 1, 1)
        assert all("because of a mistake in Roomcast" in failure(disk, log) for log in logs)
    assert "ZeroDivisionError" in caplog.text
    log, saved = reopened(disk)
    assert saved.last == 0
    fill(log, 1, 1)
    settle(disk, log, 1)


def test_what_a_closed_log_had_after_a_commit_that_failed_is_lost_with_it(
    disk: SqliteDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def fails(*_: object) -> None:
        go_on.wait(10)
        monkeypatch.undo()
        raise sqlite3.OperationalError("database or disk is full")

    log = new(disk)
    monkeypatch.setattr(sqlite_thread, "commit", fails)
    fill(log, 1, 1)
    wait_for(lambda: log.writing, what="the storage thread commits")
    fill(log, 2, 2)
    log.close()
    go_on.set()
    log, saved = reopened(disk)
    assert (saved.last, saved.lines) == (0, []), "no hole"
    fill(log, 1, 1)
    settle(disk, log, 1)


def test_what_comes_after_a_commit_that_failed_is_lost_though_the_disk_is_back_and_nobody_was_told_yet(
    disk: SqliteDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = new(disk)
    fill(log, 1, 3)
    settle(disk, log, 3)

    def fails(*_: object) -> None:
        monkeypatch.undo()
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite_thread, "commit", fails)
    fill(log, 4, 4)
    wait_for(lambda: log.failed, what="the commit has failed")
    disk.store.open("other")
    wait_for(lambda: ("other",) in rows(disk.file, "SELECT name FROM rooms"), what="the file is open again")
    fill(log, 5, 6)
    log.save_session(session("late"))
    disk.close()
    _, saved = reopened(disk)
    assert (saved.last, len(saved.lines), saved.sessions) == (3, 3, []), "no hole"
