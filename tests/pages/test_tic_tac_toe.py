"""A room with rules and its page, in the example of tic-tac-toe: people click, the room decides."""

import json
import time
from collections.abc import Iterator
from itertools import cycle

import pytest
from websockets.sync.client import connect as open_websocket

from tests.chromium import DESKTOP, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.ruled_pages import come_in, served
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)
GAME = EXAMPLES / "rules" / "tic_tac_toe"


@pytest.fixture
def game() -> Iterator[RunningServer]:
    with served("tic_tac_toe") as running:
        yield running


def click(page: Window, cell: int) -> None:
    """Click on a cell as soon as one may; it is a mark of ours when the room says so."""
    button = page.page.locator("#board button").nth(cell)
    button.click()
    wait_for(lambda: button.get_attribute("data-mark"), what=f"cell {cell} is taken")


def marks(page: Window) -> str:
    """The board, row by row: X, O, or - for a free cell."""
    buttons = page.page.locator("#board button").all()
    return "".join(button.get_attribute("data-mark") or "-" for button in buttons)


def test_two_pages_play_to_the_end_and_begin_again_and_a_third_looks_on(game: RunningServer, open_window: Open) -> None:
    ada, alan, eve = (open_window("/tictactoe", at=game) for _ in range(3))
    come_in(ada, "Ada")
    ada.wait_to_read("#says", "Waiting for a second player")
    ada.wait_to_read("#address", f":{game.port}/tictactoe")
    assert ada.page.locator("#code").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    come_in(alan, "Alan")
    come_in(eve, "Eve")
    alan.wait_to_read("#says", "Ada is thinking")
    assert ada.page.locator("#invitation").is_hidden()
    assert eve.page.locator("#board button:enabled").count() == 0
    for page, cell in zip(cycle([ada, alan]), [4, 0, 2, 6, 8, 3], strict=False):
        page.wait_to_read("#says", "Your turn")
        click(page, cell)
    alan.wait_to_read("#says", "You win!")
    for page in (ada, eve):
        page.wait_to_read("#says", "Alan wins")
        wait_for(lambda page=page: marks(page) == "O-XOX-O-X")
        assert page.page.locator("#board .won").count() == 3
    assert [item.inner_text().split() for item in ada.page.locator("#seats li").all()] == [["You", "0"], ["Alan", "1"]]
    assert eve.page.get_by_role("button", name="Another round").is_hidden()
    ada.page.get_by_role("button", name="Another round").click()
    alan.wait_to_read("#says", "Your turn")
    ada.page.reload()  # the same player is back, in its seat
    come_in(ada, "Ada")
    ada.wait_to_read("#says", "Alan is thinking")
    game.ask(lambda: game.directory.kick("tictactoe", "Alan", time.monotonic()))
    alan.wait_to_read("#notice", "The room is closed for you")
    eve.wait_to_read("#says", "Your turn")  # it has the seat
    assert marks(eve) == "---------"


def test_a_page_plays_against_a_terminal_and_an_observer_sees_what_everyone_sees(
    game: RunningServer, open_window: Open
) -> None:
    watching = open_window("/watch/tictactoe", at=game)
    watching.wait_to_read("#status", "live")
    with Program(GAME / "play_tic_tac_toe.py", "Ada", typed=True, ROOMCAST_SERVER=f"127.0.0.1:{game.port}") as terminal:
        terminal.line("You are X", 60)
        alan = open_window("/tictactoe", at=game)
        come_in(alan, "Alan")
        for typed, cell in ((1, 3), (2, 4)):
            alan.wait_to_read("#says", "Ada is thinking")
            terminal.type(str(typed))
            alan.wait_to_read("#says", "Your turn")
            click(alan, cell)
        terminal.type("3")
        alan.wait_to_read("#says", "Ada wins")
        wait_for(lambda: any("You win!" in line for line in list(terminal.lines)), what="the terminal says so")
        assert marks(alan) == "XXXOO----"
        terminal.type("")  # Enter
        alan.wait_to_read("#says", "Your turn")
    watching.wait_to_read("#entries", '"result":"X"')
    watching.wait_to_read("#entries", "the rules: the room’s state changes")
    watching.wait_to_read("#entries", "comes in; the rules: ")
    rows = watching.page.locator("#entries .entry:visible")
    watching.page.locator("#filter-kind").select_option("turn")
    wait_for(lambda: all("the rules: the room’s state" in row for row in rows.all_inner_texts()))


