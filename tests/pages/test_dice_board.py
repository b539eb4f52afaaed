"""The example of a board game: windows and pages play one game with the room's dice; who comes later sees all of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from tests.chromium import DESKTOP, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window as TkWindow

pytestmark = pytest.mark.takes(15)
DICE = EXAMPLES / "dice"


@pytest.fixture
def table(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(site=DICE / "page")


@pytest.fixture
def play(display: str, table: RunningServer) -> Iterator[Callable[[str], tuple[Program, TkWindow]]]:
    """play("Ada") → her program, and its window."""
    with ExitStack() as stack:

        def start(name: str) -> tuple[Program, TkWindow]:
            here = {"ROOMCAST_SERVER": f"127.0.0.1:{table.port}", "DISPLAY": display}
            program = stack.enter_context(Program(DICE / "dice.py", name, **here))
            return program, TkWindow.titled(display, f"^dice: {name}")

        yield start


def join_in(window: Window, name: str, players: int) -> None:
    window.page.fill("input", name)
    window.page.click("text=Join in")
    wait_for(lambda: window.page.locator("#order li").count() == players, what=f"{players} players are in the game")


def news(window: Window) -> list[str]:
    """The oldest first."""
    found: list[str] = window.page.locator("#news li").all_text_contents()
    return found[::-1]


def test_windows_and_pages_play_one_game_and_who_comes_later_sees_all_of_it(
    table: RunningServer, open_window: Open, play: Callable[[str], tuple[Program, TkWindow]]
) -> None:
    ada, adas = play("Ada")
    page = open_window("/", at=table)
    join_in(page, "Grace", 2)
    while not any("wins" in line for line in news(page)) or len(news(page)) < 30:
        before = len(news(page))
        adas.press("space")
        page.page.evaluate("document.getElementById('roll').click()")
        wait_for(lambda before=before: len(news(page)) > before, what="somebody has rolled")
    late = open_window("/", at=table)
    join_in(late, "Late", 3)
    bob, _ = play("Bob")
    played = news(page)
    wait_for(lambda: ada.lines == bob.lines == news(late) == played, what="all have seen the same game")
    with roomcast.join(table.address("dice"), name="Judge") as judge:
        for _ in range(100):  # after one of these, all say a hash of their state
            judge.send("look")
        wait_for(lambda: judge.pump(wait=0.01) < 0 or not judge.unacknowledged, what="all is there")
    newest = wait_for(lambda: table.ask(lambda: hashes(table)), what="two windows and two pages have said theirs")
    assert len(set(newest)) == 1


def hashes(table: RunningServer) -> list[str] | None:
    """What the four players have said of their states after the newest entry at which all have."""
    found = [list(place.hashes.values()) for place in table.directory.rooms["dice"]._checks._places.values()]
    return next((one for one in reversed(found) if len(one) == 4), None)


def test_only_whose_turn_it_is_may_roll(table: RunningServer, open_window: Open) -> None:
    ada, grace = (open_window("/", at=table) for _ in range(2))
    join_in(ada, "Ada", 1)
    join_in(grace, "Grace", 2)
    with roomcast.join(table.address("dice"), name="Eve") as eve:
        eve.send("roll")
        wait_for(lambda: eve.pump(wait=0.01) < 0 or not eve.unacknowledged, what="it has come back")
        assert grace.page.is_disabled("#roll")
        ada.page.click("#roll")
        grace.page.wait_for_selector("#roll:enabled")
        assert [line.split(" rolls")[0] for line in news(ada)] == ["Ada"]
        assert news(ada) == news(grace)


@pytest.mark.skipif(not AXE.exists(), reason="not installed: axe-core; type: make test, on a computer with npm")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_for_everyone(table: RunningServer, open_window: Open, look: dict[str, Any], theme: str) -> None:
    page = open_window("/", "", look, at=table, color_scheme=theme, bypass_csp=True)
    assert violations(page) == []
    join_in(page, "Ada", 1)
    page.page.focus("#roll")
    page.page.keyboard.press("Enter")
    wait_for(lambda: len(news(page)) == 1, what="a key rolls, too")
    assert violations(page) == []
    assert not page.sticks_out()
