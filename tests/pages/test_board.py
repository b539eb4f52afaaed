"""The drawing board, in browsers."""

import json
import math
from collections.abc import Callable

import pytest

from roomcast import Room
from tests.chromium import PATIENCE, PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.pages.sight import colour, wait_to_see
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)

INK = (0x21, 0x30, 0x2B)  # --pen-0 on a light board
CARD = (0xFF, 0xFD, 0xF9)


def draw(window: Window, *corners: tuple[float, float]) -> None:
    """With the mouse, from corner to corner; places are shares of the board's sides."""
    box = window.page.locator("#stage").bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    window.page.mouse.move(*points[0])
    window.page.mouse.down()
    for point in points[1:]:
        window.page.mouse.move(*point, steps=2)
    window.page.mouse.up()


def test_what_one_draws_all_see_and_newcomers_too(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace", PHONE)
    ada.wait_inside()
    grace.wait_inside()
    ada.page.get_by_role("button", name="Broad").click()
    draw(ada, (0.2, 0.5), (0.8, 0.5))
    for window in ada, grace:
        window.wait_to_read("#summary", "1 stroke")
        wait_to_see(window, 0.5, 0.5, INK)
    draw(grace, (0.1, 0.1), (0.1, 0.9))
    ada.wait_to_read("#summary", "2 strokes (1 by you, 1 by Grace)")
    late = open_window("/board", "Alan")
    late.wait_to_read("#summary", "On the board: 2 strokes (1 by Ada, 1 by Grace).")
    wait_to_see(late, 0.5, 0.5, INK)
    wait_to_see(late, 0.5, 0.3, CARD)


def test_others_see_a_stroke_while_it_is_being_drawn(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    grace.wait_inside()
    ada.page.get_by_role("button", name="Broad").click()
    box = ada.page.locator("#stage").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    ada.page.mouse.move(box["x"] + box["width"] * 0.2, middle)
    ada.page.mouse.down()

    def has_come() -> bool:
        ada.page.mouse.move(box["x"] + box["width"] * 0.6, middle)
        ada.page.mouse.move(box["x"] + box["width"] * 0.8, middle)
        return colour(grace, 0.5, 0.5) == INK

    wait_for(has_come, PATIENCE, "Grace sees the stroke that Ada is drawing")
    assert "empty" in grace.text("#summary")  # it is not done yet
    ada.page.mouse.up()
    grace.wait_to_read("#summary", "1 stroke (1 by Ada)")


def test_a_stroke_that_is_never_finished_goes_with_its_player(
    open_window: Open, server: RunningServer, enter: Callable[..., Room]
) -> None:
    red, ada = enter("red", room="board"), open_window("/board", "Ada")
    ada.wait_inside()
    red.send("draw", "stroke 1", 0, 24, "gTgPolfgT")  # nobody's hand, but points all the same
    red.send("draw", "stroke 2", 0, 24, "not points!")
    red.send("draw", {}, None, "x")
    red.leave()
    ada.wait_to_read("#news", "red has left.")
    assert "empty" in ada.text("#summary")


def test_one_undoes_ones_own_last_stroke(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    grace.wait_inside()
    draw(ada, (0.1, 0.1), (0.9, 0.1))
    draw(ada, (0.1, 0.2), (0.9, 0.2))
    draw(grace, (0.1, 0.3), (0.9, 0.3))
    ada.wait_to_read("#summary", "2 by you, 1 by Grace")
    ada.page.get_by_role("button", name="Undo").click()
    grace.wait_to_read("#summary", "2 strokes")
    ada.page.keyboard.press("Control+z")
    grace.wait_to_read("#summary", "1 stroke (1 by you)")
    ada.page.keyboard.press("Control+z")  # Grace's is not Ada's to undo
    grace.page.keyboard.press("Control+z")
    ada.wait_to_read("#summary", "The board is empty")


def test_clearing_asks_first(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada"), open_window("/board", "Grace")
    ada.wait_inside()
    draw(ada, (0.1, 0.1), (0.9, 0.1))
    grace.wait_to_read("#summary", "1 stroke")
    grace.page.get_by_role("button", name="Clear", exact=True).click()
    grace.page.keyboard.press("Escape")
    grace.page.get_by_role("button", name="Clear", exact=True).click()
    grace.page.get_by_role("button", name="Keep it").click()
    assert "1 stroke" in ada.text("#summary")
    grace.page.get_by_role("button", name="Clear", exact=True).click()
    grace.page.get_by_role("button", name="Clear it").click()
    ada.wait_to_read("#summary", "The board is empty")
    wait_to_see(ada, 0.5, 0.1, CARD)


def test_keys_draw(open_window: Open) -> None:
    ada, grace = open_window("/board", "Ada", leaps=True), open_window("/board", "Grace")
    ada.wait_inside()
    ada.page.locator("#stage").focus()
    for key in ["ArrowLeft", " ", *["Shift+ArrowRight"] * 3, "ArrowUp", "Enter"]:
        ada.page.keyboard.press(key)
    grace.wait_to_read("#summary", "1 stroke (1 by Ada)")
    ada.wait_to_read("#news", "Pen up.", leap=4)


def test_a_full_board_says_so_and_goes_on_when_there_is_room(
    open_window: Open, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server(room_state=600)
    ada, grace = open_window("/board", "Ada", at=server), open_window("/board", "Grace", at=server)
    ada.wait_inside()
    grace.wait_inside()
    for row in range(1, 9):
        zigzag = [(0.1 + 0.1 * column, row / 10 + 0.05 * (column % 2)) for column in range(9)]
        draw(ada, *zigzag)
    ada.wait_to_read("#notice", "The board is full")
    ada.page.get_by_role("button", name="All right").click()
    there = server.ask(lambda: len(server.directory.rooms["board"].state.shared))
    ada.wait_to_read("#summary", f"On the board: {there} strokes ({there} by you)")
    assert 0 < there < 8
    wait_to_see(grace, 0.5, 0.8, CARD)  # nothing is left of what did not fit
    ada.page.keyboard.press("Control+z")
    ada.wait_to_read("#summary", f"{there - 1} by you")
    draw(ada, (0.1, 0.1), (0.9, 0.1))
    ada.wait_to_read("#summary", f"{there} by you")
    for row in range(1, 9):
        draw(ada, (0.1, row / 10), (0.5, row / 10 + 0.05), (0.9, row / 10))
    ada.page.get_by_role("button", name="Clear the board").click()
    ada.page.get_by_role("button", name="Clear it").click()
    ada.wait_to_read("#summary", "The board is empty")


def test_a_long_drawing_fits_into_shared_state(open_window: Open, server: RunningServer) -> None:
    ada = open_window("/board", "Ada")
    ada.wait_inside()
    circle = [(0.5 + 0.3 * math.cos(step / 10), 0.5 + 0.3 * math.sin(step / 10)) for step in range(100)]
    draw(ada, *circle)
    ada.wait_to_read("#summary", "1 stroke")
    (stroke,) = server.ask(lambda: list(server.directory.rooms["board"].state.shared.values()))
    assert len(json.dumps(stroke)) < 1000


def test_what_strangers_put_into_shared_state_harms_no_board(open_window: Open, enter: Callable[..., Room]) -> None:
    red = enter("red", room="board")
    nonsense: list[object] = [None, 1, "x", [], {}, {"by": 1}, {"by": "red", "c": 0, "w": 1e300, "p": "gTgP"}]
    nonsense += [{"by": "red", "c": -7, "w": 5, "p": "_" * 50}, {"by": "red", "c": 1, "w": 5, "p": "A" * 30_000}]
    for number, hostile in enumerate(nonsense):
        red.state[f"stroke {number}"] = hostile
        red.state[f"picture {number}"] = hostile
    red.state["picture x"] = {
        "by": "<b>",
        "name": "<img onerror=1>",
        "x": 1e9,
        "y": 0,
        "w": 9,
        "h": 9,
        "size": 1,
        "sha": "0",
    }
    red.send("want", "picture x")
    red.send("want", {})
    red.send("picture", "picture x", "no bytes")
    ada = open_window("/board", "Ada")
    ada.wait_to_read("#pictures", "<img onerror=1>")
    draw(ada, (0.1, 0.1), (0.9, 0.1))
    ada.wait_to_read("#summary", "by you")
