"""Entries are there again in their order, and what came after a snapshot with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.room.commit_log import (
    Opened,
    hashed,
)
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from tests.core.entries import LOGS
from tests.storage.disks import (
    KEEPING,
    Disk,
    fill,
    line,
    new,
    reopened,
    session,
    settle,
    some_disk,
    until,
)

pytestmark = pytest.mark.takes(3)


@pytest.mark.parametrize("end", ["close", "kill"])
def test_entries_are_there_in_their_order_private_ones_beside(disk: Disk, end: str) -> None:
    log = new(disk)
    texts = ["", "two words", '"quotes"', "Zoë 🎲", "\u2028\\n\\u0000"]
    for seq, text in enumerate(texts, 1):
        log.append(seq, line(seq, text), f"private {text}".encode() if seq % 2 else None)
    settle(disk, log, len(texts))
    getattr(disk, end)()
    log, saved = reopened(disk)
    assert saved.lines == [line(seq, text) for seq, text in enumerate(texts, 1)]
    assert saved.private == {seq: f"private {texts[seq - 1]}".encode() for seq in (1, 3, 5)}
    assert (saved.last, log.committed, saved.snapshot_seq) == (5, 5, 0)


def test_closing_writes_all_that_waits(disk: Disk) -> None:
    log = new(disk)
    log.save_session(session())
    fill(log, 1, 500)
    disk.close()
    _, saved = reopened(disk)
    assert (len(saved.lines), saved.last) == (500, 500)


def test_a_room_goes_on_where_it_ended(disk: Disk) -> None:
    fill(new(disk), 1, 3)
    for last in (3, 4, 5):
        disk.close()
        log, saved = reopened(disk)
        assert saved.last == log.committed == last
        log.append(last + 1, line(last + 1))
    disk.close()
    assert reopened(disk)[1].lines == [line(seq) for seq in range(1, 7)]


def test_rooms_know_nothing_of_each_other(any_disk: Disk) -> None:
    names = ["dots", "Dots", "dots ", "Zoë", "'; DROP TABLE rooms; --", "x" * 64]
    for count, name in enumerate(names, 1):
        log = new(any_disk, name)
        fill(log, 1, count)
        log.save_session(session(f"secret of {name}"))
        settle(any_disk, log, count)
    any_disk.close()
    if not any_disk.store.rooms():
        assert all(new(any_disk, name).committed == 0 for name in names), "kept nowhere"
        return
    assert list(any_disk.store.rooms()) == names
    for count, name in enumerate(names, 1):
        _, saved = reopened(any_disk, name)
        assert saved.last == count
        assert [one.secret for one in saved.sessions] == [hashed(f"secret of {name}")]


def test_many_rooms_that_write_at_once_are_all_written(disk: Disk) -> None:
    for count in range(300):
        assert disk.store.open(f"room {count}") is None
    until(disk, lambda: len(disk.events) == 300, "all are open")
    logs = [event.commits for event in disk.events if isinstance(event, Opened)]
    with disk.held():
        for log in logs:
            fill(log, 1, 3)
    for log in logs:
        settle(disk, log, 3)
    disk.close()
    assert len(disk.store.rooms()) == 300
    assert [reopened(disk, f"room {count}")[1].last for count in (0, 255, 256, 299)] == [3, 3, 3, 3]


@given(entries=LOGS, every=st.integers(1, 4), kept=st.integers(1, 5), kind=st.sampled_from(KEEPING))
@settings(max_examples=40)
def test_a_snapshot_and_what_came_after_it_are_the_whole(entries: Any, every: int, kept: int, kind: str) -> None:
    with some_disk(kind, kept=kept) as disk:
        log = new(disk)
        state, taken = EMPTY, 0
        for entry in entries:
            state = apply(state, entry)
            log.append(entry.s, codec.encode(entry))
            if entry.s % every == 0:
                log.save_snapshot(entry.s, snapshot(state))
                taken = entry.s
        disk.close()
        _, saved = reopened(disk)
        assert (saved.last, saved.snapshot_seq) == (len(entries), taken)
        assert len(saved.lines) >= min(kept, saved.last)
        first = saved.last - len(saved.lines) + 1
        assert first <= taken + 1
        found = restore(saved.snapshot)
        for seq, text in enumerate(saved.lines, first):
            entry = codec.decode_server(text)
            assert text == codec.encode(entries[seq - 1])
            found = apply(found, entry) if seq > taken else found  # type: ignore[arg-type]
        assert found == state
