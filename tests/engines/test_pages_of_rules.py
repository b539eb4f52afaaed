"""Pages of rooms with rules in Firefox and WebKit, from the lobby to the end; tests/pages has them in Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import pytest

import roomcast
from tests.engines.browsers import ENGINES
from tests.engines.engine import Tab, ask
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.ruled_pages import served
from tests.waiting import wait_for

pytestmark = [pytest.mark.takes(30), pytest.mark.timeout(180)]

MARGIN = 30.0  # seconds for something to be seen
SHOWN = """
  const found = [...document.querySelectorAll(args[0])].filter((one) => one.checkVisibility());
  return found.map((one) => one.innerText);
"""
PLACE = """
  const found = [...document.querySelectorAll(args[0])].filter((one) => one.checkVisibility() && !one.disabled);
  const one = found.find((one) => one.innerText.includes(args[1]));
  one?.scrollIntoView({ block: "center", behavior: "instant" });
  const { x, y, width, height } = one?.getBoundingClientRect() ?? {};
  return one ? [x + width / 2, y + height / 2] : null;
"""


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def tab(request: pytest.FixtureRequest) -> Iterator[Tab]:
    """One browser for all tests of an engine."""
    why_not, opened = ENGINES[request.param]
    if reason := why_not():
        pytest.skip(reason)
    with opened() as tab:
        yield tab


def shown(tab: Tab, selector: str) -> list[str]:
    """The texts of what is to be seen."""
    found: list[str] = ask(tab, SHOWN, selector)
    return found


def wait_to_read(tab: Tab, selector: str, words: str) -> None:
    wait_for(
        lambda: any(words in one for one in shown(tab, selector)), MARGIN, f"{words!r} is to be read at {selector}"
    )


def click(tab: Tab, selector: str, words: str = "") -> None:
    """Click, with the mouse, on the first that can be clicked and has these words."""
    place = wait_for(lambda: ask(tab, PLACE, selector, words), MARGIN, f"{selector} with {words!r} can be clicked")
    tab.drag(tuple(place), tuple(place))


def come_in(tab: Tab, server: RunningServer, kind: str, button: str) -> None:
    """From the lobby, by the name of the kind."""
    tab.go(f"http://127.0.0.1:{server.port}/")
    click(tab, "#join button", f"Play {kind}")
    wait_for(lambda: ask(tab, "return location.pathname").startswith(f"/{kind}"), MARGIN, f"the page of {kind}")
    wait_for(lambda: shown(tab, "#who"), MARGIN, "the page asks for a name")
    ask(tab, "document.querySelector('#who').value = 'Ada'")
    click(tab, "#door button", button)
    wait_for(lambda: shown(tab, "#game"), MARGIN, "the game is there")


def test_tic_tac_toe_is_played_to_the_end(tab: Tab) -> None:
    with served("tic_tac_toe") as server:
        come_in(tab, server, "tictactoe", "Play")
        wait_to_read(tab, "#says", "Waiting for a second player")
        with roomcast.join(server.address("tictactoe"), name="Alan") as alan:
            for who, cell in zip(cycle(["Ada", "Alan"]), [4, 0, 2, 8, 6], strict=False):
                if who == "Alan":
                    pump_until(lambda: alan.state["turn"] == "O", alan)
                    alan.send("place", cell)
                else:
                    wait_to_read(tab, "#says", "Your turn")
                    click(tab, f"#board button:nth-of-type({cell + 1})")
            wait_to_read(tab, "#says", "You win!")
            pump_until(lambda: alan.state["result"] == "X", alan)
            assert ask(tab, "return document.querySelectorAll('#board .won').length") == 3
            click(tab, "button", "Another round")
            pump_until(lambda: alan.state["board"] == [""] * 9, alan)
            wait_to_read(tab, "#says", "Alan is thinking")
        tab.go("about:blank")


def test_a_quiz_is_played_to_the_end(tab: Tab) -> None:
    with (
        served("quiz") as server,
        roomcast.join(server.address("quiz"), name="Screen") as screen,
    ):
        pump_until(lambda: screen.state.get("screen") == "Screen", screen)
        come_in(tab, server, "quiz", "Come in")
        wait_to_read(tab, "#says", "Look at the screen")
        for number, right in enumerate(["Neptune", "16", "Ada Lovelace", "1"], 1):
            screen.send("next")
            wait_to_read(tab, "#place", f"Question {number} of 4")
            click(tab, "#choices button", right)
            wait_to_read(tab, "#says", "Not this one" if number == 2 else "Right!")
            pump_until(lambda: screen.state["phase"] == "shown", screen)
        screen.send("next")
        wait_to_read(tab, "#says", "You won")
        pump_until(lambda: screen.players["Ada"]["score"] > 3 * 500, screen)
        tab.go("about:blank")
