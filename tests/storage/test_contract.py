"""What every store guarantees (`roomcast.core.room.commit_log`), tried on each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.room.commit_log import Level, SavedRoom
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from tests.core.entries import LOGS
from tests.storage.disks import DISKS, Disk, fill, line, opened, session


@contextmanager
def disk_of(kind: str, level: Level = Level.FULL, kept: int = 10_000) -> Iterator[Disk]:
    with tempfile.TemporaryDirectory() as folder:
        disk: Disk = DISKS[kind](Path(folder), level, kept)  # type: ignore[abstract]
        try:
            yield disk
        finally:
            disk.end()


@pytest.fixture(params=DISKS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def disk(kind: str) -> Iterator[Disk]:
    with disk_of(kind) as disk:
        yield disk


def new(disk: Disk, room: str = "dots") -> Any:
    journal, saved = disk.open(room)
    assert saved is None
    assert journal is not None
    return journal


# ---------------------------------------------------------------------- what is given is there


def test_a_new_room_has_nothing(disk: Disk) -> None:
    journal = new(disk)
    assert (journal.saved_upto, journal.level) == (0, Level.FULL)
    assert disk.room_of("s1") is None
    assert disk.rooms() == ["dots"]


@pytest.mark.parametrize("level", Level)
def test_a_journal_has_its_level_and_none_has_no_journal(kind: str, level: Level) -> None:
    with disk_of(kind, level) as disk:
        journal, saved = disk.open("dots")
        assert saved is None
        assert (journal.level if journal else Level.NONE) is level


@pytest.mark.parametrize("end", ["close", "kill"])
def test_entries_are_there_in_their_order_private_ones_beside(disk: Disk, end: str) -> None:
    journal = new(disk)
    texts = ["", "two words", '"quotes"', "Zoë 🎲", "\u2028\\n\\u0000"]
    for seq, text in enumerate(texts, 1):
        journal.entry(seq, line(seq, text), f"private {text}".encode() if seq % 2 else None)
    disk.settle(journal, len(texts))
    getattr(disk, end)()
    journal, saved = opened(disk)
    assert saved.lines == [line(seq, text) for seq, text in enumerate(texts, 1)]
    assert saved.private == {seq: f"private {texts[seq - 1]}".encode() for seq in (1, 3, 5)}
    assert (saved.last, journal.saved_upto, saved.snapshot_seq) == (5, 5, 0)


def test_saved_is_told_upwards_and_never_from_inside_a_call(disk: Disk) -> None:
    journal = new(disk)
    told: list[int] = []
    inside = False

    def saved(upto: int) -> None:
        assert not inside
        assert journal.saved_upto == upto
        told.append(upto)

    journal.listen(saved, pytest.fail)
    for seq in range(1, 200):
        inside = True
        journal.entry(seq, line(seq), None)
        journal.session(session(n=seq))
        inside = False
    disk.settle(journal, 199)
    assert told == sorted(set(told))
    assert told[-1] == 199


def test_closing_writes_all_that_waits(disk: Disk) -> None:
    journal = new(disk)
    journal.session(session())
    fill(journal, 1, 500)
    disk.close()
    _, saved = opened(disk)
    assert (len(saved.lines), saved.last) == (500, 500)


def test_a_room_goes_on_where_it_ended(disk: Disk) -> None:
    fill(new(disk), 1, 3)
    for last in (3, 4, 5):
        disk.close()
        journal, saved = opened(disk)
        assert saved.last == journal.saved_upto == last
        journal.entry(last + 1, line(last + 1), None)
    disk.close()
    assert opened(disk)[1].lines == [line(seq) for seq in range(1, 7)]


def test_rooms_know_nothing_of_each_other(disk: Disk) -> None:
    names = ["dots", "Dots", "dots ", "Zoë", "'; DROP TABLE rooms; --", "x" * 64]
    for count, name in enumerate(names, 1):
        journal = new(disk, name)
        fill(journal, 1, count)
        journal.session(session(f"secret of {name}"))
    disk.close()
    assert disk.rooms() == names
    for count, name in enumerate(names, 1):
        assert disk.room_of(f"secret of {name}") == name
        _, saved = opened(disk, name)
        assert saved.last == count
        assert [one.secret for one in saved.sessions] == [f"secret of {name}"]


# ---------------------------------------------------------------------- sessions


def test_sessions_are_new_changed_and_forgotten(disk: Disk) -> None:
    journal = new(disk)
    for name in ("Ada", "Alan", "Eve"):
        journal.session(session(f"s-{name}", name))
    journal.entry(1, line(1), None, "s-Ada", 1)
    disk.settle(journal, 1)
    journal.session(session("s-Alan", "Alan", 7, {"score": [1, {"deep": None}]}))
    journal.forget("s-Eve")
    journal.forget("s-nobody")
    disk.close()
    _, saved = opened(disk)
    assert {one.secret: one for one in saved.sessions} == {
        "s-Ada": session("s-Ada", "Ada", 1),
        "s-Alan": session("s-Alan", "Alan", 7, {"score": [1, {"deep": None}]}),
    }
    assert disk.room_of("s-Eve") is None


def test_left_state_is_there_and_gone_again(disk: Disk) -> None:
    journal = new(disk)
    journal.session(session(left={}))
    disk.close()
    journal, saved = opened(disk)
    assert saved.sessions == [session(left={})]
    journal.session(session(left=None))
    disk.close()
    assert opened(disk)[1].sessions == [session(left=None)]


def test_a_changed_session_has_the_number_that_it_says(disk: Disk) -> None:
    journal = new(disk)
    journal.session(session())
    journal.entry(1, line(1), None, "s1", 1)
    journal.session(session(n=3))  # two were refused since
    disk.close()
    assert opened(disk)[1].sessions == [session(n=3)]


def test_what_an_earlier_journal_was_given_last_is_there_when_the_room_opens_anew(disk: Disk) -> None:
    for count in range(20):
        journal = new(disk) if not count else opened(disk)[0]
        journal.session(session(f"s{count}"))
        if count:
            journal.forget(f"s{count - 1}")
        journal.entry(count + 1, line(count + 1), None)
        disk.settle(journal, count + 1)
        journal.forget(f"s{count}")
        journal.session(session(f"t{count}"))
        journal.close()
    _, saved = opened(disk)
    assert sorted(one.secret for one in saved.sessions) == sorted(f"t{count}" for count in range(20))


# ---------------------------------------------------------------------- epochs


def test_each_opening_is_an_epoch_with_its_base(disk: Disk) -> None:
    journal = new(disk)
    fill(journal, 1, 4)
    disk.close()
    journal, saved = opened(disk)
    assert (saved.epoch, saved.bases) == (2, {1: 0, 2: 4})
    fill(journal, 5, 9)
    disk.settle(journal, 9)
    disk.kill()
    _, saved = opened(disk)
    assert (saved.epoch, saved.bases) == (3, {1: 0, 2: 4, 3: 9})


# ---------------------------------------------------------------------- snapshots


@given(log=LOGS, every=st.integers(1, 4), kept=st.integers(1, 5), kind=st.sampled_from(sorted(DISKS)))
@settings(max_examples=40)
def test_a_snapshot_and_what_came_after_it_are_the_whole(log: Any, every: int, kept: int, kind: str) -> None:
    with disk_of(kind, kept=kept) as disk:
        journal = new(disk)
        state, taken = EMPTY, 0
        for entry in log:
            state = apply(state, entry)
            journal.entry(entry.s, codec.encode(entry), None)
            if entry.s % every == 0:
                journal.snapshot(entry.s, snapshot(state))
                taken = entry.s
        disk.close()
        _, saved = opened(disk)
        assert (saved.last, saved.snapshot_seq) == (len(log), taken)
        assert len(saved.lines) >= min(kept, saved.last)
        first = saved.last - len(saved.lines) + 1
        assert first <= taken + 1
        found = restore(saved.snapshot)
        for seq, text in enumerate(saved.lines, first):
            entry = codec.decode_server(text)
            assert text == codec.encode(log[seq - 1])
            found = apply(found, entry) if seq > taken else found  # type: ignore[arg-type]
        assert found == state


# ---------------------------------------------------------------------- a crash leaves a beginning, without holes

STEPS = st.lists(
    st.tuples(st.sampled_from(["entry", "entry", "private", "session", "forget", "snapshot"]), st.integers(0, 2)),
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
        self._count = 0
        self.note()

    def note(self) -> None:
        sessions = sorted((one.secret, one.n) for one in self._sessions.values())
        self.states.append((self.last, dict(self._private), sessions, self._snapshot))

    def give(self, journal: Any, kind: str, which: int) -> None:
        """Give the journal something, and note what is to be on disk after it."""
        self._count += 1
        secret = f"s{which}"
        if kind in ("entry", "private"):
            self.last += 1
            private = b"private" if kind == "private" else None
            if private:
                self._private[self.last] = private
            if secret in self._sessions:
                self._sessions[secret] = replace(self._sessions[secret], n=self._count)
            journal.entry(self.last, line(self.last), private, secret, self._count)
        elif kind == "session":
            self._sessions[secret] = session(secret, n=self._count)
            journal.session(self._sessions[secret])
        elif kind == "forget" and self._sessions.pop(secret, None) is not None:
            journal.forget(secret)
        elif kind == "snapshot" and self.last:
            self._snapshot = self.last
            journal.snapshot(self.last, snapshot(EMPTY))
        self.note()


def found_in(saved: SavedRoom) -> tuple[Any, ...]:
    assert saved.lines == [line(seq) for seq in range(1, saved.last + 1)], "a hole"
    sessions = sorted((one.secret, one.n) for one in saved.sessions)
    return saved.last, saved.private, sessions, saved.snapshot_seq


@given(before=STEPS, after=STEPS, kind=st.sampled_from(sorted(DISKS)), level=st.sampled_from([*Level][1:]))
@settings(max_examples=60)
def test_after_a_crash_there_is_a_beginning_of_what_was_given(before: Any, after: Any, kind: str, level: Level) -> None:
    with disk_of(kind, level) as disk:
        journal, model = new(disk), Model()
        for step in before:
            model.give(journal, *step)
        if before:
            disk.settle(journal, model.last)
        sure = len(model.states) - 1 if before else 0
        for step in after:
            model.give(journal, *step)
        disk.kill()
        _, saved = opened(disk)
        assert found_in(saved) in model.states[sure:]


def test_whenever_a_kill_comes_the_numbers_on_disk_are_those_of_the_entries_on_disk(disk: Disk) -> None:
    journal = new(disk)
    journal.session(session())
    given = 0
    for kill in range(8):
        for _ in range(300):
            given += 1
            journal.entry(given, line(given), None, "s1", given)
        disk.kill()
        journal, saved = opened(disk)
        assert saved.lines == [line(seq) for seq in range(1, saved.last + 1)]
        assert [one.n for one in saved.sessions] == ([saved.last] if saved.sessions else [])
        assert saved.sessions or not saved.last
        given = saved.last
        if not saved.sessions:
            journal.session(session())
        assert saved.epoch == kill + 2
