"""The SQLite store: what is its own beside the contract, and what the disk may do to it."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.core.server.directory import Directory
from roomcast.errors import Refused
from roomcast.storage import sqlite as sqlite_module
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_journal import Batch, SqliteJournal
from tests.storage.disks import SqliteDisk, busy, failures, fill, line, opened, rows, session, wait_for_failure
from tests.waiting import wait_for

# ---------------------------------------------------------------------- group commit


def test_what_comes_while_it_writes_is_one_commit(disk: SqliteDisk) -> None:
    journal, _ = disk.open("dots")
    other, _ = disk.open("chat")
    told: list[int] = []
    assert journal is not None
    assert other is not None
    journal.listen(told.append, pytest.fail)
    with busy(disk.file):
        fill(journal, 1, 1)
        wait_for(lambda: journal.writing, what="the writer has taken the first")
        fill(journal, 2, 1000)
        fill(other, 1, 10)
    disk.settle(journal, 1000)
    disk.settle(other, 10)
    assert told == [1, 1000]
    assert rows(disk.file, "SELECT first, last FROM batches WHERE room = 1") == [(1, 1), (2, 1000)]


def test_a_relaxed_room_gathers_and_then_is_on_disk_without_more_to_come(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path, Level.RELAXED)
    journal, _ = disk.open("dots")
    assert journal is not None
    for seq in range(1, 11):
        journal.entry(seq, line(seq), None)
        disk.settle(journal, seq)
    assert sqlite_module.RELAXED_WAIT < 0.05  # the rest is the disk's; `make kill ARGS="--level relaxed"` measures it
    disk.end()


def test_a_full_room_does_not_wait_for_relaxed_ones_to_gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "RELAXED_WAIT", 3600.0)
    store = SqliteStore(tmp_path / "rooms.db", levels={"full": Level.FULL})
    store.start(lambda run: run())
    relaxed, full = store.open("relaxed")[0], store.open("full")[0]
    assert relaxed is not None
    assert full is not None
    fill(relaxed, 1, 3)
    fill(full, 1, 1)
    wait_for(lambda: full.saved_upto == 1 and relaxed.saved_upto == 3, what="both are on disk")
    store.close()


def test_what_came_while_the_writer_wrote_has_gathered_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(sqlite_module, "RELAXED_WAIT", 3600.0)
    monkeypatch.setattr(sqlite_module, "time", SimpleNamespace(monotonic=lambda: now))
    store = SqliteStore(tmp_path / "rooms.db", levels={"full": Level.FULL})
    store.start(lambda run: run())
    relaxed, full = store.open("relaxed")[0], store.open("full")[0]
    assert relaxed is not None
    assert full is not None
    with busy(store.path):
        fill(full, 1, 1)
        wait_for(lambda: full.writing, what="the writer has something to write")
        fill(relaxed, 1, 1)
        now += sqlite_module.RELAXED_WAIT
    wait_for(lambda: relaxed.saved_upto == 1, what="the relaxed room is on disk")
    store.close()


def test_a_busy_full_room_is_written_at_a_pace_and_the_last_of_it_when_the_store_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_module, "FULL_PACE", 3600.0)
    store = SqliteStore(tmp_path / "rooms.db", level=Level.FULL)
    store.start(lambda run: run())
    journal, _ = store.open("dots")
    assert journal is not None
    fill(journal, 1, 1)
    wait_for(lambda: journal.saved_upto == 1, what="the first of a quiet room is written at once")
    fill(journal, 2, 100)
    store.close()
    assert rows(store.path, "SELECT first, last FROM batches") == [(1, 1), (2, 100)]


def test_a_commit_takes_no_more_statements_for_more_players(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "rooms.db")
    store.start(lambda run: run())
    statements: list[str] = []
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        connection.set_trace_callback(statements.append)

        def written(players: int) -> int:
            batch = Batch()
            batch.first, batch.lines = players, [line(players)]
            batch.numbers = {f"s{number}": number for number in range(players)}
            statements.clear()
            batch.write(connection, 1)
            return len(statements)

        assert written(1) == written(60)
    store.close()


def test_the_writer_soon_comes_to_its_turn_though_the_loop_is_busy(tmp_path: Path) -> None:
    before = sys.getswitchinterval()
    store = SqliteStore(tmp_path / "rooms.db")
    store.start(lambda run: run())
    assert sys.getswitchinterval() == pytest.approx(sqlite_module.SWITCH_WITHIN)
    store.close()
    assert sys.getswitchinterval() == pytest.approx(before)


def test_nothing_to_write_costs_no_commit(disk: SqliteDisk) -> None:
    journal, _ = disk.open("dots")
    assert journal is not None
    fill(journal, 1, 1)
    disk.settle(journal, 1)
    assert journal.take().__bool__() is False
    journal.writing = False


# ---------------------------------------------------------------------- memory


def test_a_journal_that_is_closed_is_forgotten_when_all_is_written(disk: SqliteDisk) -> None:
    for count in range(20):
        journal, _ = disk.open(f"room {count}")
        assert journal is not None
        fill(journal, 1, 3)
        journal.close()
    wait_for(lambda: not disk.store._journals and not disk.store._queue, what="no journal is left")
    assert len(rows(disk.file, "SELECT * FROM batches")) == 20


def test_a_hub_with_a_store_keeps_nothing_of_rooms_that_are_unloaded(disk: SqliteDisk) -> None:
    directory = Directory(
        Limits(seat_kept=1, resume_window=2, empty_room=1),
        secret=lambda: "s1",
        clock=lambda now: int(now * 1000),
        wake=lambda: None,
        store=disk.store,
    )
    for count in range(5):
        room = directory.room(f"room {count}", 0.0)
        session = room.join("Ada", f"s{count}", 0.0)
        room.leave(session, 0.0)
    for room in list(directory.rooms.values()):
        wait_for(lambda room=room: disk.deliver() or room.settled, what="it is on disk")  # type: ignore[misc]
    directory.sweep(10.0)
    assert directory.rooms == {}
    wait_for(lambda: not disk.store._journals, what="no journal is left")


# ---------------------------------------------------------------------- a disk that fails while we write


def fill_up(disk: SqliteDisk, journal: SqliteJournal, told: list[str]) -> int:
    """Write until there is no room; returns what was saved."""
    seq = journal.saved_upto
    while not told:
        seq += 1
        journal.entry(seq, line(seq, "x" * 5000), None)
        wait_for(lambda: disk.deliver() or told or not journal.waits, what="written, or failed")  # type: ignore[func-returns-value]
    return journal.saved_upto


@pytest.fixture
def small(disk: SqliteDisk, monkeypatch: pytest.MonkeyPatch) -> SqliteDisk:
    """A disk with place for 50 pages; `roomy` makes place."""
    prepare = sqlite_module.make_durable

    def prepared(connection: sqlite3.Connection) -> None:
        prepare(connection)
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    pages = [50]
    monkeypatch.setattr(sqlite_module, "make_durable", prepared)
    disk.close()
    disk.pages = pages  # type: ignore[attr-defined]
    return disk


def test_a_full_disk_is_told_to_all_and_with_place_all_goes_on_where_it_was(small: SqliteDisk) -> None:
    journal, _ = small.open("dots")
    other, _ = small.open("chat")
    assert journal is not None
    assert other is not None
    told, told_too = failures(journal), failures(other)
    saved_upto = fill_up(small, journal, told)
    assert told == told_too
    assert "the disk is full" in told[0]
    assert "make room, and all goes on" in told[0]
    journal.entry(saved_upto + 2, line(saved_upto + 2), None)  # by one who has not been told yet
    small.pages[0] = 10_000  # type: ignore[attr-defined]
    small.store._reader.execute("PRAGMA max_page_count = 10000")
    journal, saved = opened(small)
    assert saved.last == saved_upto
    told = failures(journal)  # type: ignore[arg-type]
    for seq in range(saved_upto + 1, saved_upto + 100):
        journal.entry(seq, line(seq, "x" * 5000), None)
    small.settle(journal, saved_upto + 99)
    assert told == []
    small.close()
    assert opened(small)[1].last == saved_upto + 99


def test_as_long_as_the_disk_is_full_a_room_that_needs_place_is_refused(small: SqliteDisk) -> None:
    journal, _ = small.open("dots")
    assert journal is not None
    fill_up(small, journal, failures(journal))
    small.store._reader.execute("PRAGMA max_page_count = 1")
    with closing(sqlite3.connect(small.file)) as connection, connection:  # no page has place for another epoch
        connection.executemany("INSERT INTO epochs VALUES (99, ?, 0)", [(count,) for count in range(5000)])
    for _ in range(3):
        with pytest.raises(Refused, match="the disk is full"):  # noqa: PT012  # which of them needs a page is SQLite's
            for count in range(1000):
                small.open(f"room {count}")
    small.pages[0] = 10_000  # type: ignore[attr-defined]
    small.store._reader.execute("PRAGMA max_page_count = 10000")
    for name in ("dots", "new"):
        journal, _ = small.open(name)
        assert journal is not None
        fill(journal, journal.saved_upto + 1, journal.saved_upto + 1)
        small.settle(journal, journal.saved_upto + 1)


def test_a_commit_that_fails_when_a_room_opens_leaves_nothing_half_done(disk: SqliteDisk) -> None:
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

    journal, _ = disk.open("dots")
    assert journal is not None
    disk.store._reader = Failing(disk.store._reader)  # type: ignore[assignment]
    with pytest.raises(Refused, match="the disk is full"):
        disk.open("chat")
    fill(journal, 1, 1)
    disk.settle(journal, 1)
    assert disk.open("chat")[1] is None


def test_a_mistake_of_ours_in_the_writer_is_told_and_not_passed_over(
    disk: SqliteDisk, caplog: pytest.LogCaptureFixture
) -> None:
    journal, _ = disk.open("dots")
    assert journal is not None
    told = failures(journal)
    journal.session(session(left={"x": object()}))  # type: ignore[dict-item]
    fill(journal, 1, 1)
    assert "because of a mistake in Roomcast" in wait_for_failure(disk, told)
    assert "Traceback" in caplog.text
    journal, _ = disk.open("dots")
    assert journal is not None
    fill(journal, 1, 1)
    disk.settle(journal, 1)


def test_a_room_that_opens_while_the_writer_fails_is_not_left_without_one(disk: SqliteDisk) -> None:
    journal, _ = disk.open("dots")
    assert journal is not None
    told = failures(journal)
    drain = disk.store._drain

    def slowly(room: str) -> None:
        journal.session(session(left={"x": object()}))  # type: ignore[dict-item]
        wait_for(lambda: disk.store._failure, what="the writer has failed")

    disk.store._drain = slowly  # type: ignore[method-assign]
    with pytest.raises(Refused, match="a mistake in Roomcast"):
        disk.open("chat")
    disk.store._drain = drain  # type: ignore[method-assign]
    wait_for_failure(disk, told)
    other, _ = disk.open("chat")
    assert other is not None
    fill(other, 1, 1)
    disk.settle(other, 1)


def test_a_loop_that_has_ended_stops_no_writing(tmp_path: Path) -> None:
    def ended(_: object) -> None:
        raise RuntimeError("Event loop is closed")

    store = SqliteStore(tmp_path / "rooms.db", level=Level.FULL)
    store.start(ended)
    journal, _ = store.open("dots")
    assert journal is not None
    fill(journal, 1, 1)
    wait_for(lambda: not journal.waits)
    fill(journal, 2, 2)
    store.close()
    assert rows(tmp_path / "rooms.db", "SELECT last FROM rooms") == [(2,)]


def test_what_is_on_disk_can_be_read_by_others_too(disk: SqliteDisk) -> None:
    journal, _ = disk.open("dots")
    assert journal is not None
    fill(journal, 1, 3)
    disk.settle(journal, 3)
    texts = [text for (batch,) in rows(disk.file, "SELECT lines FROM batches") for text in batch.split(b"\n")]
    assert [msgspec.json.decode(text)["s"] for text in texts] == [1, 2, 3]
