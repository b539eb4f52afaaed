"""State that counts, in the example of clicks and coins: pages and Python programs add and claim at the same moment."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from tests.chromium import DESKTOP, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.pages.conftest import Open
from tests.pages.test_accessibility import AXE, violations
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(12)
CLICKER = EXAMPLES / "clicker"
COINS = 24


@pytest.fixture
def clicker(start_server: Callable[..., RunningServer]) -> RunningServer:
    return start_server(site=CLICKER / "page")


@pytest.fixture
def visitor(clicker: RunningServer) -> Iterator[roomcast.Room]:
    with roomcast.join(clicker.address("clicker"), name="Visitor") as room:
        yield room


def join_in(page: Window, name: str) -> None:
    page.page.fill("input", name)
    page.page.click("text=Join in")
    page.page.locator("#game").wait_for()
    wait_for(lambda: name in page.text("#players"), what=f"{name} is in the room")


def owners(window: Window) -> list[str]:
    return window.page.locator("#coins button").all_inner_texts()


def test_no_click_is_lost_and_each_coin_has_one_owner(
    clicker: RunningServer, open_window: Open, visitor: roomcast.Room
) -> None:
    ada, grace = (open_window("/", at=clicker) for _ in range(2))
    join_in(ada, "Ada")
    join_in(grace, "Grace")
    heard: list[tuple[str, Any, str]] = []

    @visitor.on("set")
    def hear(player: roomcast.Player, patch: dict[str, Any]) -> None:
        heard.extend((key, value, player.id) for key, value in patch.items() if key.startswith("coin"))

    with ExitStack() as stack:
        here = {"ROOMCAST_SERVER": f"127.0.0.1:{clicker.port}"}
        robots = [
            stack.enter_context(Program(CLICKER / "clicker.py", f"Robot{number}", "60", **here)) for number in range(3)
        ]
        for page in (ada, grace):
            page.page.evaluate(
                """() => { for (let i = 0; i < 80; i += 1) {
                document.getElementById("click").click();
                document.querySelectorAll("#coins button")[i % 24].click();
                } }"""
            )
        for robot in robots:
            assert robot.wait() == 0
        lines = [line for robot in robots for line in robot.lines if "clicks" in line]
    assert sorted(line.split(" of ")[0] for line in lines) == [f"Robot{number} has 60 clicks" for number in range(3)]

    total = 3 * 60 + 2 * 80
    pump_until(lambda: visitor.state.get("total") == total, visitor)
    for page in (ada, grace):
        wait_for(lambda page=page: page.text("#total") == str(total), what=f"the page shows {total} clicks")
    winners = {key: value for key, value in visitor.state.items() if key.startswith("coin")}
    assert len(winners) == COINS
    assert sorted(heard) == sorted((coin, owner, owner) for coin, owner in winners.items()), "each was won once"
    assert owners(ada) == owners(grace) == [winners[f"coin {number}"] for number in range(COINS)]
    assert [visitor.players[one]["clicks"] for one in ("Ada", "Grace")] == [80, 80]


def test_two_who_press_at_the_same_moment_begin_one_round(
    clicker: RunningServer, open_window: Open, visitor: roomcast.Room
) -> None:
    ada, grace = (open_window("/", at=clicker) for _ in range(2))
    join_in(ada, "Ada")
    join_in(grace, "Grace")
    ada.page.locator("#coins button").first.click()
    for page in (ada, grace):
        wait_for(lambda page=page: owners(page)[0] == "Ada", what="Ada has the coin")
    press = "document.getElementById('again').click()"
    grace.page.evaluate(f"{press}; {press}")  # the second one, too, expects that nobody has pressed it before
    pump_until(lambda: visitor.state.get("round") == 2, visitor)
    visitor.state.compare_and_set("round", None, 9)
    visitor.state.compare_and_set("round", 2, 3)
    visitor.state.compare_and_set("round", 2, 4)
    visitor.state["after"] = True
    pump_until(lambda: "after" in visitor.state, visitor)
    assert visitor.state["round"] == 3
    ada.wait_to_read("#round", "3")
    for page in (ada, grace):
        wait_for(lambda page=page: owners(page) == [""] * COINS, what="the coins are free again")


@pytest.mark.skipif(not AXE.exists(), reason="not installed: axe-core; type: make test, on a computer with npm")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("look", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_is_for_everyone(
    clicker: RunningServer, open_window: Open, visitor: roomcast.Room, look: dict[str, Any], theme: str
) -> None:
    page = open_window("/", "", look, at=clicker, color_scheme=theme, bypass_csp=True)
    assert violations(page) == []
    join_in(page, "Ada")
    visitor.state.claim("coin 3", visitor.me.id)
    wait_for(lambda: owners(page)[3] == "Visitor", what="the visitor has a coin")
    assert violations(page) == []
    assert not page.sticks_out()
    page.page.focus("#click")
    page.page.keyboard.press("Enter")
    wait_for(lambda: page.text("#total") == "1", what="a key clicks, too")
