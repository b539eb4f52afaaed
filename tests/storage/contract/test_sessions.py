"""Sessions are there again, with what they left."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from roomcast.core.room.commit_log import (
    hashed,
)
from tests.storage.disks import (
    Disk,
    as_kept,
    line,
    new,
    reopened,
    session,
    settle,
)

pytestmark = pytest.mark.takes(1)


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
