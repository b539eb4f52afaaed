"""The players of `roomcast bench`, against a real server: what they count is what happened."""

import pytest

from roomcast.loadtest import load
from roomcast.loadtest.server_process import serving
from roomcast.loadtest.workloads import Step, Workload

pytestmark = pytest.mark.takes(15)


def test_every_copy_is_counted_by_players_in_two_processes() -> None:
    workload = Workload("X", "two rooms of three", rooms=2, players=3, senders=3)
    seen: list[Step] = []
    with serving() as server:
        outcome = load.run(server, workload, processes=2, seconds=0.5, rate=1200, on_step=seen.append)
    (step,) = outcome.steps
    assert seen == [step]
    assert (step.commands, step.copies, step.expected, step.whole) == (200, 600, 600, True)
    assert 0 < step.p50 <= step.p99 <= step.p999 <= step.most
    assert outcome.trouble == ""


def test_private_commands_reach_their_recipients_and_nobody_else() -> None:
    workload = Workload("X", "two rooms of six, private to two", rooms=2, players=6, senders=6, to=2)
    with serving() as server:
        outcome = load.run(server, workload, processes=2, seconds=0.5, rate=600)
    (step,) = outcome.steps
    assert (step.commands, step.copies, step.expected, step.whole) == (100, 300, 300, True)


def test_recipients_of_private_commands_rotate_over_everyone_but_the_sender() -> None:
    workload = Workload("X", "two rooms of six, private to two", rooms=2, players=6, senders=6, to=2)
    reached: dict[int, set[int]] = {}
    for number in range(120):
        recipients = workload.recipients(number)
        assert len(set(recipients)) == 2
        reached.setdefault(workload.sender(number), set()).update(recipients)
    everyone = [set(range(6)), set(range(6, 12))]
    assert reached == {sender: everyone[sender // 6] - {sender} for sender in range(12)}


def test_patches_count_as_copies_too() -> None:
    workload = Workload("X", "one room of four", rooms=1, players=4, senders=4, patches=True)
    with serving() as server:
        outcome = load.run(server, workload, processes=1, seconds=0.5, rate=800)
    (step,) = outcome.steps
    assert step.whole
    assert 0 < step.copies == step.expected


def test_newcomers_are_timed_while_the_others_play() -> None:
    workload = Workload("X", "arrivals", rooms=2, players=2, senders=2, newcomers=30)
    with serving() as server:
        outcome = load.run(server, workload, processes=2, seconds=0.5, rate=200)
    (step,) = outcome.steps
    assert (step.copies, step.whole) == (100, True)
    assert outcome.arrivals is not None
    assert outcome.arrivals["count"] == 30
    assert 0 < outcome.arrivals["p50"] <= outcome.arrivals["most"] <= outcome.arrivals["all"]


def test_idle_connections_are_held_and_weighed() -> None:
    workload = Workload("X", "idle", rooms=4, players=5, senders=0, idle=True)
    with serving() as server:
        outcome = load.run(server, workload, processes=1, seconds=0.1)
    assert outcome.held == 20
    assert outcome.memory is None or outcome.memory > 0


def test_the_highest_rate_is_searched_and_its_limits_are_told() -> None:
    workload = Workload("X", "one room of two", rooms=1, players=2, senders=2)
    with serving(["--rate", "50", "--burst", "5"]) as server:  # far below what any computer holds
        outcome = load.run(server, workload, processes=1, seconds=0.3)
    assert outcome.highest is not None
    assert outcome.highest < 1000
    assert all(step.whole for step in outcome.steps)
    assert [step.rate for step in outcome.steps] == sorted(step.rate for step in outcome.steps)