def test_a_raw_websocket_that_cheats_is_refused_with_a_reason(game: RunningServer, open_window: Open) -> None:
    ada, alan = (open_window("/tictactoe", at=game) for _ in range(2))
    come_in(ada, "Ada")
    come_in(alan, "Alan")
    ada.wait_to_read("#says", "Your turn")
    cheats = {
        '"do","n":1,"c":"place","a":[4]': "you are looking on: both seats are taken",
        '"do","n":2,"c":"again"': "you are looking on: both seats are taken",
        '"do","n":3,"c":"place","a":["4"]': "cell",
        '"do","n":4,"c":"deal"': "deal",
        '"do","n":5,"c":"join","a":["Ada"]': "join",
        '"set","n":6,"of":"room","p":{"seats":{"X":"Eve","O":"Alan"}}': "",
        '"set","n":7,"of":"me","p":{"wins":99}': "",
        '"ask","n":8,"c":"place","a":[4],"by":"Ada"': "you are looking on",
    }
    with open_websocket(f"ws://127.0.0.1:{game.port}/", subprotocols=["roomcast.1"]) as raw:  # type: ignore[list-item]
        raw.send('{"t":"hello","room":"tictactoe","name":"Eve","v":[2]}')
        raw.send("\n".join(f'{{"t":{cheat}}}' for cheat in cheats))
        errors: dict[int, str] = {}
        while len(errors) < len(cheats):
            for line in str(raw.recv(30)).splitlines():
                message = json.loads(line)
                if message["t"] == "error":
                    errors[message["n"]] = message["message"]
        for n, says in enumerate(cheats.values(), 1):
            assert says in errors[n]
            assert errors[n]
    click(ada, 4)
    alan.wait_to_read("#says", "Your turn")
    assert marks(alan) == "----X----"


def test_the_lobby_leads_to_the_page_of_a_room_with_rules(game: RunningServer, open_window: Open) -> None:
    lobby = open_window("/", at=game)
    lobby.page.get_by_label("Your name").fill("Ada")
    lobby.page.get_by_label("Room", exact=True).fill("7")
    lobby.page.get_by_role("button", name="Play tictactoe").click()
    lobby.page.wait_for_url("**/tictactoe*")
    who = lobby.page.locator("#who")
    wait_for(lambda: who.input_value() == "Ada", what="the page knows the name from the lobby")
    lobby.page.get_by_role("button", name="Play").click()
    lobby.wait_to_read("h1", "tictactoe-7")
    other = open_window("/", at=game)
    other.wait_to_read("#rooms", "tictactoe-7")
    assert [link.inner_text().split()[0] for link in other.page.locator("#rooms a").all()] == ["Play", "Watch"]
    other.page.get_by_role("link", name="Play in the room").click()
    come_in(other, "Alan")
    lobby.wait_to_read("#says", "Your turn")
    code = game.ask(lambda: game.directory.code("tictactoe-7"))
    third = open_window("/", at=game)
    third.wait_to_read("#rooms", code)
    third.page.get_by_label("Room", exact=True).fill(code.lower())
    third.page.get_by_role("button", name="Play dots").click()  # the room is what it is
    third.wait_to_read("h1", "Tic-tac-toe")


@pytest.mark.parametrize(("look", "theme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])
def test_its_page_is_for_everybody(game: RunningServer, open_window: Open, look: dict[str, object], theme: str) -> None:
    if not AXE.exists():
        pytest.skip("not installed: axe-core; type: make test, on a computer with npm")
    ada, alan = (open_window("/tictactoe", "", look, at=game, color_scheme=theme, bypass_csp=True) for _ in range(2))
    assert violations(ada) == []
    come_in(ada, "Ada")
    assert violations(ada) == []
    come_in(alan, "Alan")
    for page, cell in zip(cycle([ada, alan]), [0, 3, 1, 4, 2], strict=False):
        page.wait_to_read("#says", "Your turn")
        click(page, cell)
    ada.page.wait_for_timeout(200)  # the last mark has grown: while it does, it is pale
    assert violations(ada) == []
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
