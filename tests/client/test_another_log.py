"""What a program still runs of a log that is over is not taken for the log that came after it."""

from roomcast.testing.simulation import Simulation


def test_hashes_of_a_log_that_is_over_are_not_compared_with_those_of_the_new_one() -> None:
    simulation = Simulation()
    ada, alan = simulation.join("dots", "Ada"), simulation.join("dots", "Alan")
    for room in (ada, alan):
        room.check(lambda room=room: dict(room.state.items()), every=5)
    simulation.faults.hang(alan, 20)
    for level in (1, 2):
        for _ in range(20):
            ada.state["level"] = level
        simulation.run(1)
        if level == 1:
            simulation.faults.crash_server()
            simulation.run(9)  # … and both are in the new room, of which Alan has run nothing
    told: list[int] = []
    ada.on("desync")(lambda seq, players: told.append(seq))
    simulation.run(12)  # Alan goes on, and is compared
    simulation.settle()
    assert told == []
    assert alan.state["level"] == 2
