"""The turns of rooms with rules: what single players read, and what the rules hold."""

from __future__ import annotations

import pytest

from roomcast.core.room.commit_log import (
    SNAPSHOT_EVERY_BYTES,
    Opened,
)
from roomcast.core.room.private_lines import TurnLines, turn_lines
from roomcast.core.room.rules_fold import fold as fold_truth
from tests.storage.contract.truths import changed
from tests.storage.disks import (
    NOTHING,
    Disk,
    ask,
    is_full,
    line,
    new,
    reopened,
    session,
    settle,
)

pytestmark = pytest.mark.takes(1)


def a_turn(seq: int, **own: str) -> TurnLines:
    """What single players read of a turn: two of them the same line, each a tail of its own."""
    shared = line(seq, "for some")
    lines = dict.fromkeys(own, shared)
    return turn_lines(line(seq), lines, {player: f',"ok":["{tail}"]}}'.encode() for player, tail in own.items()})


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
