"""What is due by a room's time alone: which causes, when, and how much of what was missed."""

from __future__ import annotations

from math import inf

import pytest

from roomcast.core.room.causes import Step, TimerDue
from roomcast.core.room.clock import Clock
from roomcast.core.room.due_causes import MADE_UP, MADE_UP_TIMERS, MOST_RUNS, REST, DueCauses
from roomcast.core.room.order import Order
from roomcast.core.room.relay import Relay
from roomcast.storage.memory import MemoryCommitLog


class Alarm(Relay):
    """A behaviour with one timer: due every `every` milliseconds, or once."""

    def __init__(self, first: float = inf, every: float = inf, steps: float = 0.0) -> None:
        self.next_due = first
        self.step_rate = steps
        self._every = every

    def run(self, at: int, *, late: bool) -> None:
        self.next_due += self._every
        while late and self.next_due <= at:
            self.next_due += self._every


def due_of(alarm: Alarm) -> tuple[DueCauses, Order]:
    log = Order(MemoryCommitLog("dots"), Clock())
    return DueCauses(alarm, log), log


def run(alarm: Alarm, due: DueCauses, log: Order, now: float) -> list[str]:
    """What is due by `now`, and when, in milliseconds."""
    ran = []
    for cause, when in due.causes(now):
        assert when <= now
        log.at = log.time(when)
        if isinstance(cause, TimerDue):
            alarm.run(log.at, late=cause.late)
            ran.append(f"timer {log.at}" + (" late" if cause.late else ""))
        else:
            assert isinstance(cause, Step)
            ran.append(f"step {log.at}" + (f" after {cause.skipped}" if cause.skipped else ""))
    return ran


def test_nothing_is_due_where_there_is_nothing() -> None:
    alarm = Alarm()
    due, log = due_of(alarm)
    assert due.when == inf
    due.step_while(True, 1.0)
    assert (due.when, due.stepping) == (inf, False)
    assert run(alarm, due, log, 1e6) == []


def test_a_timer_is_due_at_its_millisecond_and_not_before() -> None:
    alarm = Alarm(first=1500.5)
    due, log = due_of(alarm)
    assert due.when == pytest.approx(1.501)
    assert run(alarm, due, log, 1.5) == []
    assert run(alarm, due, log, due.when) == ["timer 1501"]
    assert due.when == inf


def test_all_run_in_the_order_of_their_times_and_timers_before_steps() -> None:
    alarm = Alarm(first=1050, every=70, steps=20)
    due, log = due_of(alarm)
    due.step_while(True, 1.0)
    assert run(alarm, due, log, 1.2) == [
        "timer 1050", "step 1050", "step 1100", "timer 1120", "step 1150", "timer 1190", "step 1200",
    ]  # fmt: skip


def test_a_timer_that_was_due_while_steps_were_left_out_runs_before_the_next_step() -> None:
    alarm = Alarm(first=1130, steps=20)
    due, log = due_of(alarm)
    due.step_while(True, 1.0)
    assert run(alarm, due, log, 2.0) == [
        "timer 1130", "step 1850 after 16", "step 1900", "step 1950", "step 2000",
    ]  # fmt: skip


def test_steps_that_are_no_whole_milliseconds_do_not_drift() -> None:
    alarm = Alarm(steps=60)
    due, log = due_of(alarm)
    due.step_while(True, 0.0)
    ran = []
    for millisecond in range(10_001):
        ran += run(alarm, due, log, millisecond / 1000 + 1e-5)
    assert ran == [f"step {-(-step * 1000 // 60)}" for step in range(1, 601)]


def test_steps_rest_and_begin_anew() -> None:
    alarm = Alarm(steps=10)
    due, log = due_of(alarm)
    due.step_while(True, 0.0)
    assert run(alarm, due, log, 0.15) == ["step 100"]
    due.step_while(False, 0.15)
    assert run(alarm, due, log, 9.0) == []
    due.step_while(True, 9.0)
    due.step_while(True, 9.05)  # one more has come
    assert run(alarm, due, log, 9.1001) == ["step 9100"]


