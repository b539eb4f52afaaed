"""The room's time as a program sees it: what runs when, how late it is, and at which place."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import (
    Welcome,
)
from tests.client.offline_room import LIMITS, OfflineRoom
from tests.client.timer_story import AT, Story, do, in_a_function, tick


@pytest.fixture
def room() -> OfflineRoom:
    room = OfflineRoom()
    room.pump()
    return room


@pytest.fixture
def story(room: OfflineRoom) -> Story:
    return Story(room)


def test_an_exception_in_a_timer_comes_out_of_pump_and_it_has_run(room: OfflineRoom) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise ZeroDivisionError

    in_a_function(room, lambda: room.every(1.0, fail))
    room.hear(tick(3000))
    for expected in (1, 2, 3):
        with pytest.raises(ZeroDivisionError):
            room.pump()
        assert len(calls) == expected
    room.pump()
    assert len(calls) == 3


def test_a_budget_leaves_timers_for_the_next_call(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "every", 0.05, "step"), tick(1000))
    assert room.pump(budget=0) == 0
    assert room.pump() == 1
    assert len(story.take()) == 20
    room.hear(tick(2000))
    room.pump(budget=0)
    assert story.take() == []
    assert room.behind == 0.95
    room.pump()
    assert len(story.take()) == 20
    assert room.behind == 0


def test_behind_counts_from_what_is_to_be_run_next(room: OfflineRoom, story: Story) -> None:
    assert room.behind == 0
    room.hear(do(3, 0, "say", "a"))
    assert room.behind == 0
    room.hear(do(4, 300, "say", "b"), do(5, 1250, "say", "c"))
    assert room.behind == 1.25
    room.pump()
    assert room.behind == 0


def test_pump_waits_for_a_tick_that_something_is_due_at(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 1.0, "bomb"))
    room.pump()
    room.hear(tick(1000))
    room.pump(wait=60)  # there is something to run
    assert story.take() == ["bomb at 1000"]


def test_a_room_whose_entries_have_all_run_is_not_catching_up(room: OfflineRoom) -> None:
    found = []
    room.command("say")(lambda: found.append(room.catching_up))
    room.core.disconnected("cut", 0.0)
    room.core.connected()
    room.core.next_frame(0.0)
    room.hear(Welcome("Ada", "secret", 5, 0, LIMITS, None, True), do(3, 0, "say"), do(4, 0, "say"), do(5, 0, "say"))
    room.hear(do(6, 0, "say"))
    room.pump()
    assert found == [True, True, False, False]
    assert not room.catching_up


def test_time_and_entry_in_functions_are_those_of_the_order(room: OfflineRoom) -> None:
    found: list[tuple[float, int, float, bool]] = []

    def look() -> None:
        found.append((room.time, room.entry.seq, room.entry.at, room.entry.age > 0))

    @room.command("look")
    def start() -> None:
        look()
        room.after(1.5, look)

    room.hear(do(3, 250, "look"), do(4, 1000, "other"), tick(9000))
    room.pump()
    assert found == [(AT / 1000 + 0.25, 3, AT / 1000 + 0.25, False), (AT / 1000 + 1.75, 4, AT / 1000 + 1.75, False)]


def test_dice_in_timers_have_a_key_of_their_own_for_each_run(room: OfflineRoom) -> None:
    keys = []

    def step() -> None:
        call = room._running_call()
        assert call is not None
        keys.append(call.key)

    in_a_function(room, lambda: room.every(0.05, step))
    room.hear(do(4, 120, "other"), tick(170))
    room.pump()
    assert keys == ["3:step:0", "3:step:1", "4:step:0"]
