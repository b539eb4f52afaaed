"""Clients and a server together, over connections that end at any byte: all is done, and once.

The simulator checks it while it runs, and in the end (`roomcast.testing.promises`).
"""

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.testing import SimulatedRoom, Simulation

FAST = Limits(rate=1000, burst=1000)


def two(limits: Limits = FAST) -> tuple[Simulation, SimulatedRoom, SimulatedRoom]:
    simulation = Simulation(limits=limits)
    rooms = simulation.join("dots", "Ada"), simulation.join("dots", "Alan")
    simulation.run(1)
    return simulation, *rooms


def script(ada: SimulatedRoom, alan: SimulatedRoom) -> None:
    """A few doings of two players."""
    for count in range(3):
        ada.send("mark", count)
        ada.me["count"] = count
        alan.send("mark", count)
        alan.state["count"] = count


def sizes() -> tuple[int, int]:
    """How many bytes the script takes on Ada's connection, to the server and from it."""
    simulation, ada, alan = two()
    assert ada.end is not None
    up, down = ada.end.out, ada.end.other.out
    before = up.carried, down.carried
    script(ada, alan)
    simulation.run(1)
    return up.carried - before[0], down.carried - before[1]


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_connection_may_be_cut_after_any_byte_and_all_is_done_once(way: str) -> None:
    for place in range(0, sizes()[way == "down"], 7):
        simulation, ada, alan = two()
        simulation.faults.cut_after(ada, **{way: place})
        script(ada, alan)
        simulation.settle()
        assert simulation.counts["event: resumed"] == 1
        assert (ada.view.sessions, ada.view.actions.reported_lost) == (1, 0)


def test_what_one_does_while_cut_off_is_done_when_it_is_back() -> None:
    simulation, ada, alan = two()
    simulation.faults.drop(ada)
    for count in range(20):
        ada.send("mark", count)
        alan.send("mark", count)
    simulation.settle()
    assert (ada.view.sessions, ada.view.actions.reported_lost) == (1, 0)
    assert len(ada.view.actions.confirmed) == len(alan.view.actions.confirmed) == 20


def test_who_was_away_for_too_long_is_told_what_may_be_lost() -> None:
    simulation, ada, _ = two(Limits(resume_window=20, seat_kept=5))
    simulation.faults.outage(100)  # nothing reaches the server any more
    ada.send("mark", 1)
    simulation.run(60)  # both find out, and the server forgets Ada
    ada.send("mark", 2)
    simulation.settle()
    assert ada.view.sessions == 2
    assert ada.view.actions.reported_lost == 1
    assert list(ada.view.actions.confirmed) == [1], "what was never sent is sent in the new session"


def test_who_skipped_what_it_said_itself_is_not_left_waiting_for_it() -> None:
    simulation, ada, alan = two(Limits(rate=1000, burst=1000, kept_entries=10, unread=300))
    simulation.faults.stop_reading(ada, 20)
    ada.send("mark", 0)
    for count in range(3000):  # more than the network holds for one who does not read
        alan.send("mark", count)
        simulation.run(0.002)
    ada.send("mark", 1)
    simulation.settle()
    assert ada.view.missed >= 1
    assert ada.unacknowledged == 0
