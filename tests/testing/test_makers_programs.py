"""Programs of makers in simulated rooms: their commands may have any name, their own state may be anything."""

from __future__ import annotations

from roomcast.core.room.commit_log import Level
from roomcast.testing import SimulatedRoom, Simulation


def counting(room: SimulatedRoom) -> list[object]:
    """A program whose own state is a list of what it has heard."""
    heard: list[object] = []

    @room.command("number")
    def number(player: object, value: int) -> None:
        heard.append(value)

    @room.world
    def world() -> list[object]:
        return heard

    @world.load
    def load(saved: list[object]) -> None:
        heard[:] = saved

    return heard


def test_commands_may_be_called_timer_and_stop() -> None:
    simulation = Simulation(3)
    ada, alan = (simulation.join("dots", name) for name in ("Ada", "Alan"))
    for room in (ada, alan):
        room.on("timer")(lambda player, *what: None)
        room.on("stop")(lambda player, *what: None)
    for name in ("timer", "stop"):
        ada.send(name)
        ada.send(name, 1, "x")
    simulation.settle()
    simulation.faults.silence(alan)
    simulation.faults.crash_server()
    simulation.settle()
    assert ada.seq == alan.seq


def test_a_world_may_be_any_json_in_a_room_that_opens_again() -> None:
    simulation = Simulation(3, level=Level.FULL)
    heard = counting(simulation.join("dots", "Ada", wait=False))
    simulation.settle()
    for value in range(20):
        simulation.present[0].send("number", value)
    simulation.run(40)  # by then the room has asked for the world
    simulation.faults.restart_server()
    simulation.settle()
    assert heard == list(range(20))
    newcomer = counting(simulation.join("dots", "Alan", wait=False))
    simulation.settle()
    assert newcomer == heard


def test_a_simulation_settles_also_at_the_moment_in_which_a_program_with_a_world_is_let_in() -> None:
    simulation = Simulation(3)
    room = simulation.join("dots", "Ada", wait=False)
    counting(room)
    while not room.joined:
        simulation.timeline.step()
    simulation.settle()
    assert room.seq == 1
