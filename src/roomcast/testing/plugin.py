"""The pytest plugin: a test that takes the fixture `simulation` runs once for each of several seeds.

    @pytest.mark.simulation(seeds=50, level="full")
    def test_everyone_sees_the_same(simulation): ...

The mark is optional. `pytest --simulation-seeds 1000` tries more seeds. A test that fails shows the simulation's last
events.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation

SEEDS = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("roomcast")
    group.addoption(
        "--simulation-seeds", type=int, metavar="N", help=f"number of seeds for each simulated test (default: {SEEDS})"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"simulation(seeds={SEEDS}, **settings): arguments of `Simulation`, and the number of seeds"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "simulation" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("simulation")
        seeds = metafunc.config.getoption("--simulation-seeds")
        seeds = seeds or (mark.kwargs.get("seeds", SEEDS) if mark else SEEDS)
        metafunc.parametrize("simulation", range(seeds), indirect=True, ids=lambda seed: f"seed {seed}")


@pytest.fixture
def simulation(request: pytest.FixtureRequest) -> Simulation:
    """A new simulation for each seed: see `roomcast.testing.Simulation`."""
    from roomcast.testing.simulation import Simulation  # imported late: other tests need none of it

    mark = request.node.get_closest_marker("simulation")
    settings: dict[str, Any] = dict(mark.kwargs) if mark else {}
    settings.pop("seeds", None)
    return Simulation(request.param, **settings)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    simulated = getattr(item, "funcargs", {}).get("simulation")
    if report.failed and simulated is not None and hasattr(simulated, "story"):
        report.sections.append(("what happened last in the simulation", simulated.story()))
    return report
