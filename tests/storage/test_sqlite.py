"""The SQLite store: what is its own beside the contract, and what the disk may do to it."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from roomcast.core.hub import Hub
from roomcast.core.journal import Level
from roomcast.core.limits import Limits
from roomcast.core.messages import Snapshot
from roomcast.errors import CannotServe, Refused
from roomcast.storage import sqlite as sqlite_module
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_journal import Batch, SqliteJournal
from tests.storage.disks import SqliteDisk, fill, line, opened, session
from tests.waiting import wait_for


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SqliteDisk]:
    disk = SqliteDisk(tmp_path)
    yield disk
    disk.end()


def rows(file: Path, question: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(question).fetchall()


@contextmanager
def busy(file: Path) -> Iterator[None]:
    """Somebody else writes, so that our writer waits."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def failures(journal: SqliteJournal) -> list[str]:
    told: list[str] = []
    journal.listen(lambda _: None, told.append)
    return told


def wait_for_failure(disk: SqliteDisk, told: list[str]) -> str:
    def failed() -> bool:
        disk.deliver()
        return bool(told)

    wait_for(failed, what="the store says that it failed")
    assert len(told) == 1
    return told[0]


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
    hub = Hub(
        Limits(seat_kept=1, resume_window=2, empty_room=1),
        secret=lambda: "s1",
        clock=lambda now: int(now * 1000),
        wake=lambda: None,
        store=disk.store,
    )
    for count in range(5):
        room = hub.room(f"room {count}", 0.0)
        session = room.join("Ada", f"s{count}", 0.0)
        room.leave(session, 0.0)
    for room in list(hub.rooms.values()):
        wait_for(lambda room=room: disk.deliver() or room.settled, what="it is on disk")  # type: ignore[misc]
    hub.sweep(10.0)
    assert hub.rooms == {}
    wait_for(lambda: not disk.store._journals, what="no journal is left")


# ---------------------------------------------------------------------- opening


def test_a_room_of_a_million_entries_opens_in_under_a_second(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SqliteDisk(tmp_path).end()
    text = '{{"t":"do","s":{},"by":"Ada","at":1763825839000,"c":"move","a":[5,0],"n":{}}}'
    with closing(sqlite3.connect(tmp_path / "rooms.db")) as connection, connection:
        connection.execute("INSERT INTO rooms VALUES (1, 'dots', 1000000)")
        connection.execute("INSERT INTO epochs VALUES (1, 1, 0)")
        connection.execute("INSERT INTO sessions VALUES ('s1', 1, 'Ada', 'Ada', 1000000, NULL)")
        state = b'{"players":[{"id":"Ada","name":"Ada"}],"state":{"level":3}}'
        connection.execute("INSERT INTO snapshots VALUES (1, 995000, ?)", [state])
        connection.executemany(
            "INSERT INTO batches VALUES (1, ?, ?, ?, NULL)",
            (
                (first, first + 999, "\n".join(text.format(seq, seq) for seq in range(first, first + 1000)).encode())
                for first in range(1, 1_000_001, 1000)
            ),
        )
    store = SqliteStore(tmp_path / "rooms.db")
    store.start(lambda run: run())
    hub = Hub(Limits(), secret=lambda: "s2", clock=lambda now: int(now * 1000), wake=lambda: None, store=store)
    began = time.monotonic()
    room = hub.room("dots", 0.0)
    took = time.monotonic() - began
    with capsys.disabled():
        print(f"\na room of 1,000,000 entries opened in {took * 1000:.0f} ms", end=" ")
    assert took < 3, "under a second on a machine that does nothing else"
    assert room.log.last == 1_000_001, "Ada is away"
    assert (room.log.first, room.state.shared) == (990_001, {"level": 3})
    store.close()


def test_so_many_bytes_are_read_back_and_no_more(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "rooms.db", level=Level.FULL, kept_bytes=100_000)
    store.start(lambda run: run())
    journal, _ = store.open("dots")
    assert journal is not None
    for seq in range(1, 101):
        journal.entry(seq, line(seq, "x" * 10_000), None)
        wait_for(lambda seq=seq: journal.saved_upto == seq)  # type: ignore[misc]  # so that each is a batch
        if seq == 95:
            journal.snapshot(seq, Snapshot())
    store.close()
    store = SqliteStore(tmp_path / "rooms.db", kept_bytes=100_000)
    store.start(lambda run: run())
    _, saved = store.open("dots")
    store.close()
    assert saved is not None
    assert 10 <= len(saved.lines) <= 11


# ---------------------------------------------------------------------- files that will not do


def why_not(file: Path) -> str:
    """The sentence with which a store refuses a file at its start."""
    store = SqliteStore(file)
    threads = threading.active_count()
    with pytest.raises(CannotServe) as refused:
        store.start(lambda run: run())
    assert threading.active_count() == threads
    assert store._connections == []
    return str(refused.value)


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
    assert why_not(file).endswith("is a database of another program: name another file with --keep")
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
    assert disk.open("dots")[1] is None
    disk.end()


def test_two_servers_on_one_file(disk: SqliteDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_module, "PATIENCE", 0.05)
    journal, _ = disk.open("dots")
    assert journal is not None
    fill(journal, 1, 2)
    assert "is in use by another program, perhaps another server" in why_not(disk.file)
    fill(journal, 3, 3)
    disk.settle(journal, 3)


def test_a_room_that_cannot_be_opened_soon_is_refused_for_the_event_loop_waits(disk: SqliteDisk) -> None:
    (patience,) = disk.store._reader.execute("PRAGMA busy_timeout").fetchone()
    assert patience == 1000 * sqlite_module.OPEN_PATIENCE <= 250
    with busy(disk.file), pytest.raises(Refused, match="is in use by another program"):
        disk.open("dots")
    assert disk.open("dots")[0] is not None


def test_a_server_that_starts_while_the_old_one_still_ends_waits_for_it(disk: SqliteDisk) -> None:
    ending = threading.Timer(0.2, disk.store.close)
    ending.start()
    second = SqliteStore(disk.file)
    second.start(lambda run: run())
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
            "may not be written: change its permissions, or name another file with --keep"
        )


