"""The doors of examples' pages: a form that asks for a name.

A form that a script alone hears is hidden until that runs: else its button loads the page anew, without the name.
And who clicks twice comes in once.
"""

import re
from pathlib import Path

import pytest

from tests.pages.conftest import Open
from tests.pages.ruled_pages import served
from tests.programs import EXAMPLES, TOP
from tests.waiting import wait_for

PAGES = [page for page in sorted(EXAMPLES.rglob("*.html")) if "<form" in page.read_text(encoding="utf-8")]


def test_there_are_such_pages() -> None:
    assert len(PAGES) >= 7


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_a_form_is_hidden_until_its_script_runs(page: Path) -> None:
    forms = re.findall(r"<form[^>]*>", page.read_text(encoding="utf-8"))
    assert [form for form in forms if not re.search(r"\shidden\b", form)] == []


@pytest.mark.parametrize(("example", "kind"), [("quiz", "quiz"), ("tic_tac_toe", "tictactoe")])
def test_who_clicks_twice_is_one_player(open_window: Open, example: str, kind: str) -> None:
    with served(example) as server:
        ada, alan = (open_window(f"/{kind}", at=server) for _ in range(2))
        for window, name in (ada, "Ada"), (alan, "Alan"):
            window.page.get_by_label("Your name").fill(name)
            window.page.locator("#door button").dblclick()
            window.page.locator("#game").wait_for()

        def players() -> list[str]:
            return server.ask(lambda: list(server.directory.rooms[kind].state.players))

        wait_for(lambda: "Alan" in players(), what="Alan is there")  # and what Ada has sent before, too
        assert players() == ["Ada", "Alan"]
        for window in (ada, alan):
            window.page.goto("about:blank")
