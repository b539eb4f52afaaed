"""What a file forgets: logs above their limits, rooms that nobody needs; in small steps, and nothing that is needed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from roomcast.storage import sqlite_retention
from roomcast.storage.sqlite_batch import Batch, commit
from roomcast.storage.sqlite_file import FORGOTTEN, room_names
from roomcast.storage.sqlite_forgetting import STEP_BYTES, STEP_ROWS
from roomcast.storage.sqlite_opening import ReadLimits, open_rooms
from roomcast.storage.sqlite_retention import KeepLimits
from tests.storage import retained
from tests.storage.disks import as_kept, session
from tests.storage.retained import DAY, RetainedFile


@pytest.mark.parametrize(
    "holds", [retained.keep_entries, retained.keep_bytes, retained.keep_total, retained.keep_rooms, retained.keep_days]
)
def test_each_limit_holds(holds: Callable[[], None]) -> None:
    holds()


# ---------------------------------------------------------------------- a room's log


def test_nothing_after_the_snapshot_is_forgotten_until_there_is_another() -> None:
    file = RetainedFile(KeepLimits(entries=10))
    room = file.visit("dots")
    file.act(room, 20)
    file.act(room, 200, snapshot=False)
    file.forget()
    assert file.seqs(room) == (21, 220)
    file.write(room, snapshot=True)
    file.forget()
    assert file.seqs(room)[0] > 200
    file = RetainedFile(KeepLimits(entries=10))
    room = file.visit("dots")
    file.act(room, 200, snapshot=False)
    file.forget()
    assert file.seqs(room) == (1, 200), "without a snapshot, nothing"


def test_a_room_opens_from_what_is_left_as_from_the_whole() -> None:
    file, whole = RetainedFile(KeepLimits(entries=30)), RetainedFile(KeepLimits(entries=30, history=True))
    saved = []
    for one in (file, whole):
        room = one.visit("dots")
        batch = Batch()
        batch.sessions = {"s1": session()}
        commit(one.database, [batch.row(room)])
        for count in range(20):
            one.act(room, 7, snapshot=count % 3 == 0)
            one.write(room, '{"t":"hidden"}', private='{"t":"do"}')
            one.forget()
        (opened,) = open_rooms(one.database, ["dots"], ReadLimits(30, 100_000), 1.0)
        assert not isinstance(opened, Exception)
        saved.append(opened.saved)
    assert saved[0] == saved[1]
    assert saved[0] is not None
    assert saved[0].sessions == as_kept(session())
    assert (file.rows("batches"), whole.rows("batches")) == (30, 160)


def test_history_is_kept_whole_when_that_is_asked_for() -> None:
    file = RetainedFile(KeepLimits(entries=10, size=100, total=1000, rooms=1, history=True))
    for name in ("dots", "chat"):
        room = file.visit(name)
        file.act(room, 100, 100)
        file.leave(room)
        file.look()
    assert file.names() == ["dots", "chat"]
    assert file.rows("batches") == 200


def test_a_step_deletes_little() -> None:
    file = RetainedFile(KeepLimits(entries=10))
    room = file.visit("dots")
    for size in (10, 20_000):
        file.act(room, 1000, size)
        while True:
            rows, bytes_before = file.rows("batches"), file.size(room)
            if not file.retention.step(file.database):
                break
            assert rows - file.rows("batches") <= STEP_ROWS
            assert bytes_before - file.size(room) <= STEP_BYTES
        first, last = file.seqs(room)
        assert last - first <= 12


def test_what_an_earlier_version_left_is_cut_down_after_the_start_room_by_room() -> None:
    file = RetainedFile(KeepLimits(entries=10, history=True))
    rooms = [file.visit(f"room {count}") for count in range(5)]
    for room in rooms:
        file.act(room, 600)
        file.leave(room)
    file.forget()
    file.limits = KeepLimits(entries=10)
    file.start()
    here = file.visit("room 2")
    file.forget()
    assert file.rows("batches") == 50
    file.act(here, 5)
    file.forget()
    assert file.retention._logs.keys() == {here}, "of others nothing is remembered"


def test_the_file_gets_smaller(tmp_path: Path) -> None:
    path = tmp_path / "rooms.db"
    file = RetainedFile(KeepLimits(), path)
    room = file.visit("dots")
    file.act(room, 300, 20_000, snapshot=False)
    file.leave(room)
    file.retention._forget(file.database, [room])
    file.forget()
    file.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size < 3_000_000, "of 6 MB"
    file.database.close()


# ---------------------------------------------------------------------- rooms


def test_a_room_in_which_nobody_did_anything_leaves_nothing() -> None:
    file = RetainedFile(KeepLimits())
    seen, used, away = file.visit("seen"), file.visit("used"), file.visit("away")
    for room in (seen, used, away):
        file.write(room, '{"t":"join","s":1}', '{"t":"away","s":2}', '{"t":"back","s":3}', '{"t":"leave","s":4}')
    file.write(used, '{"t":"set","s":5}')
    batch = Batch()
    batch.sessions = {"s1": session()}
    commit(file.database, [batch.row(away)])
    for room in (seen, used, away):
        file.leave(room)
    file.forget()
    assert file.names() == ["used", "away"], "who is away may come back"
    file.now += 2 * DAY
    file.start()
    file.forget()
    assert file.names() == ["used"], "nobody has"
    assert file.rows("sessions") == 0
    assert file.rows("epochs") == file.rows("batches") - 1 == 1


def test_a_room_that_is_open_again_is_left_alone() -> None:
    file = RetainedFile(KeepLimits(rooms=1))
    room = file.visit("dots")
    file.leave(room)
    assert file.visit("dots") == room
    chat = file.visit("chat")
    file.look()
    assert file.names() == ["dots", "chat"]
    file.leave(chat)
    file.act(room, 1)
    file.look()
    assert file.names() == ["dots"]


def test_what_is_half_deleted_at_the_end_is_deleted_after_the_next_start_and_its_name_is_free_at_once() -> None:
    file = RetainedFile(KeepLimits())
    room = file.visit("dots")
    file.act(room, 1000)
    file.leave(room)
    file.forget()
    file.retention._forget(file.database, [room])
    file.retention.step(file.database)
    assert file.names() == [f"{FORGOTTEN}{room}"]
    assert room_names(file.database) == []
    file.start()
    again = file.visit("dots")
    assert again != room
    file.act(again, 3)
    file.forget()
    assert file.names() == ["dots"]
    assert file.rows("batches") == 3
    assert file.rows("snapshots") == 1


def test_a_room_that_stays_open_is_not_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_retention, "FIRST_DAYS", -1.0)
    file = RetainedFile(KeepLimits(days=30))
    room = file.visit("dots")
    file.act(room, 1)
    for _ in range(10):
        file.now += 10 * DAY
        file.look()
    file.start()
    file.look()
    assert file.names() == ["dots"], "the server was killed, and had it open a moment ago"


def test_above_its_total_a_file_with_open_rooms_alone_keeps_less_of_each(caplog: pytest.LogCaptureFixture) -> None:
    file = RetainedFile(KeepLimits(entries=100_000, total=400_000))
    rooms = [file.visit(f"room {count}") for count in range(4)]
    for _ in range(20):
        for room in rooms:
            file.act(room, 10, 1000)
        file.look()
    assert len(file.names()) == 4
    assert sum(file.size(room) for room in rooms) < 600_000
    assert "with open rooms alone" in caplog.text


def test_a_room_that_is_forgotten_is_a_line_that_names_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    file = RetainedFile(KeepLimits(rooms=1))
    for name in ("dots", "chat"):
        room = file.visit(name)
        file.act(room, 1)
        file.leave(room)
        file.now += 1
    with caplog.at_level(logging.WARNING):
        file.look()
    (record,) = caplog.records
    assert record.getMessage() == (
        "the room 'dots' in rooms.db is forgotten: 2 rooms where the limit is 1 (setting: keep-rooms), and it was the "
        "oldest"
    )
