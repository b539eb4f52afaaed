"""The time of a simulation, and that of each simulated computer."""

from __future__ import annotations

from roomcast.testing.timeline import Machine, Timeline


def test_calls_run_in_the_order_of_their_time_then_of_their_scheduling() -> None:
    timeline, done = Timeline(), []
    timeline.call_later(2, done.append, "c")
    timeline.call_later(1, done.append, "a")
    timeline.call_later(1, done.append, "b")
    timeline.run_until(1.5)
    assert (done, timeline.now) == (["a", "b"], 1.5)


def test_a_sleeping_machine_runs_its_calls_when_it_wakes_up_and_an_ended_program_none() -> None:
    timeline, done = Timeline(), []
    machine = Machine(timeline)
    machine.call_later(1, lambda: done.append(timeline.now))
    machine.sleep(10)
    timeline.run_until(20)
    assert done == [10]
    machine.call_later(1, done.append, "never")
    machine.end()
    machine.sleep(60, clock_stands=True)  # it is off
    machine.start()
    timeline.run_until(100)
    assert done == [10]
    assert machine.clock == 1100, "and its clock has not jumped"
