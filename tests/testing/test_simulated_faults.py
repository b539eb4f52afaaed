"""What each fault of a simulated network, or of a player's computer, does."""

from __future__ import annotations

import pytest

import roomcast
from roomcast.core.protocol.limits import Limits
from roomcast.testing import Simulation, Weather
from tests.testing.simulated_players import heard, two


def test_a_dropped_connection_resumes_and_misses_nothing() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    resumed = heard(blue, "resumed")
    simulation.faults.drop(blue)
    for number in range(5):
        red.state["number"] = number
        blue.me["number"] = number
    simulation.settle()
    assert len(resumed) == 1
    assert red.players["blue"]["number"] == blue.state["number"] == 4


def test_a_half_open_connection_is_detected_by_its_silence_from_either_side() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    offline, away = heard(blue, "offline"), heard(red, "away")
    simulation.faults.silence(blue)
    simulation.run(15)
    assert (offline, away) == ([], []), "nobody was told"
    simulation.run(10)
    assert offline == ["the connection was lost"]
    assert away == [], "it was back before the server found out"
    simulation.faults.outage(40)
    simulation.run(35)
    simulation.settle()
    assert {player.id for player in away} == {"red", "blue"}  # type: ignore[attr-defined]  # the server found out
    assert red.players["blue"].here


def test_a_connection_that_is_held_up_delivers_later_than_others() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hold_up(red, 3)
    red.state["last"] = "red"
    simulation.run(0.5)
    blue.state["last"] = "blue"
    simulation.run(1)
    assert blue.state["last"] == "blue"
    simulation.settle()
    assert blue.state["last"] == "red"


def test_when_all_faults_end_what_was_held_up_arrives() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hold_up(red, 3)
    simulation.faults.hold_up(red, 3600)
    red.state["last"] = "red"
    blue.state["first"] = "blue"
    simulation.run(1)
    simulation.settle()
    assert dict(red.state) == dict(blue.state) == {"first": "blue", "last": "red"}
    assert simulation.now < 5
    red.leave()
    simulation.faults.hold_up(red, 20)  # and with it that the program has closed its connection
    simulation.run(3)
    simulation.settle()
    simulation.run(1)
    assert [player.id for player in blue.players] == ["blue"]


@pytest.mark.parametrize("fault", ["hold_up", "hang", "sleep"])
def test_what_lasts_is_over_once_all_has_settled(fault: str) -> None:
    simulation = Simulation()
    red, _ = two(simulation)
    ran: list[float] = []

    @red.everywhere
    def start(player: roomcast.Player) -> None:
        red.after(2, lambda: ran.append(red.time))

    start()
    simulation.run(1)
    getattr(simulation.faults, fault)(red, 20)
    simulation.settle()  # nothing waits to arrive: the timer is due later
    simulation.run(2)
    assert len(ran) == 1


def test_messages_arrive_whole_from_pieces_of_any_size() -> None:
    simulation = Simulation(weather=Weather(pieces=3, window=300))
    red, blue = two(simulation)
    red.state["text"] = "x" * 1000
    simulation.settle()
    assert blue.state["text"] == "x" * 1000


def test_a_program_that_reads_too_slowly_skips_entries_and_is_told() -> None:
    simulation = Simulation(limits=Limits(kept_entries=10, unread=500), weather=Weather(window=500))
    red, blue = two(simulation)
    skipped = heard(blue, "skipped")
    simulation.faults.stop_reading(blue, 8)
    for number in range(100):
        red.state["number"] = number
        simulation.run(0.05)
    simulation.settle()
    assert len(skipped) == 1
    assert blue.state["number"] == 99


@pytest.mark.parametrize("clock_stands", [True, False])
def test_a_laptop_that_slept_for_an_hour_gets_a_new_session(clock_stands: bool) -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    lost = heard(blue, "lost")
    before = blue.machine.clock
    simulation.faults.sleep(blue, 3600, clock_stands=clock_stands)
    simulation.run(3700)
    assert (blue.machine.clock - before < 200) == clock_stands
    simulation.settle()
    assert len(lost) == 1
    assert blue.players["blue"] == blue.me
    assert len(red.players) == 2


def test_a_program_that_hangs_runs_everything_later() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.hang(blue, 10)
    red.state["level"] = 1
    simulation.run(5)
    assert "level" not in blue.state
    simulation.run(6)
    assert blue.state["level"] == 1


def test_a_program_that_crashes_is_away_and_then_gone() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    simulation.faults.crash(blue)
    simulation.run(1)
    assert not red.players["blue"].here
    simulation.run(40)
    assert "blue" not in red.players


def test_of_two_connections_of_one_session_the_newer_wins() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    closed = heard(blue, "closed")
    again = simulation.faults.twin(blue)
    assert again is not None
    again.me["home"] = "new"
    simulation.settle()
    assert closed == ["this session has connected anew from elsewhere"]
    assert red.players["blue"]["home"] == "new"
    assert again.me.id == "blue"


def test_a_program_that_has_run_nothing_yet_has_no_twin() -> None:
    simulation = Simulation()
    blue = simulation.join("dots", "blue", wait=False)
    simulation.faults.hang(blue, 20)
    simulation.run(10)
    blue.joined = True  # as for who passes over the first welcome, for it waits for the world
    assert simulation.faults.twin(blue) is None
    simulation.run(11)
    assert simulation.faults.twin(blue) is not None
    simulation.settle()


def test_what_was_private_before_a_seat_was_taken_again_stays_so_for_who_runs_it_later() -> None:
    simulation = Simulation()
    red = simulation.join("dots", "red")
    simulation.run(1)
    blue = simulation.join("dots", "blue", wait=False)
    simulation.faults.hang(blue, 200)  # it runs nothing yet
    simulation.run(5)
    red.send("whisper", to="blue")
    simulation.run(1)
    simulation.faults.outage(90)
    simulation.run(110)
    log = simulation.server.audit.log_of(simulation.server.directory.rooms["dots"])
    assert log.newest_join("blue") > 2  # it has lost its seat meanwhile, and taken it again
    whispers: list[roomcast.Player] = []
    blue.command("whisper")(lambda player: whispers.append(player))
    simulation.settle()
    assert len(whispers) == 1


def test_the_wall_clock_may_jump() -> None:
    simulation = Simulation()
    red, blue = two(simulation)
    for seconds in (-5000, 9000):
        simulation.faults.set_wall_clock(seconds)
        red.state["at"] = seconds
        simulation.run(1)
    assert blue.state["at"] == 9000
