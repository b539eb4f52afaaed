"""The simulated disk: what tests and simulations do to it, beside the contract."""

from __future__ import annotations

import pytest

from roomcast.core.room.commit_log import CommitFailed, Committed, Level, Opened, OpenFailed
from roomcast.testing.disk import MemoryStore
from tests.storage.disks import NOTHING, as_kept, fill, line, session


def opened(store: MemoryStore, room: str = "dots") -> Opened:
    """Open a room; the disk saves what waits."""
    assert store.open(room) is None
    store.save()
    event = store.poll()[-1]
    assert isinstance(event, Opened)
    return event


def test_a_room_is_open_when_the_request_is_synced() -> None:
    store = MemoryStore()
    assert store.open("dots") is None
    assert (store.poll(), store.waits, store.written) == ([], 1, 0)
    store.write()
    assert (store.poll(), store.waits, store.written) == ([], 1, 1)
    store.sync()
    (event,) = store.poll()
    assert isinstance(event, Opened)
    assert (event.room, event.saved, event.commits.committed, store.waits) == ("dots", None, 0, 0)


def test_full_entries_are_committed_when_they_are_synced_and_polled() -> None:
    store = MemoryStore(Level.FULL)
    log = opened(store).commits
    fill(log, 1, 3)
    store.write(2)
    assert store.poll() == []
    store.sync()
    assert (store.last(), log.committed) == (2, 0)
    assert store.poll() == [Committed(log)]
    assert (log.committed, log.settled) == (2, False)
    assert store.save()
    assert not store.save()
    assert store.poll() == [Committed(log)]
    assert (log.committed, log.settled) == (3, True)


def test_it_says_when_it_has_something_to_do_and_when_there_are_events() -> None:
    said: list[str] = []
    store = MemoryStore(given=lambda: said.append("given"))
    store.start(lambda: said.append("wake"))
    store.open("dots")
    store.open("chat")
    assert said == ["given"]
    store.write(1)
    store.sync()
    store.save()
    assert said == ["given", "wake"], "it wakes once until the events are taken"
    log = store.poll()[0].commits  # type: ignore[union-attr]
    log.append(1, line(1))
    log.append(2, line(2))
    store.save()
    assert said == ["given", "wake", "given", "wake"]
    store.start(lambda: said.append("another"))
    store.poll()
    store.fail("the disk is full")
    assert said[-1] == "another"


@pytest.mark.parametrize("kept", [0, 1, 2, None])
def test_a_crash_leaves_any_prefix_of_what_is_written_and_nothing_else(kept: int | None) -> None:
    store = MemoryStore()
    log = opened(store).commits
    fill(log, 1, 3)
    store.write()
    fill(log, 4, 5)
    store.sync() if kept is None else None
    store.crash(kept)
    assert store.poll() == []
    assert store.last() == (3 if kept is None else kept)
    log.append(6, line(6))
    assert store.waits == 0, "whoever wrote is gone"


def test_a_request_that_was_written_may_have_begun_an_epoch_at_a_crash() -> None:
    store = MemoryStore()
    store.open("dots")
    store.write()
    store.crash(1)
    assert store.poll() == []
    event = opened(store)
    assert event.saved is not None
    assert (event.saved.epoch, event.saved.bases, event.saved.last) == (2, {1: 0, 2: 0}, 0)


def test_it_fails_until_it_recovers() -> None:
    store = MemoryStore()
    log = opened(store).commits
    log.save_session(session())
    fill(log, 1, 2)
    store.open("chat")
    store.write()
    store.fail("the disk is full", kept=2)
    failed, refused = store.poll()
    assert failed == CommitFailed(log, "the disk is full")
    assert refused == OpenFailed("chat", "the room cannot be opened: the disk is full")
    assert not log.settled
    assert store.open("dots") is None
    assert store.poll() == [OpenFailed("dots", "the room cannot be opened: the disk is full")]
    store.recover()
    saved = opened(store).saved
    assert saved is not None
    assert (saved.last, saved.sessions) == (1, as_kept(session()))


def test_it_forgets_commit_logs_that_are_closed() -> None:
    store = MemoryStore()
    for _ in range(3):
        log = opened(store).commits
        fill(log, log.committed + 1, log.committed + 2)
        log.close()
        store.save()
    assert store._logs == {}
    assert store.last() == 6


def test_each_room_has_its_level() -> None:
    store = MemoryStore(Level.RELAXED, levels={"none": Level.NONE, "full": Level.FULL})
    assert [store.level_of(room) for room in ("none", "full", "dots")] == [Level.NONE, Level.FULL, Level.RELAXED]
    answer = store.open("none")
    assert answer is not None
    answer.commits.append(1, line(1))
    assert (answer.commits.committed, answer.saved, store.waits, store.rooms()) == (1, None, 0, [])


def test_it_forgets_old_entries_but_none_after_the_snapshot() -> None:
    store = MemoryStore(kept=10)
    log = opened(store).commits
    fill(log, 1, 30)
    store.save()
    assert len(store.kept["dots"].lines) == 30, "there is no snapshot"
    log.save_snapshot(30, NOTHING)
    fill(log, 31, 45)
    store.save()
    assert (store.kept["dots"].gone, store.last()) == (30, 45)
    log.save_snapshot(45, NOTHING)
    store.save()
    log.close()
    saved = opened(store).saved
    assert saved is not None
    assert saved.lines == [line(seq) for seq in range(36, 46)]
    whole = MemoryStore(kept=10, history=True)
    log = opened(whole).commits
    fill(log, 1, 30)
    log.save_snapshot(30, NOTHING)
    whole.save()
    assert len(whole.kept["dots"].lines) == 30
