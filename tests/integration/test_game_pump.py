"""The client for game loops, on a real server: when and where pump runs callbacks."""

import threading
import time
import traceback

import pytest

from roomcast import Player, Room
from tests.integration.rooms import notes, pump_until
from tests.waiting import TOO_LONG, wait_for


def test_callbacks_run_only_in_pump_and_in_the_thread_that_pumps(red: Room, blue: Room) -> None:
    ran_in = []
    for event in ("join", "step", "set"):
        red.on(event)(lambda *_: ran_in.append(threading.current_thread()))
    blue.send("step")
    blue.me["x"] = 1
    wait_for(lambda: red._core.seen >= 4, what="all has arrived at red")  # not pumped yet
    assert ran_in == []

    thread = threading.Thread(target=red.pump)
    thread.start()
    thread.join()
    assert ran_in == [thread] * 4  # two joins, the step, the set


def test_pump_returns_how_many_entries_it_ran(red: Room, blue: Room) -> None:
    ran = 0
    for _ in range(5):
        blue.send("step")

    def all_run() -> bool:
        nonlocal ran
        ran += red.pump()
        return red.seq == 7

    wait_for(all_run)
    assert ran == 6  # five steps and the join of blue; that of red itself came with the snapshot
    assert red.pump() == 0


def test_an_exception_comes_out_of_pump_and_nothing_that_waits_is_lost(red: Room, blue: Room) -> None:
    ran: list[str] = []

    @red.on("step")
    def first(number: int) -> None:
        ran.append(f"first {number}")
        if number == 2:
            raise ZeroDivisionError("in the game")

    @red.on("step")
    def second(number: int) -> None:
        ran.append(f"second {number}")

    for number in (1, 2, 3):
        blue.send("step", number)
    wait_for(lambda: red._core.seen == 5)

    with pytest.raises(ZeroDivisionError, match="in the game") as failure:
        red.pump()
    assert ran == ["first 1", "second 1", "first 2"]
    assert traceback.extract_tb(failure.value.__traceback__)[-1].name == "first"
    assert failure.value.__context__ is None
    red.pump()
    assert ran == ["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]
    assert red.pump() == 0


def test_a_budget_stops_pump_and_the_rest_waits_for_the_next(red: Room, blue: Room) -> None:
    ran = []

    @red.on("slow")
    def slow(number: int) -> None:
        ran.append(number)
        time.sleep(0.02)

    for number in range(5):
        blue.send("slow", number)
    wait_for(lambda: red._core.seen == 7)
    assert red.pump(budget=0.01) >= 1
    done_at_first = len(ran)
    assert done_at_first < 5
    assert red.pump(budget=0.0) == 0  # no time: nothing more is begun
    pump_until(lambda: len(ran) == 5, red)
    assert ran == [0, 1, 2, 3, 4]


def test_waiting_ends_as_soon_as_something_comes(red: Room, blue: Room) -> None:
    red.pump()
    pump_until(lambda: red.seq == 2, red)
    steps = notes(red, "step")
    timer = threading.Timer(0.05, blue.send, ("step", 1))
    timer.start()
    while not steps:
        red.pump(wait=TOO_LONG)
    timer.join()
    assert red.pump(wait=0.01) == 0  # nothing came


def test_pump_inside_a_callback_goes_on_where_the_outer_one_is(red: Room, blue: Room) -> None:
    ran = []

    @red.on("step")
    def step(number: int) -> None:
        ran.append(number)
        red.pump()

    for number in range(4):
        blue.send("step", number)
    pump_until(lambda: len(ran) == 4, red)
    assert ran == [0, 1, 2, 3]


def test_a_call_runs_nothing_until_it_comes_back(red: Room) -> None:
    ran = []

    @red.everywhere
    def move(player: Player, dx: int, dy: int = 0) -> None:
        ran.append((player.id, dx, dy))

    assert move(1) is None  # type: ignore[func-returns-value]
    move(dx=2, dy=3)
    assert ran == []
    assert red.unacknowledged == 2
    pump_until(lambda: len(ran) == 2, red)
    assert ran == [("red", 1, 0), ("red", 2, 3)]
    assert red.unacknowledged == 0
