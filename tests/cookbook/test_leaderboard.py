"""The leaderboard: programs in terminals, a page for all, and scores that outlive the server."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import roomcast
from tests.chromium import Window
from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(5)
RECIPE = EXAMPLES / "cookbook" / "leaderboard"


def rows(board: Window) -> list[str]:
    """What is to be read in the page, line by line, such as "Ada 0.123 s off"."""
    return [" ".join(text.split()) for text in board.page.locator("#board li").all_inner_texts()]


def names(board: Window) -> list[str]:
    return [row.split()[0] for row in rows(board)]


def attempt(program: Program, number: int, while_counting: Callable[[], object] = lambda: None) -> tuple[float, str]:
    """Press Enter twice: how many seconds that is off, and what the program says to it. `number` counts from 0."""
    program.type("")
    wait_for(lambda: len(program.all_lines("Go!")) == number + 1, what="the program counts")
    while_counting()
    program.type("")

    def results() -> list[str]:
        return [line for line in program.lines if "seconds off" in line]

    wait_for(lambda: len(results()) == number + 1, what="the program has measured")
    found = re.match(r"([\d.]+) seconds off[:;] (.*)\. Enter for another try:$", results()[number])
    assert found
    return float(found[1]), found[2]


def test_the_nearest_lead_in_the_page_also_after_a_restart(
    open_window: Open, start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    kept = tmp_path / "scores.db"
    server = start_server(site=RECIPE / "board", keep=kept)
    board = open_window("/", at=server)
    script, address = RECIPE / "ten_seconds.py", f"127.0.0.1:{server.port}"
    with (
        roomcast.join(server.address("ten-seconds"), name="Visitor") as visitor,
        Program(script, "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
        Program(script, "Grace", typed=True, ROOMCAST_SERVER=address) as grace,
    ):
        ada.line("Press Enter")
        grace.line("Press Enter")
        off, words = attempt(ada, 0)
        assert 8 < off <= 10  # the two keys came one right after the other
        assert words == "place 1"
        wait_for(lambda: rows(board) == [f"Ada {off:.3f} s off"], what="the page shows it")

        # While Grace counts, a name comes to the board, which is not taken for HTML.
        joke = "<b>Mallory</b>"

        def others() -> None:
            visitor.state.merge({"best": {joke: 0.004}})
            wait_for(lambda: joke in names(board), what="the page shows the visitor")

        _, words = attempt(grace, 0, others)
        assert words in ("place 2", "place 3")
        wait_for(lambda: sorted(names(board)) == sorted([joke, "Ada", "Grace"]), what="the page shows all three")
        assert names(board)[0] == joke
        assert rows(board)[0].endswith("0.004 s off")
        offs = [float(row.split()[-3]) for row in rows(board)]
        assert offs == sorted(offs)

        # Only the best counts: nobody is ten seconds off twice, so here a better score is there already.
        visitor.state.merge({"best": {"Ada": 0.5}})
        wait_for(lambda: "Ada 0.500 s off" in rows(board), what="the page shows the better score")
        _, words = attempt(ada, 1)
        assert words == "you have done better (0.500)"
        ada.end_input()
        assert ada.wait() == 0
        before = rows(board)
    board.page.goto("about:blank")  # else it would go on asking for a server that is gone
    server.stop()

    again = open_window("/", at=start_server(site=RECIPE / "board", keep=kept))
    wait_for(lambda: rows(again) == before, what="the scores are there after a restart")
    assert "Ada 0.500 s off" in before
