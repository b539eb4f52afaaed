"""The pytest plugin: one test, many seeds."""

import pytest

pytest_plugins = ["pytester"]

MOVES = """
    import pytest

    @pytest.mark.simulation(seeds=3, level="full")
    def test_moves(simulation):
        red, blue = simulation.join("dots", "red"), simulation.join("dots", "blue")
        red.state["x"] = simulation.seed
        simulation.settle()
        assert blue.state["x"] == simulation.seed
        assert simulation.server.store.last() > 0, "it is kept"
"""
FAILS = """
    def test_that_fails(simulation):
        simulation.join("dots", "red")
        assert simulation.seed != 4
"""


def test_a_test_is_run_once_for_each_seed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOVES)
    result = pytester.runpytest_subprocess("-v", "--strict-markers")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*test_moves[[]seed 2]*"])


def test_an_option_gives_the_number_of_seeds(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MOVES)
    pytester.runpytest_subprocess("--simulation-seeds", "5").assert_outcomes(passed=5)


def test_a_test_that_fails_shows_the_last_events(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=19, failed=1)
    result.stdout.fnmatch_lines(
        ["*test_that_fails[[]seed 4]*", "*what happened last in the simulation*", "*red * joins as red at 1"]
    )
