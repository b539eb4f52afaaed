"""Pages of races: people say that they are ready, see how long it is until it begins, and run."""

from collections.abc import Iterator

import pytest

import roomcast
from tests.chromium import DESKTOP, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.integration.ruled_server import ruled_server
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES

pytestmark = pytest.mark.takes(15)
RACE = EXAMPLES / "rules" / "race"


@pytest.fixture
def game() -> Iterator[RunningServer]:
    with ruled_server(RACE / "race.py", site=RACE / "pages") as running:
        yield running


def come_in(page: Window, name: str) -> None:
    page.page.get_by_label("Your name").fill(name)
    page.page.get_by_role("button", name="Run with whoever waits").click()
    page.page.locator("#game").wait_for()


def press(page: Window, name: str) -> None:
    page.page.get_by_role("button", name=name).click()


def test_two_pages_begin_when_both_are_ready(game: RunningServer, open_window: Open) -> None:
    ada, alan, eve = (open_window("/race", at=game) for _ in range(3))
    come_in(ada, "Ada")
    ada.wait_to_read("#says", "Waiting for others")
    come_in(alan, "Alan")
    press(ada, "I am ready")
    alan.wait_to_read("#runners", "ready")
    press(ada, "Not yet, after all")
    press(ada, "I am ready")
    press(alan, "I am ready")
    ada.wait_to_read("#says", "It begins in")
    ada.wait_to_read("#says", "Go!")
    come_in(eve, "Eve")
    assert eve.text("#room") != ada.text("#room"), "that race has begun: she waits for another one"
    for _ in range(20):
        press(alan, "Step!")
    alan.wait_to_read("#says", "You have won!")
    ada.wait_to_read("#says", "Alan has won")
    ada.wait_to_read("#says", "Waiting until all are ready")


def test_a_page_runs_against_a_program(game: RunningServer, open_window: Open) -> None:
    page = open_window("/race", at=game)
    come_in(page, "Ada")
    with roomcast.join_or_create(game.address("race"), "Alan") as alan:
        page.wait_to_read("#runners", "Alan")
        alan.send("ready")
        press(page, "I am ready")
        pump_until(lambda: alan.state["phase"] == "playing", alan)
        for _ in range(20):
            alan.send("step")
        page.wait_to_read("#says", "Alan has won")
        pump_until(lambda: alan.state["phase"] == "over", alan)


@pytest.mark.parametrize(("look", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_everybody_can_use_it(game: RunningServer, open_window: Open, look: dict[str, object], scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    ada, alan = (open_window("/race", "", look, at=game, color_scheme=scheme, bypass_csp=True) for _ in range(2))
    assert violations(ada) == []
    come_in(ada, "Ada")
    come_in(alan, "Alan")
    assert violations(ada) == []
    press(ada, "I am ready")
    press(alan, "I am ready")
    ada.wait_to_read("#says", "Go!")
    assert violations(ada) == []
