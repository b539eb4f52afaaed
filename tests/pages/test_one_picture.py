"""What pages show follows the order of the room alone: after a loss or a skip, and where two act at the same moment."""

from collections.abc import Callable

import pytest

from roomcast import Room
from tests.chromium import PATIENCE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.test_board import draw
from tests.pages.test_mailing import choose, orange
from tests.pages.watching import see, watch
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)

PLACES = """() => Object.fromEntries([...document.querySelectorAll("#people li")].map((line) => [
  line.querySelector(".wrap").textContent.replace(" (you)", ""), line.querySelector(".place").textContent]))"""
STACK = """() => [...document.querySelectorAll("#pictures-layer .picture")].map(
  (one) => one.getAttribute("aria-label").split(",")[0])"""


def agree(windows: list[Window], script: str, count: int) -> object:
    """Wait until all windows show the same, of so many; what it is."""

    def look() -> object:
        seen = [window.page.evaluate(script) for window in windows]
        return seen[0] if len(seen[0]) == count and all(one == seen[0] for one in seen) else None

    return wait_for(look, PATIENCE, "all pages show the same")


def test_dots_agree_after_the_server_was_killed_and_started_without_its_memory(
    open_window: Open, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server()
    names = ["Ada", "Grace", "Joan"]
    windows = [open_window("/dots", name, at=server, leaps=True) for name in names]
    for window in windows:
        window.wait_inside()
    for window, key in zip(windows, ["ArrowLeft", "ArrowRight", "ArrowUp"], strict=True):
        for _ in range(3):
            window.page.keyboard.press(key)
    agree(windows, PLACES, 3)
    server.stop()
    for window, key in zip(windows, ["ArrowDown", "ArrowLeft", "ArrowRight"], strict=True):
        window.wait_to_read("#status", "offline")
        window.page.keyboard.press(key)
    again = start_server(port=server.port)
    for window in windows:  # one after the other: who comes later did not see what the first ones did
        window.wait_to_read("#status", "connected as", leap=6)
    places = agree(windows, PLACES, 3)
    shared = again.ask(
        lambda: {one.name: one.state.get("at") for one in again.directory.rooms["dots"].state.players.values()}
    )
    assert {name: f"{at[0]}, {at[1]}" for name, at in shared.items()} == places, "and so does a newcomer"
    for window in windows:
        window.complaints.clear()  # of connections that could not be made


def test_pictures_put_at_the_same_moment_are_stacked_alike(open_window: Open, server: RunningServer) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    grace.wait_inside()
    ada.context.set_offline(True)
    choose(ada, "ada.png", orange())
    ada.wait_to_read("#news", "is being mailed")
    assert ada.page.evaluate(STACK) == [], "not on the board before the room has it"
    choose(grace, "grace.png", orange())
    grace.wait_to_read("#summary", "1 picture")
    ada.context.set_offline(False)
    late = open_window("/board", "Joan")
    stack = ["Picture grace.png", "Picture ada.png"]
    assert agree([ada, grace, late], STACK, 2) == stack
    for key in "grace.png", "ada.png":
        for window in ada, grace:
            window.page.locator("#pictures li", has_text=key).get_by_role("link", name="Save").wait_for()
    ada.complaints.clear()  # of the connection


STROKES = """() => {
  const canvas = document.getElementById("easel");
  const at = (x, y) => [...canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
  return [at(0.5, 0.5), at(0.2, 0.5), at(0.5, 0.2)];
}"""


def test_strokes_lie_in_the_order_of_the_room_after_a_loss(
    open_window: Open, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server()
    ada, grace = (open_window("/board", name, at=server, leaps=True) for name in ("Ada", "Grace"))
    ada.wait_inside()
    grace.wait_inside()
    for window in ada, grace:
        window.page.get_by_role("button", name="Broad").click()
    ada.page.locator("#colours button").nth(1).click()
    draw(ada, (0.2, 0.5), (0.8, 0.5))
    grace.wait_to_read("#summary", "1 stroke")
    server.stop()
    for window in ada, grace:
        window.wait_to_read("#status", "offline")
    draw(ada, (0.2, 0.5), (0.8, 0.5))  # they cross
    draw(grace, (0.5, 0.2), (0.5, 0.8))
    start_server(port=server.port)
    for window in ada, grace:
        window.wait_to_read("#status", "connected as", leap=6)
        window.wait_to_read("#summary", "2 strokes")
    late = open_window("/board", "Joan", at=server)
    late.wait_to_read("#summary", "2 strokes")
    agree([ada, grace, late], STROKES, 3)
    for window in ada, grace, late:
        window.complaints.clear()  # of connections that could not be made, and of looking at the canvas often


def test_a_row_of_the_post_office_that_was_not_followed_shows_what_is_known(
    open_window: Open, enter: Callable[..., Room], server: RunningServer
) -> None:
    red = enter("red")
    window = watch(open_window)
    red.state["level"] = 2
    see(window, "#entries", "sets the room’s state", red)
    row = window.page.locator(".entry", has_text="sets the room’s state")
    assert "followed" not in (row.get_attribute("class") or "")
    row.click()
    window.page.locator("#letter").wait_for()
    assert "№ 2" in window.text("#letter-title")
    assert "level" in window.text("#letter-inside")
    assert not window.page.locator("#again").is_visible()
    assert window.page.evaluate("document.activeElement.id") == "letter-title"
    red.send("move", 5, 0)
    see(window, ".entry.followed", "move(5, 0)", red)
    window.page.locator(".entry.followed").first.click()
    window.wait_to_read("#letter-title", "move(5, 0)")
    assert window.page.locator("#again").is_visible()