def test_of_steps_that_were_missed_a_few_are_made_up_for() -> None:
    alarm = Alarm(steps=10)
    due, log = due_of(alarm)
    due.step_while(True, 0.0)
    assert run(alarm, due, log, 0.4001) == ["step 100", "step 200", "step 300", "step 400"]
    assert run(alarm, due, log, 10.05) == ["step 9700 after 92", "step 9800", "step 9900", "step 10000"]
    assert MADE_UP == 3


def test_of_timers_that_were_missed_the_first_run_at_their_times_and_then_late() -> None:
    alarm = Alarm(first=10, every=10)
    due, log = due_of(alarm)
    ran = run(alarm, due, log, 100.0)
    assert ran[:-1] == [f"timer {10 * place}" for place in range(1, MADE_UP_TIMERS + 1)]
    assert ran[-1] == "timer 100000 late"
    assert alarm.next_due == 100_010
    assert due.when == pytest.approx(100.01)


def test_a_timer_that_is_due_earlier_is_noticed() -> None:
    alarm = Alarm(first=5000)
    due, _ = due_of(alarm)
    assert due.decided() is False
    alarm.next_due = 6000
    assert due.decided() is False
    assert due.when == pytest.approx(6.0)
    alarm.next_due = 4000
    assert due.decided() is True
    assert due.when == pytest.approx(4.0)


def test_where_the_clock_is_set_forward_what_was_due_meanwhile_is_due() -> None:
    alarm = Alarm(first=5000)
    log = Order(MemoryCommitLog("dots"), clock := Clock())
    due = DueCauses(alarm, log)
    clock.offset = 100.0
    log.set_time(1.0)
    due.find()
    assert due.when <= 1.0
    assert run(alarm, due, log, 1.0) == ["timer 5000"]


def test_timers_that_run_too_often_rest_and_run_late_and_steps_go_on() -> None:
    alarm = Alarm(first=1000.0, every=0.1, steps=20)  # as no single timer can, but many are
    due, log = due_of(alarm)
    due.step_while(True, 1.0)
    ran, now, rests = list[str](), 1.0, 0
    while now < 5.0:
        before = len(ran)
        ran += run(alarm, due, log, now)
        rests += due.when > now + REST / 2
        assert due.when <= now + REST + 1e-6
        assert len(ran) - before <= MOST_RUNS + MADE_UP + 1
        now = max(due.when, now + 0.001)
    timers = [one for one in ran if one.startswith("timer")]
    assert len(timers) <= MOST_RUNS * 5
    assert any(one.endswith("late") for one in timers)
    assert len(ran) - len(timers) >= 79, "steps rest as well"
    assert rests


def test_what_has_rested_runs_at_its_own_times_again_once_it_has_caught_up() -> None:
    alarm = Alarm(first=1000.0, every=0.1)
    due, log = due_of(alarm)
    for k in range(50):
        run(alarm, due, log, 1.0 + k / 100)
    alarm.next_due, alarm._every = 4000.0, 100.0
    due.find()
    assert due.when == pytest.approx(4.0, abs=1e-5)
    assert run(alarm, due, log, 4.25) == ["timer 4000", "timer 4100", "timer 4200"]


def test_how_far_steps_are_behind_is_kept_until_it_is_forgotten() -> None:
    alarm = Alarm(steps=20)
    due, log = due_of(alarm)
    due.step_while(True, 10.0)
    run(alarm, due, log, 10.05)
    assert due.behind < 2
    run(alarm, due, log, 10.18)  # the step of 10.1 is behind by 80 ms, that of 10.15 by less
    assert due.behind == pytest.approx(80, abs=2)
    run(alarm, due, log, 10.2)
    assert due.behind == pytest.approx(80, abs=2)
    due.behind = 0.0
    run(alarm, due, log, 10.26)
    assert due.behind == pytest.approx(10, abs=2)
