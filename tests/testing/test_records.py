"""The records that promises are checked against: what programs sent, true logs across crashes, times of sessions."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from roomcast.core.protocol.messages import NO_STATE, AnyEntry, Do, Join, Leave, Set
from roomcast.core.room.commit_log import Level
from roomcast.core.room.room import Room
from roomcast.testing.actions import ActionLog, Operation, action_of
from roomcast.testing.session_times import SessionTimes
from roomcast.testing.simulation import Simulation
from roomcast.testing.timeline import Timeline
from roomcast.testing.true_log import TrueLog
from tests.core.entries import raw

ROOM: Room = Simulation().join("dots", "Ada")._server.running.rooms["dots"]


def do(seq: int, by: str, command: str = "move", to: tuple[str, ...] | None = None) -> Do:
    return Do(seq, by, 1000, command, Raw(b"[1]"), seq, to)


def log_of(*entries: AnyEntry, before: TrueLog | None = None, base: int = 0) -> TrueLog:
    log = TrueLog(ROOM, Level.RELAXED, before, base)
    for entry in entries:
        log.add(entry)
    return log


def test_an_action_is_found_in_an_entry_and_from_an_index_on() -> None:
    actions = ActionLog("red")
    actions.sent += [("move", b"[1]", None), ("jump", b"[]", None), ("move", b"[1]", None)]
    assert actions.find(action_of(do(1, "red")), 0) == 0
    assert actions.find(action_of(do(1, "red")), 1) == 2
    assert actions.find(action_of(do(1, "red", to=("blue",))), 0) is None
    assert action_of(Set(1, "red", 1000, "me", raw({"x": 1}), n=1)) == ("me", {"x": 1}, False)


def test_an_operation_is_found_in_the_patch_that_it_makes_of_a_state() -> None:
    actions = ActionLog("red")
    actions.sent += [
        Operation("room", "add", {"x": 2}, {}),
        Operation("room", "claim", {"coin": "red"}, {}),
        Operation("room", "swap", {"x": 9}, {"x": 3}),
    ]

    def found(patch: dict[str, Any], state: dict[str, Any], of: str = "room") -> int | None:
        return actions.find(action_of(Set(1, "red", 1000, of, raw(patch), True, 1)), 0, state)

    assert found({"x": 2}, {}) == found({"x": 5}, {"x": 3}) == 0
    assert found({"coin": "red"}, {}) == found({}, {"coin": "blue"}) == 1
    assert found({"x": 9}, {"x": 3}) == found({}, {"x": 4}) == 2
    assert found({"x": 3}, {"x": 3}) is None, "no sum"
    assert found({"x": 2}, {}, "me") is None
    assert actions.may_find(("room", {"x": 3}, True), 0)
    assert not actions.may_find(("room", {"y": 3}, True), 0)
    assert not actions.may_find(("room", {"coin": "blue"}, True), 2)


def test_a_true_log_keeps_every_entry_and_every_state() -> None:
    log = log_of(Join(1, "red", 1000, "red"), do(2, "red"), Leave(3, "red", 1000, "left"))
    assert log.last == 3
    assert [list(state.players) for state in log.states] == [[], ["red"], ["red"], []]
    assert log.joined_at("red") == 1
    assert log.left["red"] == (3, NO_STATE)


def test_logs_of_one_room_are_equal_up_to_the_shortest_log_that_a_crash_left() -> None:
    first = log_of(*(do(seq, "red") for seq in range(1, 11)))
    second = log_of(*(do(seq, "red") for seq in range(9, 15)), before=first, base=8)
    third = log_of(do(13, "red"), before=second, base=12)
    fourth = log_of(before=third, base=6)
    assert (first.common(first), first.common(second), first.common(third), first.common(fourth)) == (10, 8, 8, 6)
    assert second.common(third) == 12
    assert second.common(log_of(do(1, "red"))) == 0, "another room's"


def test_what_a_crash_undid_has_no_author() -> None:
    red = ActionLog("red")
    first = log_of(do(1, "red"), do(2, "red"))
    for index, seq in enumerate((1, 2)):
        first.set_author(do(seq, "red"), red, index)
        first.set_number(do(seq, "red"), "secret")
    second = log_of(before=first, base=1)
    assert second.authors == {1: (red, 0)}
    assert second.last_action == {red: 0}
    assert second.last_n == {"secret": 1}


def test_a_line_client_gets_the_commands_of_others_that_it_may_see() -> None:
    log = log_of(
        Join(1, "red", 1000, "red"),
        do(2, "red"),
        do(3, "Ada"),
        do(4, "red", to=("blue",)),
        do(5, "red", to=("Ada",)),
        do(6, "red", "myIDis"),
    )
    assert [place for place, _ in log.lines_for("Ada", (0, 0))] == [(2, 0), (5, 0)]
    assert [place for place, _ in log.lines_for("Ada", (2, 0))] == [(5, 0)]


def test_a_session_is_away_from_the_loss_of_its_newest_connection_on() -> None:
    timeline = Timeline()
    sessions = SessionTimes(timeline)
    sessions.connected("secret", "first")
    sessions.connected("secret", "second")
    sessions.disconnected("secret", "first")
    assert sessions.away_for("secret") < 0, "it has a connection"
    sessions.disconnected("secret", "second")
    timeline.run_until(5)
    assert sessions.away_for("secret") == 5
    sessions.connected("secret", "third")
    sessions.all_disconnected()
    assert sessions.away_for("secret") == 0
