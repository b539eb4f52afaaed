"""What is lost and what comes back where a simulated server ends, or its disk fails."""

from __future__ import annotations

import pytest

from roomcast.testing import Simulation
from roomcast.testing.actions import ActionLog
from roomcast.testing.network import End
from roomcast.testing.timeline import Machine
from tests.testing.simulated_players import heard, two


@pytest.mark.parametrize("power", [True, False])
def test_a_room_of_the_level_full_is_back_after_a_crash(power: bool) -> None:
    simulation = Simulation(level="full")
    red, blue = two(simulation)
    red.state["level"] = 3
    simulation.run(1)
    lost = heard(blue, "lost")
    simulation.faults.crash_server(2, power=power)
    simulation.settle()
    assert blue.state["level"] == 3
    assert lost == []


def test_who_waits_for_the_world_is_told_what_a_loss_of_power_has_undone() -> None:
    simulation = Simulation(level="relaxed")
    simulation.join("dots", "red").world(dict).load(lambda world: None)
    blue = simulation.join("dots", "blue")
    simulation.faults.hang(blue, 5)  # so it has run nothing yet
    blue.send("count", 1)
    simulation.run(2)
    simulation.faults.slow_disk((5, 5), 60)
    blue.send("count", 2)
    simulation.run(1)
    assert blue.unacknowledged == 0
    simulation.faults.hold_up(blue, 20)
    blue.world(dict).load(lambda world: None)  # that it asks for it does not arrive
    lost = heard(blue, "lost")
    simulation.faults.crash_server(2, power=True)
    simulation.settle()
    (why,) = lost
    assert "entries that were seen here are undone" in str(why)


@pytest.mark.parametrize("seed", range(6))
def test_a_disk_that_fails_once_a_tick_is_kept_stops_the_rooms_time_there(seed: int) -> None:
    """The room has told no time since the timer was set; what it was about to tell is kept."""
    simulation = Simulation(seed, level="full")
    red, _ = two(simulation)
    red.command("start")(lambda player: red.after(10, print))
    red.send("start")
    simulation.run(5)
    simulation.faults.slow_disk((0.2, 0.2), 60)
    simulation.run(5.3)
    simulation.faults.fail_disk(1)
    simulation.run(3)
    simulation.settle()


def test_of_what_a_crash_has_undone_a_sender_misses_what_it_had_heard_of() -> None:
    simulation = Simulation(level="relaxed")
    _, blue = two(simulation)
    simulation.run(2)
    simulation.faults.slow_disk((5, 5), 60)
    blue.send("mark")
    simulation.run(1)
    simulation.faults.stop_reading(blue, 5)
    for count in range(2):
        blue.send("aim", count, latest=True)  # both are in the log, as far as that goes
        simulation.run(0.2)
    simulation.faults.hang(blue, 10)  # what comes next is run once more has come
    simulation.faults.crash_server(1)
    simulation.run(0.5)
    simulation.settle()
    assert (blue.outdated, blue.unacknowledged) == (1, 0)
    assert blue.view.actions.undone == {0}


def test_a_relaxed_room_reports_what_a_loss_of_power_has_undone() -> None:
    simulation = Simulation(level="relaxed")
    red, blue = two(simulation)
    simulation.run(1)
    lost = heard(blue, "lost")
    simulation.faults.slow_disk((5, 5), 60)
    red.state["level"] = 3
    simulation.run(1)
    assert blue.state["level"] == 3
    simulation.faults.crash_server(power=True)
    simulation.settle()
    assert len(lost) == 1
    assert "1 entries that were seen here are undone" in str(lost[0])
    assert "level" not in blue.state


def test_a_server_that_is_restarted_loses_nothing_that_is_kept() -> None:
    simulation = Simulation(level="relaxed")
    red, blue = two(simulation)
    red.state["level"] = 3
    simulation.faults.restart_server()
    simulation.settle()
    assert blue.state["level"] == 3


def test_a_full_disk_disconnects_everyone_until_it_has_space() -> None:
    simulation = Simulation(level="full")
    red, blue = two(simulation)
    offline = heard(blue, "offline")
    simulation.faults.fail_disk(5)
    red.state["level"] = 3
    simulation.run(3)
    assert offline == ["the disk is full"]
    simulation.settle()
    assert blue.state["level"] == 3


def test_rooms_may_have_levels_of_their_own() -> None:
    simulation = Simulation(level="none", levels={"chess": "full"})
    dots, chess = simulation.join("dots", "red"), simulation.join("chess", "red")
    for room in (dots, chess):
        room.state["level"] = 3
    simulation.run(1)
    simulation.faults.crash_server()
    simulation.settle()
    assert "level" not in dots.state
    assert chess.state["level"] == 3


def test_a_connection_that_a_closing_server_has_not_accepted_ends_with_it() -> None:
    simulation = Simulation()

    class Waiting(End):
        """Waits to be accepted, and notes its end."""

        lost = ""

        def connection_lost(self, why: str) -> None:
            self.lost = why

    client = Waiting(simulation.network, Machine(simulation.timeline))
    simulation.server.connect(client, ActionLog("client"))
    simulation.server.close(down=1.0)
    simulation.run(0.5)
    assert client.lost == "the other end has closed"
    simulation.run(10)
    assert simulation.server.running.peers == {}
