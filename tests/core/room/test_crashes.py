"""A server that crashes with any part of it on disk: what each level promises is kept.

The simulator checks it while it runs, and in the end (`roomcast.testing.promises`): in a full room nobody sees what
is not on disk, every snapshot is a fold, a loss is told with its exact count, and what is acknowledged is kept.
"""

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.testing import MemoryStore, SimulatedRoom, Simulation

KEPT = [Level.RELAXED, Level.FULL]
NEVER = (1e9, 1e9)  # seconds that a disk takes which writes only what a test lets it


def world(level: Level, players: int = 2) -> tuple[Simulation, list[SimulatedRoom], MemoryStore]:
    """Players who are in, and a disk that writes when it is told."""
    simulation = Simulation(level=level, limits=Limits(rate=1000, burst=1000))
    rooms = [simulation.join("dots", f"player{number}") for number in range(players)]
    simulation.settle()
    simulation.server.disk.delay = NEVER
    return simulation, rooms, simulation.server.store


def doings(simulation: Simulation, rooms: list[SimulatedRoom]) -> None:
    """Two players do things, and some are refused."""
    for count in range(4):
        for room in rooms[:2]:
            room.send("mark", count)
            (room.state if count % 2 else room.me)["count"] = count
        rooms[count % 2].send("mark", to="nobody")
        simulation.run(0.1)


def steps_to_write(level: Level) -> int:
    """How many things the disk has to write after `doings`."""
    simulation, rooms, store = world(level)
    doings(simulation, rooms)
    return store.waits


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power lost"])
@pytest.mark.parametrize("level", KEPT)
def test_the_server_may_crash_with_any_part_of_it_written(level: Level, power: bool) -> None:
    for written in range(steps_to_write(level) + 1):
        simulation, rooms, store = world(level)
        doings(simulation, rooms)
        store.save(written)
        if written % 2:
            simulation.run(0.1)  # they see it
        store.write(3)  # … and some is on its way to the disk
        simulation.faults.crash_server(power=power)
        simulation.settle()
        for room in rooms:
            assert room.view.sessions == 1
            if level is Level.FULL:
                assert len(room.view.actions.confirmed) == 8
                assert room.view.actions.reported_lost == 2, "all but what was refused"


@pytest.mark.parametrize("level", KEPT)
def test_a_crash_after_a_crash_undoes_no_more_than_it_says(level: Level) -> None:
    simulation, rooms, store = world(level, 3)
    late = rooms[2]
    simulation.faults.sleep(late, 60)  # it has seen the first epoch only
    for written in (3, 0, 5, 1):
        doings(simulation, rooms)
        store.save(written)
        simulation.run(0.1)
        simulation.faults.crash_server()
        simulation.run(6)
    simulation.settle()
    assert simulation.counts["fault: server killed"] == 4


def test_a_full_room_has_all_of_it_wherever_its_server_crashes_again_and_again() -> None:
    simulation, rooms, store = world(Level.FULL)
    for crash in range(30):
        for room in rooms:
            room.send("mark", crash)
        simulation.run(0.1)
        store.save(crash % 4)
        simulation.run(0.1)
        simulation.faults.crash_server(0.1, power=crash % 3 == 0)
        simulation.run(25 if crash % 3 == 0 else 1)
    simulation.settle()
    for room in rooms:
        assert len(room.view.actions.confirmed) == 30
        assert (room.view.sessions, room.view.actions.reported_lost) == (1, 0)


@pytest.mark.parametrize("level", KEPT)
def test_a_disk_that_fails_again_and_again_keeps_what_was_acknowledged(level: Level) -> None:
    simulation, rooms, store = world(level)
    for failure in range(10):
        doings(simulation, rooms)
        store.save(failure)
        simulation.run(0.1)
        simulation.faults.fail_disk(3)
        simulation.run(6)
    simulation.settle()
    assert simulation.counts["fault: disk full"] == 10
    for room in rooms:
        assert room.view.sessions == 1
