"""What every commit log guarantees (`roomcast.core.room.commit_log`), tried on each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, structs

from roomcast.core.protocol import codec
from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY,
    SNAPSHOT_EVERY_BYTES,
    CommitFailed,
    Committed,
    Level,
    Opened,
    OpenFailed,
    SavedRoom,
    hashed,
)
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from roomcast.core.room.private_lines import TurnLines, turn_lines
from roomcast.core.room.rules_fold import TruthPatch, truth_patch
from roomcast.core.room.rules_fold import fold as fold_truth
from tests.core.entries import LOGS
from tests.storage.disks import (
    KEEPING,
    KINDS,
    NOTHING,
    Disk,
    as_kept,
    ask,
    committed,
    disk_of,
    failure,
    fill,
    line,
    new,
    poll,
    refused,
    reopened,
    session,
    settle,
    until,
)

pytestmark = pytest.mark.takes(12)

FULL = [kind for kind, (_, level) in KINDS.items() if level is Level.FULL]


@contextmanager
def some_disk(kind: str, kept: int = 10_000) -> Iterator[Disk]:
    with tempfile.TemporaryDirectory() as folder:
        disk = disk_of(kind, Path(folder), kept)
        try:
            yield disk
        finally:
            disk.end()


@pytest.fixture(params=KINDS)
def any_disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    """Of every store, those that keep nothing included."""
    with some_disk(request.param) as disk:
        yield disk


@pytest.fixture(params=KEEPING)
def disk(request: pytest.FixtureRequest) -> Iterator[Disk]:
    with some_disk(request.param) as disk:
        yield disk


def is_full(log: Any) -> bool:
    return getattr(log, "level", Level.NONE) is Level.FULL


# ---------------------------------------------------------------------- when entries are committed


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


# ---------------------------------------------------------------------- what is given is there


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


# ---------------------------------------------------------------------- turns of rooms with rules


def a_turn(seq: int, **own: str) -> TurnLines:
    """What single players read of a turn: two of them the same line, each a tail of its own."""
    shared = line(seq, "for some")
    lines = dict.fromkeys(own, shared)
    return turn_lines(line(seq), lines, {player: f',"ok":["{tail}"]'.encode() for player, tail in own.items()})


def changed(**fields: str) -> TruthPatch:
    patch = truth_patch({"self": {name: (None, Raw(codec.encode(text))) for name, text in fields.items()}})
    assert patch is not None
    return patch


@pytest.mark.parametrize("end", ["close", "kill"])
def test_all_of_a_turn_is_there(disk: Disk, end: str) -> None:
    log = new(disk)
    log.save_session(session("s-Ada", "Ada"))
    log.save_session(session("s-Alan", "Alan"))
    log.append_turn(1, line(1), None, changed(card="Zoë 🎲"), {})
    log.append_turn(2, line(2), a_turn(2, Ada='"3"', Alan="🎲"), None, {"s-Ada": 3, "s-Alan": 7})
    log.append(3, line(3), b"private", "s-Ada", 4)
    log.append_turn(4, line(4), a_turn(4, Eve="x"), changed(deck="[]"), {"s-nobody": 9})
    settle(disk, log, 4)
    getattr(disk, end)()
    _, saved = reopened(disk)
    assert saved.lines == [line(seq) for seq in range(1, 5)]
    assert saved.turns == {2: a_turn(2, Ada='"3"', Alan="🎲"), 4: a_turn(4, Eve="x")}
    assert saved.turns[2].own["Ada"] is saved.turns[2].own["Alan"], "who sees the same has the same object"
    assert saved.private == {3: b"private"}
    assert (saved.truth, saved.truth_patches) == (None, {1: changed(card="Zoë 🎲"), 4: changed(deck="[]")})
    assert saved.has_rules
    assert {one.player: one.n for one in saved.sessions} == {"Ada": 4, "Alan": 7}


def test_the_truth_is_beside_the_snapshot_and_only_what_comes_after_is_given_back(disk: Disk) -> None:
    log = new(disk)
    for seq in (1, 2):
        log.append_turn(seq, line(seq), None, changed(card=f"card {seq}"), {})
    truth = fold_truth(None, [changed(card="card 2")])
    log.save_snapshot(2, NOTHING, truth)
    settle(disk, log, 2)
    disk.close()
    log, saved = reopened(disk)
    assert (saved.snapshot_seq, saved.truth, saved.truth_patches) == (2, truth, {})
    assert saved.has_rules
    log.append_turn(3, line(3), a_turn(3, Ada="x"), changed(card="card 3"), {})
    disk.close()
    _, saved = reopened(disk)
    assert (saved.truth, saved.truth_patches, list(saved.turns)) == (truth, {3: changed(card="card 3")}, [3])


def test_a_snapshot_is_due_where_rules_keep_much(disk: Disk) -> None:
    log = new(disk)
    half = "x" * (SNAPSHOT_EVERY_BYTES // 2)
    log.append_turn(1, line(1), None, changed(card=half), {})
    assert not log.snapshot_due
    log.append_turn(2, line(2), a_turn(2, Ada=half), None, {})
    assert log.snapshot_due
    log.save_snapshot(2, NOTHING, fold_truth(None, [changed(card=half)]))
    assert not log.snapshot_due


def test_a_room_without_rules_has_none(disk: Disk) -> None:
    log = new(disk)
    log.append_turn(1, line(1), None, None, {})
    log.append(2, line(2))
    log.save_snapshot(2, NOTHING)
    disk.close()
    _, saved = reopened(disk)
    assert (saved.has_rules, saved.turns, saved.truth, saved.truth_patches) == (False, {}, None, {})


def test_what_belongs_to_a_turn_is_there_with_it_or_not_at_all(disk: Disk) -> None:
    log = new(disk)
    log.save_session(session())
    for seq in range(1, 200):
        log.append_turn(seq, line(seq), a_turn(seq, Ada=f"{seq}"), changed(card=f"{seq}"), {"s1": seq})
        disk.advance()
    disk.kill()
    answer = ask(disk)
    assert isinstance(answer, Opened)
    last = 0 if answer.saved is None else answer.saved.last
    if answer.saved is not None and last:
        assert answer.saved.turns == {seq: a_turn(seq, Ada=f"{seq}") for seq in range(1, last + 1)}
        assert answer.saved.truth_patches == {seq: changed(card=f"{seq}") for seq in range(1, last + 1)}
        assert [one.n for one in answer.saved.sessions] == [last]


def test_a_turn_is_committed_as_any_entry_is(any_disk: Disk) -> None:
    log = new(any_disk)
    log.append_turn(1, line(1), a_turn(1, Ada="x"), changed(card="x"), {})
    assert log.committed == (0 if is_full(log) else 1)
    settle(any_disk, log, 1)


# ---------------------------------------------------------------------- sessions


def test_sessions_are_new_changed_and_forgotten(disk: Disk) -> None:
    log = new(disk)
    for name in ("Ada", "Alan", "Eve"):
        log.save_session(session(f"s-{name}", name))
    log.append(1, line(1), None, "s-Ada", 1)
    settle(disk, log, 1)
    log.save_session(session("s-Alan", "Alan", 7, {"score": [1, {"deep": None}]}))
    log.forget_session("s-Eve")
    log.forget_session("s-nobody")
    disk.close()
    _, saved = reopened(disk)
    assert sorted(saved.sessions, key=lambda one: one.player) == as_kept(
        session("s-Ada", "Ada", 1),
        session("s-Alan", "Alan", 7, {"score": [1, {"deep": None}]}),
    )


def test_a_session_that_is_forgotten_before_it_is_written_is_forgotten(disk: Disk) -> None:
    log = new(disk)
    with disk.held():
        log.append(1, line(1))
        log.save_session(session("s-Ada", "Ada"))
        log.append(2, line(2), None, "s-Ada", 1)
        log.forget_session("s-Ada")
    disk.close()
    assert reopened(disk)[1].sessions == []


@pytest.mark.parametrize(
    "left",
    [
        {},
        {"x": 10**30, "y": 1e-300, "z": 0.1},
        {'a"\\b\n\x00\x7f': "'\u2028🎲\x00"},
        {"deep": [[[[{"a": [None, True]}]]]]},
    ],
    ids=["empty", "numbers", "signs", "deep"],
)
def test_left_state_is_there_and_gone_again(disk: Disk, left: dict[str, Any]) -> None:
    log = new(disk)
    log.save_session(session("s 'ü\"\\", 'Zoë "🎲"', left=left))
    disk.close()
    log, saved = reopened(disk)
    assert saved.sessions == as_kept(session("s 'ü\"\\", 'Zoë "🎲"', left=left))
    log.save_session(session("s 'ü\"\\", left=None))
    disk.close()
    assert reopened(disk)[1].sessions == as_kept(session("s 'ü\"\\", left=None))


def test_a_session_knows_since_when_it_is_there(disk: Disk) -> None:
    log = new(disk)
    log.save_session(structs.replace(session(), began=17))
    log.save_session(session("s2", "Alan"))
    disk.close()
    assert {one.player: one.began for one in reopened(disk)[1].sessions} == {"Ada": 17, "Alan": None}


def test_a_changed_session_has_the_number_that_it_says(disk: Disk) -> None:
    log = new(disk)
    log.save_session(session())
    log.append(1, line(1), None, "s1", 1)
    log.save_session(session(n=3))  # two were refused since
    disk.close()
    assert reopened(disk)[1].sessions == as_kept(session(n=3))


def test_what_an_earlier_log_was_given_last_is_there_when_the_room_opens_anew(disk: Disk) -> None:
    for count in range(20):
        log = new(disk) if not count else reopened(disk)[0]
        log.save_session(session(f"s{count}"))
        if count:
            log.forget_session(f"s{count - 1}")
        log.append(count + 1, line(count + 1))
        settle(disk, log, count + 1)
        log.forget_session(f"s{count}")
        log.save_session(session(f"t{count}"))
        log.close()
    _, saved = reopened(disk)
    assert {one.secret for one in saved.sessions} == {hashed(f"t{count}") for count in range(20)}


# ---------------------------------------------------------------------- closing and opening anew


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


# ---------------------------------------------------------------------- a disk that fails


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


# ---------------------------------------------------------------------- the time that was told


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


# ---------------------------------------------------------------------- epochs


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


# ---------------------------------------------------------------------- snapshots


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


# ---------------------------------------------------------------------- a crash leaves a beginning, without holes

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["entry", "entry", "private", "session", "forget", "snapshot", "time"]), st.integers(0, 2)
    ),
    max_size=40,
)


class Model:
    """What should be on disk, after each thing that was given."""

    def __init__(self) -> None:
        self.states: list[tuple[Any, ...]] = []
        self.last = 0
        self._private: dict[int, bytes] = {}
        self._sessions: dict[str, Any] = {}
        self._snapshot = 0
        self._told = 0
        self._count = 0
        self.note()

    def note(self) -> None:
        sessions = sorted((hashed(one.secret), one.n) for one in self._sessions.values())
        self.states.append((self.last, dict(self._private), sessions, self._snapshot, self._told))

    def give(self, log: Any, kind: str, which: int) -> None:
        """Give the commit log something, and note what is to be on disk after it."""
        self._count += 1
        secret = f"s{which}"
        if kind in ("entry", "private"):
            self.last += 1
            private = b"private" if kind == "private" else None
            if private:
                self._private[self.last] = private
            if secret in self._sessions:
                self._sessions[secret] = structs.replace(self._sessions[secret], n=self._count)
            log.append(self.last, line(self.last), private, secret, self._count)
        elif kind == "session":
            self._sessions[secret] = session(secret, n=self._count)
            log.save_session(self._sessions[secret])
        elif kind == "forget" and self._sessions.pop(secret, None) is not None:
            log.forget_session(secret)
        elif kind == "snapshot" and self.last:
            self._snapshot = self.last
            log.save_snapshot(self.last, snapshot(EMPTY))
        elif kind == "time":
            self._told = self._count
            log.save_time(self._count)
        self.note()


def found_in(saved: SavedRoom) -> tuple[Any, ...]:
    assert saved.lines == [line(seq) for seq in range(1, saved.last + 1)], "a hole"
    sessions = sorted((one.secret, one.n) for one in saved.sessions)
    return saved.last, saved.private, sessions, saved.snapshot_seq, saved.told


@given(before=STEPS, after=STEPS, kind=st.sampled_from(KEEPING))
@settings(max_examples=60)
def test_after_a_crash_there_is_a_beginning_of_what_was_given(before: Any, after: Any, kind: str) -> None:
    with some_disk(kind) as disk:
        log, model = new(disk), Model()
        for step in before:
            model.give(log, *step)
        if before:
            settle(disk, log, model.last)
        sure = len(model.states) - 1 if before else 0
        for step in after:
            model.give(log, *step)
        disk.kill()
        _, saved = reopened(disk)
        assert found_in(saved) in model.states[sure:]


def test_whenever_a_kill_comes_the_numbers_on_disk_are_those_of_the_entries_on_disk(disk: Disk) -> None:
    log = new(disk)
    log.save_session(session())
    given = 0
    for kill in range(8):
        for _ in range(300):
            given += 1
            log.append(given, line(given), None, "s1", given)
        disk.kill()
        log, saved = reopened(disk)
        assert saved.lines == [line(seq) for seq in range(1, saved.last + 1)]
        assert [one.n for one in saved.sessions] == ([saved.last] if saved.sessions else [])
        assert saved.sessions or not saved.last
        given = saved.last
        if not saved.sessions:
            log.save_session(session())
        assert saved.epoch == kill + 2
