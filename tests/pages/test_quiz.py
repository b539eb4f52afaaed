"""A quiz for a class: one screen, phones, and somebody in a terminal, driven as people do."""

import json
from collections.abc import Callable, Iterator

import pytest
from websockets.sync.client import connect as open_websocket

from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports
from tests.chromium import DESKTOP, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.ruled_pages import come_in, served
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(12)
GAME = EXAMPLES / "rules" / "quiz"


@pytest.fixture
def game() -> Iterator[RunningServer]:
    with served("quiz") as running:
        yield running


def answer(page: Window, text: str) -> None:
    page.page.locator("#choices button:enabled", has_text=text).click()


def points(page: Window) -> dict[str, int]:
    rows = page.page.locator("#scores li").all()
    return {row.locator("b").inner_text(): int(row.locator("span").last.inner_text()) for row in rows}


def test_a_class_plays_to_the_end(game: RunningServer, open_window: Open) -> None:
    screen, ada, alan = (
        open_window("/quiz", at=game),
        open_window("/quiz", "", PHONE, at=game),
        open_window("/quiz", at=game),
    )
    come_in(screen, "Screen")
    screen.wait_to_read("#address", f":{game.port}/quiz")
    assert screen.page.get_by_role("button", name="Begin").is_hidden()
    come_in(ada, "Ada")
    come_in(alan, "Alan")
    ada.wait_to_read("#says", "Look at the screen")
    screen.wait_to_read("#says", "2 players are here")
    with Program(GAME / "play_quiz.py", "Grace", typed=True, ROOMCAST_SERVER=f"127.0.0.1:{game.port}") as grace:
        grace.line("Waiting")
        screen.wait_to_read("#says", "3 players are here")
        screen.page.get_by_role("button", name="Begin").click()
        for number, (right, typed) in enumerate([("Neptune", 2), ("8", 2), ("Ada Lovelace", 1), ("1", 4)], 1):
            screen.wait_to_read("#place", f"Question {number} of 4")
            answer(ada, right)
            ada.wait_to_read("#says", "Answered")
            answer(alan, "Sirius" if number == 1 else right)
            grace.type(str(typed))
            ada.wait_to_read("#says", "Right!")
            alan.wait_to_read("#says", "Not this one" if number == 1 else "Right!")
            screen.page.locator("#next").click()
        screen.wait_to_read("#says", "Ada won")
        ada.wait_to_read("#says", "You won")
        assert grace.line("Ada wins")
        found = points(screen)
        assert found["Ada"] > found["Alan"] > 0
        assert found["Grace"] > 0
        assert points(alan) == found
        screen.page.get_by_role("button", name="Once more").click()
        screen.wait_to_read("#place", "Question 1 of 4")


def test_a_raw_websocket_learns_nothing_and_cannot_ask(game: RunningServer, open_window: Open) -> None:
    screen, ada = open_window("/quiz", at=game), open_window("/quiz", at=game)
    come_in(screen, "Screen")
    come_in(ada, "Ada")
    with open_websocket(f"ws://127.0.0.1:{game.port}/", subprotocols=["roomcast.1"]) as cheat:  # type: ignore[list-item]
        cheat.send('{"t":"hello","room":"quiz","name":"Eve","v":[1,2]}')
        heard: list[str] = []

        def hear_until(words: str) -> None:
            while not any(words in line for line in heard):
                heard.extend(str(cheat.recv(timeout=20)).splitlines())

        hear_until('"welcome"')
        screen.page.get_by_role("button", name="Begin").click()
        hear_until("Which of these is a planet?")
        answer(ada, "Neptune")
        hear_until('"answered":true')
        cheat.send('{"t":"do","n":1,"c":"next"}')
        hear_until("whoever has the screen asks")
        cheat.send('{"t":"do","n":2,"c":"answer","a":[9]}')
        hear_until("there is no such answer")
        assert not any('"right"' in line or '"gained":9' in line for line in heard)
        cheat.send('{"t":"ask","n":3,"c":"answer","a":[0]}')
        hear_until('"right":1')
    assert all(json.loads(line) for line in heard)


def test_the_lobby_of_a_server_without_other_rooms_offers_nothing_else(
    start_server: Callable[..., RunningServer], open_window: Open
) -> None:
    kinds = RuledKinds(load_classes(GAME / "quiz.py"), MakerReports(lambda why, error: None), only=True)
    lobby = open_window("/", at=start_server(kinds=kinds, site=GAME / "pages"))
    lobby.page.get_by_role("button", name="Play quiz").wait_for()
    buttons = lobby.page.locator("#join button").all()
    assert [button.inner_text() for button in buttons if button.is_visible()] == ["Play quiz"]


@pytest.mark.parametrize(("look", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")])
def test_everybody_can_use_it(game: RunningServer, open_window: Open, look: dict[str, object], scheme: str) -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    screen, ada = (open_window("/quiz", "", look, at=game, color_scheme=scheme, bypass_csp=True) for _ in range(2))
    for page, name in (screen, "Screen"), (ada, "Ada"):
        assert violations(page) == []
        come_in(page, name)
    screen.page.get_by_role("button", name="Begin").click()
    ada.page.locator("#choices button:enabled").first.wait_for()
    assert [violations(page) for page in (screen, ada)] == [[], []]
    answer(ada, "Titan")
    ada.wait_to_read("#says", "Not this one")
    wait_for(lambda: points(screen) == {"Ada": 0}, what="the screen shows the points")
    assert [violations(page) for page in (screen, ada)] == [[], []]
