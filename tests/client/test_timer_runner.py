"""Timers of a program among the events of its room: where they run, and what the server is asked for."""

from __future__ import annotations

import pytest

import roomcast
from roomcast.core.protocol.messages import (
    Away,
    Back,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Skipped,
    Snapshot,
    Wake,
    Welcome,
)
from tests.client.offline_room import LIMITS, OfflineRoom
from tests.client.timer_story import AT, Story, asked, do, tick


@pytest.fixture
def room() -> OfflineRoom:
    room = OfflineRoom()
    room.pump()
    return room


@pytest.fixture
def story(room: OfflineRoom) -> Story:
    return Story(room)


def test_a_timer_runs_before_the_first_entry_that_is_not_from_before_it(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "bomb"), do(4, 1999, "say", "a"), do(5, 2000, "say", "b"), do(6, 2001, "say", "c"))
    assert room.pump() == 4
    assert story.take() == ["a", "bomb at 2000", "b", "c"]


def test_a_tick_runs_what_is_due_by_then(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "bomb"), tick(1999))
    room.pump()
    assert story.take() == []
    room.hear(tick(2000))
    assert room.pump() == 0
    assert story.take() == ["bomb at 2000"]
    room.hear(do(4, 2000, "say", "a"))
    room.pump()
    assert story.take() == ["a"]


def test_it_is_the_same_with_ticks_and_without(story: Story) -> None:
    entries = [
        do(3, 0, "every", 0.05, "step"),
        do(4, 0, "after", 0.1, "bomb"),
        do(5, 120, "say", "a"),
        do(6, 130, "cancel", 0),
        do(7, 500, "say", "b"),
    ]
    expected = ["step at 50", "step at 100", "bomb at 100", "a", "b"]
    story.room.hear(*entries)
    story.room.pump()
    assert story.take() == expected
    ticking = Story(OfflineRoom())
    for entry in entries:
        for at in range(0, entry.at - AT, 7):
            ticking.room.hear(tick(at))
            ticking.room.pump()
        ticking.room.hear(entry)
        ticking.room.pump()
    assert ticking.take() == expected


def test_a_tick_that_arrived_after_entries_waits_for_them(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "bomb"), do(4, 1000, "say", "a"), tick(3000))
    room.pump()
    assert story.take() == ["a", "bomb at 2000"]


def test_timers_set_timers_and_count_from_when_they_were_due(room: OfflineRoom) -> None:
    found = []

    def count(left: int) -> None:
        found.append((left, round(room.time * 1000 - AT)))
        if left:
            room.after(1.0, count, left - 1)

    room.command("start")(lambda: room.after(1.0, count, 3))
    room.hear(do(3, 0, "start"), do(4, 10_000, "stop"))
    room.pump()
    assert found == [(3, 1000), (2, 2000), (1, 3000), (0, 4000)]


def test_a_hidden_entry_tells_the_time_as_well(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "bomb"), Hidden(4, AT + 5000), do(5, 5000, "say", "a"))
    room.pump()
    assert story.take() == ["bomb at 2000", "a"]


def test_one_that_is_cancelled_does_not_run(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "bomb"), do(4, 1000, "cancel", 0), do(5, 3000, "say", "a"))
    room.pump()
    assert story.take() == ["a"]
    assert repr(story.timers[0]) == "<timer 300000 for run, over>"


def test_a_timer_that_cancels_itself_has_run_for_the_last_time(room: OfflineRoom) -> None:
    found: list[float] = []
    timers: list[roomcast.Timer] = []

    def step() -> None:
        found.append(round(room.time * 1000 - AT))
        if len(found) == 3:
            timers[0].cancel()

    room.command("start")(lambda: timers.append(room.every(0.05, step)))
    room.hear(do(3, 0, "start"), tick(1000))
    room.pump()
    assert found == [50, 100, 150]


# ---------------------------------------------------------------------- while nobody is here, timers rest


