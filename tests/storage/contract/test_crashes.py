"""After a crash, a gap-free prefix of what was given survives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from roomcast.core.room.commit_log import (
    SavedRoom,
    hashed,
)
from roomcast.core.room.fold import EMPTY, snapshot
from tests.storage.disks import (
    KEEPING,
    Disk,
    line,
    new,
    reopened,
    session,
    settle,
    some_disk,
)

pytestmark = pytest.mark.takes(4)


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
