"""The quiz: a board in a window, and phones whose page the server has."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import roomcast
from tests.chromium import PHONE, Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window as Board
from tests.windows import picture

pytestmark = pytest.mark.takes(8)
RECIPE = EXAMPLES / "cookbook" / "quiz"
FIRST, SECOND, THIRD, FOURTH = (110, 180), (500, 180), (110, 290), (500, 290)  # places in the answers on the board
RED, GREEN, GREY = "#c8402a", "#2f7a4c", "#2b3654"


def join_in(phone: Window, name: str) -> None:
    phone.page.fill("input", name)
    phone.page.click("text=Join in")


def tap(phone: Window, answer: str) -> None:
    """Tap on an answer, until the page shows that it is chosen."""
    phone.page.get_by_role("button", name=answer, exact=True).tap()
    wait_for(lambda: phone.page.locator(".mine").all_inner_texts() == [answer], what=f"{answer} is chosen")


@contextmanager
def counted(board: Board) -> Iterator[None]:
    """After the `with` block, wait until the board counts another number of answers than before."""

    def line() -> bytes:
        left, top, right, _ = board.frame
        return picture(board.display).crop((left, top + 405, right, top + 435)).tobytes()

    before = line()
    yield
    wait_for(lambda: line() != before, what="the board counts an answer")


def test_phones_answer_and_the_board_counts(
    display: str, start_server: Callable[..., RunningServer], open_window: Open
) -> None:
    server = start_server(site=RECIPE / "phone")
    ada, grace = (open_window("/", "", PHONE, at=server) for _ in range(2))
    join_in(ada, "Ada")
    ada.wait_to_read("#news", "Wait for the board.")
    here = {"DISPLAY": display, "ROOMCAST_SERVER": f"127.0.0.1:{server.port}"}
    with (
        roomcast.join(server.address("quiz-show"), name="Visitor") as visitor,
        Program(RECIPE / "board.py", "http://192.0.2.2:8112/", **here) as program,
    ):
        board = Board.titled(display, "^Quiz$")
        board.wait_to_see(*FIRST, RED)
        join_in(grace, "Grace")
        for phone in (ada, grace):
            phone.wait_to_read("#answers", "10")
        assert ada.page.locator("#answers button").all_inner_texts() == ["2", "4", "8", "10"]

        tap(grace, "8")
        tap(grace, "4")  # she changes her mind
        with counted(board):
            tap(ada, "8")
        ada.page.reload()  # the battery; she is the same player, and what she has chosen is chosen
        assert ada.page.input_value("input") == "Ada"
        ada.page.click("text=Join in")
        wait_for(lambda: ada.page.locator(".mine").all_inner_texts() == ["8"], what="Ada has chosen 8")

        board.press("space")
        board.wait_to_see(*FIRST, GREY)
        board.wait_to_see(*THIRD, GREEN)
        ada.wait_to_read("#news", "Right! Points: 1")
        grace.wait_to_read("#news", "Not this time. Points: 0")
        assert grace.page.locator("#answers button:disabled").count() == 4

        board.press("space")
        board.wait_to_see(*FIRST, RED)
        for phone in (ada, grace):
            phone.wait_to_read("#news", "Look at the board, and tap:")
        with counted(board):
            tap(grace, "this computer's")
        board.press("space")
        grace.wait_to_read("#news", "Right! Points: 1")
        ada.wait_to_read("#news", "Not this time. Points: 1")
        board.close()
        assert program.wait() == 0
        assert not [line for line in program.lines if "Error" in line]

        def points() -> object:
            visitor.pump(wait=0.05)
            return visitor.state.get("points")

        wait_for(lambda: points() == {"Ada": 1, "Grace": 1}, what="the points are the room's")

        # A board that starts again goes on with the next question, and with the points.
        with Program(RECIPE / "board.py", **here):
            again = Board.titled(display, "^Quiz$")
            again.wait_to_see(*FOURTH, "#8d3a86")
            ada.wait_to_read("#news", "Look at the board, and tap: Points: 1")
            with counted(again):
                tap(ada, "255")
            again.press("space")
            ada.wait_to_read("#news", "Right! Points: 2")
    for phone in (ada, grace):
        phone.page.goto("about:blank")