def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    with as_somebody():
        assert "cannot be opened: is there such a folder, and may it be written?" in why_not(open_folder / "rooms.db")


# ---------------------------------------------------------------------- damage


@pytest.mark.parametrize("part", ["half", "one page", "a little less"])
def test_a_file_that_was_cut_short(tmp_path: Path, part: str) -> None:
    disk = SqliteDisk(tmp_path)
    journal, _ = disk.open("dots")
    assert journal is not None
    for seq in range(1, 200):
        journal.entry(seq, line(seq, "x" * 1000), None)
    disk.end()
    size = disk.file.stat().st_size
    os.truncate(disk.file, {"half": size // 2, "one page": 4096, "a little less": size - 5000}[part])
    sentence = ""
    store = SqliteStore(disk.file)
    try:
        store.start(lambda run: run())
        store.open("dots")
    except (CannotServe, Refused) as refused:
        sentence = str(refused)
    else:
        pytest.fail("nobody noticed")
    finally:
        store.close()
    assert "is damaged, or no database of Roomcast: restore it from a copy" in sentence


def test_whatever_bytes_are_damaged_it_opens_or_says_why(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path)
    journal, _ = disk.open("dots")
    assert journal is not None
    for seq in range(1, 60):
        journal.session(session(f"s{seq}", n=seq, left={"x": 1}))
        text = f'{{"t":"do","s":{seq},"by":"Ada","at":0,"c":"move","n":{seq}}}'.encode()
        journal.entry(seq, text, text if seq % 3 == 0 else None, f"s{seq}", seq)
        if seq % 20 == 0:
            journal.snapshot(seq, Snapshot())
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
        store = SqliteStore(file)
        try:
            store.start(lambda run: run())
            hub = Hub(Limits(), secret=lambda: "s", clock=lambda now: 0, wake=lambda: None, store=store)
            hub.room("dots", 0.0)
            hub.find("s3", 0.0)
        except (CannotServe, Refused) as sentence:
            sentences.append(str(sentence))
        store.close()
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
        ("INSERT INTO snapshots VALUES (1, 1, x'00')", "the snapshot"),
        ("UPDATE rooms SET last = 'many'", "the count"),
    ],
    ids=lambda value: value if " " not in value or len(value) < 13 else "",
)
def test_what_is_missing_is_not_passed_over(disk: SqliteDisk, change: str, what: str) -> None:
    journal, _ = disk.open("dots")
    assert journal is not None
    journal.session(session(left={}))
    for seq in (1, 2, 3):
        fill(journal, seq, seq)
        disk.settle(journal, seq)
    journal.close()
    with closing(sqlite3.connect(disk.file)) as connection, connection:
        connection.execute(change)
    with pytest.raises(
        Refused, match=r"the room cannot be opened: .* is damaged, or no database of Roomcast"
    ) as refused:
        disk.open("dots")
    assert refused.value.code == "disk"
    other, _ = disk.open("chat")
    assert other is not None
    fill(other, 1, 1)
    disk.settle(other, 1)


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
