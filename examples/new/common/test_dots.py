"""Several players in one test, without a network: run it with `python -m pytest`.

Each test runs 20 times, each time with other delays and failures of a simulated network.
"""

from dots import Dots


def test_everyone_sees_the_same_even_if_connections_break(simulation):
    red, blue = Dots(simulation.join("my-game", "red")), Dots(simulation.join("my-game", "blue"))
    for _ in range(5):
        red.step("right")
        blue.step("up")
        simulation.run(1, faults=1)
    late = Dots(simulation.join("my-game", "late"))
    simulation.settle()
    assert red.dots() == blue.dots() == late.dots()
    assert len(red.dots()) == 3


def test_a_step_moves_my_own_dot(simulation):
    red, blue = Dots(simulation.join("my-game", "red")), Dots(simulation.join("my-game", "blue"))
    simulation.settle()
    (_, _, x, y), blues = blue.dots()
    red.step("right")
    simulation.settle()
    assert blue.dots() == [("red", red.colour, x + 10, y), blues]


def test_each_has_a_colour_of_its_own(simulation):
    players = [Dots(simulation.join("my-game", f"player{number}")) for number in range(5)]
    simulation.settle()
    assert len({colour for _, colour, _, _ in players[0].dots()}) == 5


def test_a_wave_reaches_everyone(simulation):
    red, blue = Dots(simulation.join("my-game", "red")), Dots(simulation.join("my-game", "blue"))
    red.wave()
    simulation.settle()
    assert red.news == blue.news == "red waves"
