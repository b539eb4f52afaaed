"""The rules that hold for every test, and the screen that some of them need."""

import os
import signal
import sys
from collections.abc import Generator, Iterator
from typing import Any

import hypothesis
import pytest

from tests import networks, windows

# Both cores may be busy with other tests' servers: how long one example takes says nothing here.
hypothesis.settings.register_profile("roomcast", deadline=None)
hypothesis.settings.load_profile("roomcast")

# No test speaks to the network that its computer is on: those about finding each other make networks of their own.
os.environ |= {"ROOMCAST_NO_ANNOUNCE": "1", "ROOMCAST_NO_DISCOVERY": "1"}

# Tests start some thousand programs, each of which imports the package: it is compiled once, not by each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell starts what runs in the background (`make test &`) so that it ignores Ctrl-C, and so would all programs that
# tests start. A handler of ours is not handed on to them: they have the system's usual one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The same for the end of a terminal, which nohup has ignored.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")


SHARED_BROWSER = ("pages", "cookbook")  # packages of tests of which each worker runs one file after the other


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where workers share the files, those that take longest start first, so that all workers end together.

    Those of a package that shares a browser follow each other, so that each worker starts it once, not for each file.
    """
    if not hasattr(config, "workerinput"):
        return
    longest: dict[str, float] = {}
    for item in items:
        if (package := _shares_browser(item)) is not None:
            longest[package] = max(longest.get(package, 0.0), _seconds(item))

    def place(item: pytest.Item) -> tuple[float, str, float]:
        package, seconds = _shares_browser(item), _seconds(item)
        return (-seconds, "", 0.0) if package is None else (-longest[package], package, -seconds)

    items.sort(key=place)  # stable: the tests of a file stay together, in their order


def _shares_browser(item: pytest.Item) -> str | None:
    package = item.path.parent.name
    return package if package in SHARED_BROWSER else None


def _seconds(item: pytest.Item) -> float:
    marker = item.get_closest_marker("takes")
    return marker.args[0] if marker else 0.0


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """The name of a screen to open windows on, such as ":3"."""
    if reason := windows.why_not():
        pytest.skip(reason)  # a machine without a screen may still run all other tests
    with windows.screen() as name:
        yield name


@pytest.fixture(scope="session")
def own_networks() -> None:
    """Networks of one's own can be made here: see `tests.networks.lan`."""
    if reason := networks.why_not():
        pytest.skip(reason)


# In CI nothing is skipped: a test that cannot run there is a test that nobody runs.


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _failed_if_skipped((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _failed_if_skipped((yield))


def _failed_if_skipped(report: Any) -> Any:
    # An expected failure is reported as skipped, too, but that test did run.
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"In CI nothing may be skipped, and this was: {reason.removeprefix('Skipped: ')}"
    return report
