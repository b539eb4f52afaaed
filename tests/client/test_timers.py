"""Timers in a program: where they run among the entries, who may set them, and what the server is asked for."""

from __future__ import annotations

from typing import Any

import pytest

import roomcast
from roomcast.client.players import Player
from roomcast.core.protocol.messages import (
    Away,
    Back,
    Do,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Skipped,
    Snapshot,
    Tick,
    Wake,
    Welcome,
)
from roomcast.errors import BadArgument, TooFast
from tests.client.offline_room import LIMITS, OfflineRoom
from tests.core.entries import raw

AT = 1_700_000_000_000


@pytest.fixture
def room() -> OfflineRoom:
    room = OfflineRoom()
    room.pump()
    return room


class Story:
    """What has run, in order: commands, and timers with their time."""

    def __init__(self, room: OfflineRoom) -> None:
        self.room = room
        self.lines: list[str] = []
        self.timers: list[roomcast.Timer] = []

        @room.command("say")
        def say(text: str) -> None:
            self.lines.append(text)

        @room.command("after")
        def after(seconds: float, name: str) -> None:
            self.timers.append(room.after(seconds, self.run, name))

        @room.command("every")
        def every(seconds: float, name: str) -> None:
            self.timers.append(room.every(seconds, self.run, name))

        @room.command("cancel")
        def cancel(which: int) -> None:
            self.timers[which].cancel()

    def run(self, name: str) -> None:
        self.lines.append(f"{name} at {self.room.time * 1000 - AT:g}")

    def take(self) -> list[str]:
        lines, self.lines = self.lines, []
        return lines


@pytest.fixture
def story(room: OfflineRoom) -> Story:
    return Story(room)


def do(seq: int, at: int, command: str, *args: Any) -> Do:
    return Do(seq, "Alan", AT + at, command, raw(args))


def tick(at: int) -> Tick:
    return Tick(AT + at)


def asked(room: OfflineRoom) -> list[Wake]:
    """What the server is asked for now, with times since AT."""
    return [
        Wake(one.at and one.at - AT, one.every, one.start and one.start - AT)
        for one in room.written()
        if isinstance(one, Wake)
    ]


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


# ---------------------------------------------------------------------- who may set one


def test_outside_of_functions_an_error_says_what_to_do(room: OfflineRoom, story: Story) -> None:
    for use in (
        lambda: room.after(1.0, print),
        lambda: room.every(1.0, print),
        lambda: room.entry,
    ):
        with pytest.raises(BadArgument, match=r"in every program: functions under @room\.everywhere .*help timers"):
            use()
    room.hear(do(3, 0, "after", 2.0, "bomb"))
    room.pump()
    with pytest.raises(
        BadArgument, match=r"cancel\(\) of the timer for run is for functions that run in every program"
    ):
        story.timers[0].cancel()


def test_a_join_that_a_snapshot_brought_is_not_at_one_place_for_all(room: OfflineRoom) -> None:
    found: list[str] = []

    @room.on("join")
    def join(player: Player) -> None:
        try:
            room.after(1.0, found.append, "x")
        except BadArgument as error:
            found.append(error.message)

    room.hear(Join(3, "Eve", AT, "Eve"))
    room.pump()
    assert found == []
    room.hear(Skipped(4, 9, Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Bob", "Bob")), at=AT + 10)))
    room.pump()
    room.pump()
    assert len(found) == 1
    assert "This call is made here alone" in found[0]


@pytest.mark.parametrize("seconds", [float("nan"), "soon", None, True, float("inf"), 10**400])
def test_times_that_are_none(room: OfflineRoom, seconds: Any) -> None:
    for method in (room.after, room.every):
        raised: list[BaseException] = []

        @room.command("start")
        def start(method: Any = method, raised: list[BaseException] = raised) -> None:
            with pytest.raises(BadArgument, match="second") as caught:
                method(seconds, print)
            raised.append(caught.value)

        room.hear(do(room.seq + 1, 0, "start"))
        room.pump()
        assert len(raised) == 1


def in_a_function(room: OfflineRoom, use: Any) -> None:
    """Call it in a function for an entry."""
    command = f"use{room.seq}"
    room.command(command)(lambda: use())
    room.hear(do(room.seq + 1, 0, command))
    room.pump()


def test_what_cannot_run_is_refused_when_it_is_set(room: OfflineRoom) -> None:
    async def later() -> None: ...

    def takes_two(a: int, b: int) -> None: ...

    for function, args, why in (
        (5, (), "takes a function, not 5: write its name alone, without the parentheses of a call"),
        (later, (), "async function"),
        (takes_two, (1,), r"takes_two\(a: .*, b: .*\).* cannot be called so: missing"),
        (takes_two, (1, {2}), "a set"),
        (takes_two, (1, float("nan")), "nan"),
    ):
        with pytest.raises(BadArgument, match=why):
            in_a_function(room, lambda function=function, args=args: room.after(1.0, function, *args))


def test_too_many_are_refused(room: OfflineRoom) -> None:
    def many() -> None:
        for _ in range(10_001):
            room.after(1.0, print)

    with pytest.raises(TooFast, match="10000 timers"):
        in_a_function(room, many)


def test_a_function_that_is_called_everywhere_is_run_and_sends_nothing(room: OfflineRoom) -> None:
    found: list[tuple[str, int]] = []

    @room.everywhere
    def explode(player: Player, size: int) -> None:
        found.append((player.id, size))

    @room.command("light")
    def light(player: Player) -> None:
        room.after(1.0, explode, player, 5)

    room.hear(do(3, 0, "light"), tick(1000))
    room.pump()
    assert found == [("Alan", 5)]
    assert room.written() == []


def test_each_run_has_lists_of_its_own(room: OfflineRoom) -> None:
    found = []

    def add(numbers: list[int], player: Player) -> None:
        numbers.append(1)
        found.append((numbers, player))

    numbers = [7]
    in_a_function(room, lambda: room.every(1.0, add, numbers, room.me))
    numbers.append(8)
    room.hear(tick(2000))
    room.pump()
    assert found == [([7, 1], room.me)] * 2


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
    assert "the server's clock was set back" in lost[0]


# ---------------------------------------------------------------------- what runs when


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
