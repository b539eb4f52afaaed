"""Timers on the room's time: which is due, in which order, and when the room's time must be told."""

from __future__ import annotations

from math import inf
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.client.timers import TimerRecord, Timers
from roomcast.core.protocol.messages import Wake

AT = 1_700_000_000_000


def step() -> None: ...


def blink() -> None: ...


def run(timers: Timers, upto: float, seq: int = 1) -> list[tuple[float, str]]:
    """Run what is due; returns when each was due, and its key."""
    found = []
    while timers.due <= upto:
        timer = timers.next
        found.append((timers.due - AT, timers.key(seq)))
        timers.ran(timer, timer.runs, seq)
    return found


def test_one_runs_once_when_it_is_due() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 2000.0)
    assert timers.due == AT + 2000
    assert run(timers, AT + 1999.9) == []
    assert run(timers, AT + 2000) == [(2000, "1:step:0")]
    assert (timers.due, timers.count) == (inf, 0)


def test_a_repeated_one_runs_at_each_step_without_an_error_that_adds_up() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 1000 / 3, 1000 / 3)
    dues = [due for due, _ in run(timers, AT + 1_000_000)]
    assert len(dues) == 3000
    assert dues[-1] == 1_000_000


def test_of_those_due_at_one_time_the_one_that_was_set_first_runs_first() -> None:
    timers = Timers()
    timers.set(blink, (), 1, AT, 500.0)
    timers.set(step, (), 1, AT, 250.0, 250.0)
    timers.set(step, (), 1, AT, 500.0)
    assert run(timers, AT + 500) == [(250, "1:step:0"), (500, "1:blink:0"), (500, "1:step:1"), (500, "1:step:2")]


def test_keys_count_the_runs_of_a_name_since_an_entry() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 10.0, 10.0)
    assert [key for _, key in run(timers, AT + 20, seq=7)] == ["7:step:0", "7:step:1"]
    assert [key for _, key in run(timers, AT + 40, seq=8)] == ["8:step:0", "8:step:1"]


def test_at_least_a_millisecond_goes_by() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 0.0)
    assert timers.due == AT + 1
    timers.set(blink, (), 1, AT, 0.5, 0.0001)
    assert len(run(timers, AT + 100)) == 101


def test_a_cancelled_one_does_not_run() -> None:
    timers = Timers()
    first, second = timers.set(step, (), 1, AT, 10.0), timers.set(blink, (), 1, AT, 10.0, 10.0)
    timers.cancel(first)
    timers.cancel(first)
    assert run(timers, AT + 20) == [(10, "1:blink:0"), (20, "1:blink:1")]
    timers.cancel(second)
    assert (run(timers, AT + 100), timers.count) == ([], 0)
    timers.cancel(first)
    assert timers.count == 0


def test_cancelled_ones_are_forgotten() -> None:
    timers = Timers()
    for _ in range(10_000):
        timers.cancel(timers.set(step, (), 1, AT, 1e9))
    assert len(timers._heap) < 200
    assert timers.due == inf


def test_what_is_said_twice_is_done_once() -> None:
    timers = Timers()
    timer = timers.set(step, (), 1, AT, 10.0, 10.0)
    timers.ran(timer, 0, 1)
    timers.ran(timer, 0, 1)
    assert timers.due == AT + 20
    timers.rest(AT + 10, AT + 1010)
    timers.rest(AT + 10, AT + 1010)
    assert timers.due == AT + 1020


def test_rest_moves_all_of_them_also_those_that_are_set_after_it() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 10.0, 50.0)
    timers.rest(AT, AT + 5000)
    timers.set(blink, (), 1, AT + 5000, 30.0)
    assert [due for due, _ in run(timers, AT + 5110)] == [5010, 5030, 5060, 5110]


def test_the_time_is_wanted_at_the_steps_of_the_fastest_and_at_the_next_of_the_others() -> None:
    timers = Timers()
    assert timers.wanted() == Wake()
    bomb = timers.set(blink, (), 1, AT, 2000.0)
    assert timers.wanted() == Wake(at=AT + 2000)
    timers.set(step, (), 1, AT, 1000.0, 1000.0)
    assert timers.wanted() == Wake(AT + 2000, 1000.0, AT + 1000)
    slow = timers.set(step, (), 1, AT, 1500.0, 1500.0)
    assert timers.wanted() == Wake(AT + 1500, 1000.0, AT + 1000)
    fast = timers.set(step, (), 1, AT, 50.0, 50.0)
    assert timers.wanted() == Wake(0.0, 50.0, AT + 50)  # it is told often enough for all of them
    for timer in (bomb, slow):
        timers.cancel(timer)
    timers.cancel(fast)
    assert timers.wanted() == Wake(0.0, 1000.0, AT + 1000)
    timers.rest(AT, AT + 10_000)
    assert timers.wanted() == Wake(0.0, 1000.0, AT + 11_000)


def test_one_that_is_faster_than_the_time_is_told_wants_every_so_many_steps_of_it() -> None:
    timers = Timers()
    timers.set(step, (), 1, AT, 1.0, 1.0)
    assert timers.wanted() == Wake(0.0, 17.0, AT + 1)


_DELAYS = st.floats(0, 5000)


@given(
    st.lists(st.tuples(_DELAYS, st.sampled_from([0.0, 16.6, 50.0, 333.3]))),
    st.lists(st.integers(0, 3000), max_size=30),
    st.lists(st.integers(0, 3000), max_size=30),
)
def test_it_does_not_matter_how_often_time_is_told(
    settings: list[tuple[float, float]], often: list[int], seldom: list[int]
) -> None:
    def told(times: list[int]) -> list[Any]:
        timers = Timers()
        for delay, interval in settings:
            timers.set(step, (), 1, AT, delay, interval)
        runs = []
        for at in sorted([*times, 3000]):
            runs += run(timers, AT + at)
        return runs

    assert told(often) == told(seldom)


def test_a_record_tells_what_it_is() -> None:
    record = TimerRecord(0, 1700000, step, (1,), 5.0, 2.0)
    assert (record.id, record.name, record.arguments, record.over) == (1700000, "step", (1,), False)


def test_cancelling_one_that_others_have_taken_the_place_of_does_nothing() -> None:
    timers = Timers()
    former = timers.set(step, (), 1, AT, 1000.0, 1000.0)
    timers.restore(timers.saved(1), lambda name: step, 1)
    timers.cancel(former)
    assert (timers.count, timers.due) == (1, AT + 1000)
    assert run(timers, AT + 1000) == [(1000, "1:step:0")]
