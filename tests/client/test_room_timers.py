"""Setting timers: who may, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.client.players import Player
from roomcast.core.protocol.messages import (
    Join,
    PlayerRecord,
    Skipped,
    Snapshot,
)
from roomcast.errors import BadArgument, TooFast
from tests.client.offline_room import OfflineRoom
from tests.client.timer_story import AT, Story, do, in_a_function, tick


@pytest.fixture
def room() -> OfflineRoom:
    room = OfflineRoom()
    room.pump()
    return room


@pytest.fixture
def story(room: OfflineRoom) -> Story:
    return Story(room)


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
