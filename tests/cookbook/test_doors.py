"""Pages that ask for a name: on a slow network, too, nobody is faster than the page's script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.integration.conftest import RunningServer
from tests.pages.conftest import Open
from tests.programs import EXAMPLES
from tests.waiting import wait_for

SCRIPTS = ["cursors/board/board.js", "quiz/phone/quiz.js", "robot/remote/remote.js"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_there_is_no_button_before_somebody_hears_it(
    start_server: Callable[..., RunningServer], open_window: Open, script: str
) -> None:
    file = EXAMPLES / "cookbook" / script
    page = open_window("/", at=start_server(site=file.parent)).page
    on_their_way: list[Route] = []
    page.route(f"**/{file.name}", lambda route: on_their_way.append(route))
    page.reload(wait_until="commit")
    page.wait_for_function("document.readyState === 'interactive'")
    wait_for(lambda: page.title() and on_their_way, what="the page is there, and its script is not")
    assert page.locator("form").count() > 0
    assert page.get_by_role("button").count() == 0
    for route in on_their_way:
        route.continue_()
    page.fill("input", "Ada")
    page.click("text=Join in")
    page.locator("form").first.wait_for(state="hidden")
    page.locator("#inside, #board, main:not([hidden])").first.wait_for()
    assert "?" not in page.url
    page.goto("about:blank")
