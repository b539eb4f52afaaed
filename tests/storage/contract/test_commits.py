"""When a commit log says that entries are committed, and what it says where its disk fails."""

from __future__ import annotations

import pytest

from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY,
    SNAPSHOT_EVERY_BYTES,
    CommitFailed,
    Committed,
    Level,
    Opened,
    OpenFailed,
)
from tests.storage.disks import (
    KINDS,
    NOTHING,
    Disk,
    as_kept,
    ask,
    committed,
    failure,
    fill,
    is_full,
    line,
    new,
    poll,
    refused,
    reopened,
    session,
    settle,
    some_disk,
    until,
)

pytestmark = pytest.mark.takes(3)


def test_a_new_room_has_nothing(any_disk: Disk) -> None:
    log = new(any_disk)
    assert (log.room, log.committed, log.snapshot_due, log.settled) == ("dots", 0, False, True)
    assert list(any_disk.store.rooms()) in ([], ["dots"]), "those of the start, at least"


@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_log_has_the_level_of_its_store(kind: str) -> None:
    with some_disk(kind) as disk:
        level = KINDS[kind][1]
        log = new(disk)
        with disk.held():
            log.append(1, line(1))
            poll(disk)
            assert (log.committed, log.settled) == {
                Level.NONE: (1, True),
                Level.RELAXED: (1, False),
                Level.FULL: (0, False),
            }[level]
        settle(disk, log, 1)
        disk.close()
        assert ask(disk).saved is None if level is Level.NONE else reopened(disk)[1].last == 1  # type: ignore[union-attr]


def test_committed_grows_in_append_or_poll_and_never_shrinks(any_disk: Disk) -> None:
    log = new(any_disk)
    seen = [0]
    for seq in range(1, 200):
        before = log.committed
        log.append(seq, line(seq))
        assert log.committed == (before if is_full(log) else seq)
        log.save_session(session(n=seq))
        any_disk.advance()
        assert log.committed == (before if is_full(log) else seq)
        for event in poll(any_disk):
            assert event == Committed(log)
        seen.append(log.committed)
    settle(any_disk, log, 199)
    assert seen == sorted(seen)
    assert seen[-1] <= 199
    assert (committed(any_disk, log) > 0) is is_full(log), "an event comes for what append has not committed"


def test_the_store_wakes_whoever_polls_once_until_it_does(disk: Disk) -> None:
    log = new(disk)
    poll(disk)
    disk.woken.clear()
    assert disk.store.open("chat") is None
    with disk.held():
        pass
    disk.advance()
    assert disk.woken.wait(10)
    assert [type(event) for event in poll(disk)] == [Opened]
    disk.woken.clear()
    log.append(1, line(1))
    disk.advance()
    if is_full(log):
        assert disk.woken.wait(10)
        assert poll(disk) == [Committed(log)]
    settle(disk, log, 1)
    assert poll(disk) == []


def test_nothing_raises_or_waits_while_the_disk_does_nothing(disk: Disk) -> None:
    log = new(disk)
    with disk.held():
        log.save_session(session())
        fill(log, 1, 500)
        log.forget_session("s2")
        log.save_snapshot(500, NOTHING)
        fill(log, 501, 1000)
        assert disk.store.open("chat") is None
        assert poll(disk) == []
        assert log.committed == (0 if is_full(log) else 1000)
        assert not log.settled
        log.close()
        assert disk.store.open("dots") is None
        assert poll(disk) == []
    until(disk, lambda: len(disk.events) >= 3, "both rooms are open")
    assert [event.room for event in disk.events[1:] if isinstance(event, Opened)] == ["chat", "dots"]
    assert disk.events[-1].saved.last == 1000  # type: ignore[union-attr]


def test_a_snapshot_is_due_after_so_many_entries_or_bytes(disk: Disk) -> None:
    log = new(disk)
    fill(log, 1, SNAPSHOT_EVERY - 1)
    assert not log.snapshot_due
    fill(log, SNAPSHOT_EVERY, SNAPSHOT_EVERY)
    assert log.snapshot_due
    log.save_snapshot(SNAPSHOT_EVERY, NOTHING)
    assert not log.snapshot_due
    last = SNAPSHOT_EVERY + 1
    log.append(last, line(last, "x" * SNAPSHOT_EVERY_BYTES))
    assert log.snapshot_due
    disk.close()
    log, saved = reopened(disk)
    assert (log.snapshot_due, saved.snapshot_seq) == (True, SNAPSHOT_EVERY), "it still is when the room opens again"
    log.save_snapshot(last, NOTHING)
    disk.close()
    assert not reopened(disk)[0].snapshot_due


def test_a_failure_is_told_once_to_each_and_with_the_disk_back_rooms_open_with_what_is_kept(disk: Disk) -> None:
    dots, chat, closed = new(disk, "dots"), new(disk, "chat"), new(disk, "closed")
    for log in (dots, chat, closed):
        log.save_session(session(f"s of {log.room}"))
        log.append(1, line(1), None, f"s of {log.room}", 1)
        settle(disk, log, 1)
    closed.close()
    with disk.broken():
        fill(dots, 2, 20)
        why = failure(disk, dots)
        assert failure(disk, chat) == why
        assert "the disk is full" in why
        assert dots.committed == (1 if is_full(dots) else 20)
        dots.append(21, line(21))  # by one who has not been told yet
        dots.save_session(session("late"))
        assert not dots.settled
        assert "the room cannot be opened: " in refused(disk, "dots")
        assert "the room cannot be opened: " in refused(disk, "new")
    failures = [event.commits for event in disk.events if isinstance(event, CommitFailed)]
    assert sorted(log.room for log in failures) == ["chat", "dots"], "once, and nothing of what is closed"
    assert dots.committed == (1 if is_full(dots) else 20)
    for room in ("dots", "chat", "closed"):
        log, saved = reopened(disk, room)
        assert (saved.last, log.committed, saved.lines) == (1, 1, [line(1)])
        assert saved.sessions == as_kept(session(f"s of {room}", n=1))
        fill(log, 2, 5)
        settle(disk, log, 5)
    assert [event.room for event in disk.events if isinstance(event, OpenFailed)] == ["dots", "new"]
    fill(new(disk, "new"), 1, 1)
    disk.close()
    assert reopened(disk)[1].lines == [line(seq) for seq in range(1, 6)]
