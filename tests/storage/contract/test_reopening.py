"""A room that opens again goes on where it ended: as a new epoch, at the time that was told."""

from __future__ import annotations

import pytest

from roomcast.core.room.commit_log import (
    Committed,
    Opened,
)
from tests.storage.contract.truths import changed
from tests.storage.disks import (
    NOTHING,
    Disk,
    ask,
    committed,
    fill,
    is_full,
    line,
    new,
    poll,
    reopened,
    session,
    settle,
    until,
)

pytestmark = pytest.mark.takes(1)


def test_a_room_that_opens_while_its_earlier_log_is_written_has_all_of_it(disk: Disk) -> None:
    log = new(disk)
    with disk.held():
        fill(log, 1, 50)
        disk.advance()
        fill(log, 51, 100)
        log.close()
        assert disk.store.open("dots") is None
        assert poll(disk) == []
    until(disk, lambda: len(disk.events) > 1, "the room is open again")
    again = disk.events[-1]
    assert isinstance(again, Opened)
    assert again.saved is not None
    assert (again.saved.last, again.commits.committed, again.saved.epoch) == (100, 100, 2)
    assert again.saved.lines == [line(seq) for seq in range(1, 101)]
    assert committed(disk, log) == 0
    again.commits.append(101, line(101))
    settle(disk, again.commits, 101)


def test_after_close_there_is_no_event_and_what_comes_is_passed_over(any_disk: Disk) -> None:
    log = new(any_disk)
    fill(log, 1, 10)
    before = log.committed
    any_disk.advance()
    log.close()
    log.close()
    log.append(11, line(11))
    log.append_turn(12, line(12), None, changed(card="late"), {})
    log.save_session(session())
    log.forget_session("s1")
    log.save_snapshot(11, NOTHING)
    other = new(any_disk, "chat")
    fill(other, 1, 1)
    settle(any_disk, other, 1)
    assert [event for event in any_disk.events if isinstance(event, Committed) and event.commits is log] == []
    assert not is_full(log) or log.committed == before == 0
    answer = ask(any_disk)
    assert isinstance(answer, Opened)
    if answer.saved is not None:
        assert (answer.saved.last, answer.saved.sessions) == (10, [])


def test_events_come_in_order(disk: Disk) -> None:
    assert [disk.store.open(room) for room in ("a", "b", "c")] == [None] * 3
    until(disk, lambda: len(disk.events) == 3, "all are open")
    logs = [event.commits for event in disk.events if isinstance(event, Opened)]
    assert [log.room for log in logs] == ["a", "b", "c"]
    for log in logs:
        fill(log, 1, 2)
        settle(disk, log, 2)
    full = is_full(logs[0])
    assert [event.commits for event in disk.events[3:] if isinstance(event, Committed)] == (logs if full else [])


def test_each_opening_is_an_epoch_with_its_base(disk: Disk) -> None:
    log = new(disk)
    fill(log, 1, 4)
    disk.close()
    log, saved = reopened(disk)
    assert (saved.epoch, saved.bases) == (2, {1: 0, 2: 4})
    fill(log, 5, 9)
    settle(disk, log, 9)
    disk.kill()
    _, saved = reopened(disk)
    assert (saved.epoch, saved.bases) == (3, {1: 0, 2: 4, 3: 9})


def test_the_time_that_may_be_told_is_kept_in_poll_and_found_again_after_a_kill(disk: Disk) -> None:
    log = new(disk)
    log.append(1, line(1))
    settle(disk, log, 1)
    with disk.held():
        log.save_time(5000)
        poll(disk)
        assert (log.time_kept, log.settled) == (0, False)
    until(disk, lambda: log.time_kept == 5000, "the time is kept")
    assert disk.events[-1] == Committed(log)
    assert log.committed == 1
    log.append(2, line(2))
    log.save_time(6000)
    log.save_time(7000)
    until(disk, lambda: log.time_kept == 7000, "the newest time is kept")
    disk.kill()
    again, saved = reopened(disk)
    assert (saved.last, saved.told, again.time_kept) == (2, 7000, 7000)
    again.append(3, line(3))
    settle(disk, again, 3)
    disk.close()
    assert reopened(disk)[1].told == 7000, "an entry does not change it"


def test_a_room_in_memory_may_tell_any_time(any_disk: Disk) -> None:
    log = new(any_disk)
    log.save_time(5000)
    until(any_disk, lambda: log.time_kept >= 5000, "it is kept")
    log.close()
    log.save_time(9000)
    answer = ask(any_disk)
    assert isinstance(answer, Opened)
    assert answer.saved is None or answer.saved.told == 5000
