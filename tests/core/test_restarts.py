"""A server restarts: those who were there give their world to those who come afterwards."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.testing import SimulatedRoom, Simulation


def counting(simulation: Simulation, name: str) -> tuple[SimulatedRoom, list[int]]:
    """A program whose own state are the numbers that it has heard."""
    room, heard = simulation.join("dots", name, wait=False), []

    @room.command("number")
    def number(player: object, value: int) -> None:
        heard.append(value)

    @room.world
    def world() -> list[int]:
        return heard

    @world.load
    def load(saved: list[int]) -> None:
        heard[:] = saved

    return room, heard


@pytest.mark.parametrize("crashes", [False, True])
@pytest.mark.parametrize("stay", [1, 2])
def test_a_newcomer_begins_with_the_world_of_those_who_stayed(stay: int, crashes: bool) -> None:
    simulation = Simulation(7, level=Level.FULL, limits=Limits(kept_entries=20))
    there = [counting(simulation, name) for name in ("Ada", "Alan")[:stay]]
    simulation.settle()
    for value in range(50):
        there[0][0].send("number", value)
        simulation.run(0.1)
    if crashes:
        simulation.faults.crash_server()
    else:
        simulation.faults.restart_server()
    simulation.settle()
    for value in range(50, 100):  # of the world that was kept, the log has forgotten what follows
        there[0][0].send("number", value)
    simulation.settle()
    _, heard = counting(simulation, "Eve")
    simulation.settle()
    assert heard == list(range(100))
