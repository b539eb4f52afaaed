"""What is done to a kept file while a server uses it is noticed, and nothing more is acknowledged."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from roomcast.core.room.commit_log import Level, OpenFailed
from roomcast.storage import sqlite_file, sqlite_thread, sqlite_watch
from tests.storage.disks import (
    SqliteDisk,
    ask,
    failure,
    fill,
    line,
    new,
    poll,
    refused,
    reopened,
    rows,
    settle,
    until,
)
from tests.storage.test_sqlite_file import as_somebody
from tests.waiting import wait_for


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The storage thread looks at its file more often than each second."""
    monkeypatch.setattr(sqlite_thread, "LOOK_EVERY", 0.02)


def removed(file: Path) -> None:
    file.unlink()


def moved(file: Path) -> None:
    file.rename(file.with_name("moved.db"))


def folder_moved(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


def replaced(file: Path) -> None:
    shutil.copy(file, file.with_name("copy.db"))
    file.with_name("copy.db").replace(file)


def cut_short(file: Path) -> None:
    rows(file, "PRAGMA wal_checkpoint")
    os.truncate(file, file.stat().st_size - 4096)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


def overwritten(file: Path) -> None:
    with file.open("rb+") as other:
        other.write(b"My shopping list\n" * 1000)


def overwritten_by_another_of_ours(file: Path) -> None:
    folder = file.parent / "other"
    folder.mkdir()
    disk = SqliteDisk(folder)
    fill(new(disk), 1, 500, "x" * 100)
    disk.end()
    file.write_bytes(disk.file.read_bytes())


def newest_part_removed(file: Path) -> None:
    file.with_name("rooms.db-wal").unlink()


def newest_part_replaced(file: Path) -> None:
    beside = file.with_name("rooms.db-wal")
    shutil.copy(beside, file.with_name("copy"))
    file.with_name("copy").replace(beside)


def index_removed(file: Path) -> None:
    file.with_name("rooms.db-shm").unlink()


DONE = {
    removed: "was removed or moved while the server used it: put it back, or start the server anew",
    moved: "was removed or moved while the server used it",
    folder_moved: "was removed or moved while the server used it",
    replaced: "was replaced by another file while the server used it: start the server anew to use that",
    cut_short: "was overwritten or cut short while the server used it",
    emptied: "was overwritten or cut short while the server used it",
    overwritten: "was overwritten or cut short while the server used it",
    overwritten_by_another_of_ours: "was overwritten or cut short while the server used it",
    newest_part_removed: "was removed or replaced while the server used it",
    newest_part_replaced: "was removed or replaced while the server used it",
    index_removed: "was removed or replaced while the server used it",
}


@pytest.mark.parametrize("level", [Level.RELAXED, Level.FULL])
@pytest.mark.parametrize("do", DONE, ids=lambda do: do.__name__)
def test_nothing_is_acknowledged_once_something_was_done_to_the_file(
    tmp_path: Path, do: Callable[[Path], None], level: Level
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    disk = SqliteDisk(folder, level)
    log = new(disk)
    fill(log, 1, 200, "x" * 100)
    settle(disk, log, 200)
    do(disk.file)
    log.append(201, line(201))
    why = failure(disk, log)
    assert str(disk.file) in why
    assert DONE[do] in why
    assert level is Level.RELAXED or log.committed == 200
    disk.end()


@pytest.mark.parametrize("do", DONE, ids=lambda do: do.__name__)
@pytest.mark.usefixtures("quick")
def test_it_is_noticed_though_nobody_writes(tmp_path: Path, do: Callable[[Path], None]) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    disk = SqliteDisk(folder)
    log = new(disk)
    fill(log, 1, 200, "x" * 100)
    settle(disk, log, 200)
    assert disk.store.trouble is None
    do(disk.file)
    assert DONE[do] in failure(disk, log)
    disk.end()


@pytest.mark.usefixtures("quick")
def test_what_is_put_back_goes_on_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    fill(log, 1, 200, "x" * 100)
    settle(disk, log, 200)
    moved(disk.file)
    failure(disk, log)
    assert "was removed or moved" in refused(disk)
    assert not disk.file.exists(), "no file is made in its place"
    trouble = disk.store.trouble
    assert trouble is not None
    assert trouble.code == "disk"
    disk.file.with_name("moved.db").rename(disk.file)
    wait_for(lambda: disk.store.trouble is None, what="it is noticed that the file is back")
    log, saved = reopened(disk)
    assert saved.last == 200
    fill(log, 201, 210)
    settle(disk, log, 210)
    disk.end()


@pytest.mark.usefixtures("quick")
def test_what_was_removed_beside_it_is_written_into_it_and_all_goes_on(tmp_path: Path) -> None:
    for do in (newest_part_removed, index_removed):
        disk = SqliteDisk(tmp_path)
        answer = ask(disk)
        assert not isinstance(answer, OpenFailed)
        log, before = answer.commits, answer.commits.committed
        fill(log, before + 1, before + 200, "x" * 100)
        settle(disk, log, before + 200)
        do(disk.file)
        failure(disk, log)
        log, saved = reopened(disk)
        assert saved.last == before + 200, "nothing that was acknowledged is lost"
        assert rows(disk.file, "PRAGMA integrity_check") == [("ok",)]
        log.close()
        disk.end()


@pytest.mark.usefixtures("quick")
def test_others_may_read_and_write_the_file_as_sqlite_allows(tmp_path: Path) -> None:
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    for seq in range(1, 40):
        log.append(seq, line(seq, "x" * 20_000))
        settle(disk, log, seq)
        with closing(sqlite3.connect(disk.file, isolation_level=None)) as other:
            if seq % 3 == 0:
                other.execute("CREATE TABLE IF NOT EXISTS notes (text)")
                other.execute("INSERT INTO notes VALUES (zeroblob(200000))")
            if seq % 5 == 0:
                other.execute("PRAGMA wal_checkpoint").fetchall()
    poll(disk)
    assert disk.store.trouble is None
    disk.end()


@pytest.mark.usefixtures("quick")
def test_a_full_disk_is_trouble_told_once_until_it_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    tries = []

    def full(*_: object) -> None:
        tries.append(1)
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_thread, "commit", full)
        patch.setattr(sqlite_thread, "open_rooms", full)
        patch.setattr(sqlite_thread, "try_to_write", full)
        log.append(1, line(1))
        failure(disk, log)
        assert "the disk is full" in refused(disk)
        trouble = disk.store.trouble
        assert trouble is not None
        assert (trouble.code, trouble.message.split(",")[0]) == ("disk-full", "the disk is full")
        before = len(tries)
        wait_for(lambda: len(tries) > before + 5, what="it tries again and again")
        assert caplog.text.count("the disk is full") == 1
    wait_for(lambda: disk.store.trouble is None, what="it notices that there is room")
    wait_for(lambda: "can be written again" in caplog.text, what="it is said")
    assert not isinstance(ask(disk), OpenFailed)
    assert caplog.text.count("can be written again") == 1
    disk.end()


def test_a_second_failure_after_a_first_is_told_as_well(disk: SqliteDisk) -> None:
    log = new(disk)
    fill(log, 1, 5)
    settle(disk, log, 5)
    index_removed(disk.file)
    log.append(6, line(6))
    failure(disk, log)
    log, _ = reopened(disk)
    removed(disk.file)
    log.append(log.committed + 1, line(6))
    assert "was removed or moved" in failure(disk, log)
    until(disk, lambda: disk.store.trouble, "it is trouble")


@pytest.mark.usefixtures("quick")
def test_somebody_who_reads_for_long_is_a_line_and_afterwards_the_newest_part_is_small_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_watch, "LARGE_WAL", 6_000_000)
    monkeypatch.setattr(sqlite_file, "WAL_SIZE", 1_000_000)
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    newest = tmp_path / "rooms.db-wal"
    seq = 0

    def write(size: int) -> None:
        nonlocal seq
        for _ in range(size // 50_000):
            seq += 1
            log.append(seq, line(seq, "x" * 50_000))
            settle(disk, log, seq)

    write(10_000_000)
    assert newest.stat().st_size < 6_000_000, "it is taken into the file again and again"
    with closing(sqlite3.connect(disk.file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM rooms").fetchone()
        write(10_000_000)
        assert newest.stat().st_size > 6_000_000
        wait_for(lambda: "has been reading" in caplog.text, what="it is said")
    write(6_000_000)
    assert newest.stat().st_size < 6_000_000
    assert caplog.text.count("has been reading") == 1
    disk.end()


@pytest.mark.usefixtures("quick")
def test_a_link_that_leads_to_another_file_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "other"):
        SqliteDisk(tmp_path, name=name).end()
    link = tmp_path / "rooms.db"
    link.symlink_to("one")
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    link.unlink()
    link.symlink_to("other")
    assert f"{link} was replaced by another file" in failure(disk, log)
    assert "start the server anew to use that" in refused(disk)
    link.unlink()
    link.symlink_to("one")
    wait_for(lambda: disk.store.trouble is None, what="it leads to the same file again")
    disk.end()


def test_a_commit_asks_the_system_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call may wait for the interpreter's lock."""
    monkeypatch.setattr(sqlite_thread, "LOOK_EVERY", 3600.0)
    disk = SqliteDisk(tmp_path)
    log = new(disk)
    fill(log, 1, 1)
    settle(disk, log, 1)
    time.sleep(2 * sqlite_watch._TICK / 1e9)  # so that the last change is settled
    fill(log, 2, 2)
    settle(disk, log, 2)
    calls: list[str] = []
    for owner, name in ((os, "stat"), (os, "fstat"), (os, "pread"), (sqlite_watch, "_version")):
        real = getattr(owner, name)

        def noted(*what: Any, name: str = name, real: Callable[..., Any] = real, **how: Any) -> Any:
            if threading.current_thread().name == "roomcast storage":
                calls.append(name)
            return real(*what, **how)

        monkeypatch.setattr(owner, name, noted)
    fill(log, 3, 3)
    settle(disk, log, 3)
    assert sorted(calls) == ["fstat", "fstat", "stat"]
    monkeypatch.undo()
    disk.end()


def test_permissions_that_are_lost_while_it_serves_are_a_sentence_and_it_goes_on_when_they_are_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite_thread, "LOOK_EVERY", 0.02)
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        Path(place).chmod(0o777)
        stack.enter_context(as_somebody())
        folder = Path(place) / "kept"
        folder.mkdir()
        disk = SqliteDisk(folder)
        log = new(disk)
        fill(log, 1, 5)
        settle(disk, log, 5)
        folder.chmod(0)
        log.append(6, line(6))
        assert f"{disk.file} cannot be reached any more (Permission denied): when it can, all goes on" in failure(
            disk, log
        )
        folder.chmod(0o700)
        wait_for(lambda: disk.store.trouble is None, what="it may be reached again")
        log, saved = reopened(disk)
        assert saved.last in (5, 6), "what was written, and not acknowledged, may be there"
        disk.end()