def test_while_nobody_is_here_timers_rest(room: OfflineRoom, story: Story) -> None:
    room.hear(
        do(3, 0, "every", 1.0, "step"),
        Leave(4, "Alan", AT + 500),
        Away(5, "Ada", AT + 1000),
        Leave(6, "Ada", AT + 31_000, "timeout"),
        Join(7, "Eve", AT + 1_000_000, "Eve"),
        do(8, 1_000_999, "say", "a"),
        do(9, 1_001_000, "say", "b"),
    )
    room.pump()
    assert story.take() == ["step at 1000", "a", "step at 1.001e+06", "b"]


def test_who_was_cut_off_alone_goes_on_where_it_was(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "every", 1.0, "step"), Leave(4, "Alan", AT), tick(1500))
    room.pump()
    assert story.take() == ["step at 1000"]
    room.hear(Away(5, "Ada", AT + 1500))
    room.pump()
    room.hear(Back(6, "Ada", AT + 61_500), tick(62_000))
    room.pump()
    assert story.take() == ["step at 62000"]


def test_who_reads_the_same_log_again_rests_again(room: OfflineRoom, story: Story) -> None:
    def read(first: int) -> None:
        room.hear(
            do(first, 0, "after", 2.0, "bomb"),
            Leave(first + 1, "Alan", AT + 500),
            Away(first + 2, "Ada", AT + 1000),
            Back(first + 3, "Ada", AT + 61_000),
            do(first + 4, 70_000, "say", "a"),
        )
        room.pump()

    read(3)
    assert story.take() == ["bomb at 62000", "a"]
    room.core.disconnected("cut", 0.0)
    room.core.connected()
    room.core.next_frame(0.0)
    here = Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan")))
    room.hear(Welcome("Ada", "another", 2, 0, LIMITS, here))
    room.pump()
    read(3)
    assert story.take() == ["bomb at 62000", "a"]


# ---------------------------------------------------------------------- what was missed


def test_after_a_skip_timers_go_on(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "every", 1.0, "step"))
    room.pump()
    here = (PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan"))
    room.hear(Skipped(4, 90, Snapshot(here, at=AT + 2500)), do(91, 3000, "say", "a"))
    room.pump()
    assert story.take() == ["step at 1000", "step at 2000", "step at 3000", "a"]


def test_time_that_was_undone_is_told(room: OfflineRoom, story: Story) -> None:
    lost: list[str] = []
    room.on("lost")(lost.append)
    room.hear(do(3, 0, "after", 1.0, "bomb"), tick(5000))
    room.pump()
    room.hear(do(4, 500, "say", "a"), do(5, 600, "say", "b"))
    room.pump()
    assert story.take() == ["bomb at 1000", "a", "b"]
    assert len(lost) == 1
    assert "the room's time was set back" in lost[0]


# ---------------------------------------------------------------------- what the server is asked for


def test_the_server_is_asked_once_for_a_schedule(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "every", 0.05, "step"))
    room.pump()
    assert asked(room) == [Wake(0.0, 50.0, 50.0)]
    for at in range(50, 1000, 50):
        room.hear(tick(at))
        room.pump()
    assert asked(room) == []
    room.hear(do(4, 1000, "cancel", 0))
    room.pump()
    assert asked(room) == [Wake()]


def test_the_server_is_asked_for_one_moment_after_the_other(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "after", 2.0, "b"), do(4, 0, "after", 1.0, "a"))
    room.pump()
    assert asked(room) == [Wake(1000.0)]
    room.hear(tick(1000))
    room.pump()
    assert asked(room) == [Wake(2000.0)]
    room.hear(tick(2000))
    room.pump()
    assert asked(room) == []


def test_who_sets_no_timers_asks_for_nothing(room: OfflineRoom, story: Story) -> None:
    room.hear(do(3, 0, "say", "a"), tick(1000))
    room.pump()
    assert room.written() == []
