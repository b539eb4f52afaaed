"""A page looks on while a recording runs again: it shows those who were there, and says why it cannot join in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import Browser, Window
from tests.cli.replaying import Replaying
from tests.client.recordings import do, joined, write

pytestmark = pytest.mark.takes(10)


@pytest.fixture
def replaying(tmp_path: Path) -> Iterator[Replaying]:
    moves = [do(number + 3, "move", 5, 0, by="blue", after=number / 20) for number in range(20)]
    file = write(tmp_path / "dots.jsonl", joined(1, "red", seed="5eed"), joined(2, "blue"), *moves)
    program = Replaying(file)
    yield program
    program.end()


def test_the_dots_that_were_there_move_again(browser: Browser, replaying: Replaying) -> None:
    window = Window(browser, f"127.0.0.1:{replaying.port}", "/dots", "Ada")
    try:
        window.wait_inside()
        window.wait_to_read("#people", "300, 200")  # blue, a hundred further
        assert "red" in window.text("#people")
        assert "Ada" not in window.text("#people")
        window.page.keyboard.press("ArrowRight")
        window.wait_to_read("#notice", "The room 'dots' is a replay: nothing can be sent there.")
        assert window.complaints == []
    finally:
        window.close()


def test_the_post_office_shows_the_recorded_letters(browser: Browser, replaying: Replaying) -> None:
    address = f"127.0.0.1:{replaying.port}"
    window, onlooker = Window(browser, address, "/watch/dots"), None
    try:
        window.wait_to_read("#status", "live")
        onlooker = Window(browser, address, "/dots", "Ada")  # the recording begins when somebody has come
        window.wait_to_read("#whose", "of blue: move(5, 0)")
        facts = window.page.locator("#steps .fact").all_text_contents()
        assert facts[0] == "blue: move(5, 0)"
        assert facts[1:2] + facts[3:] == ["not traced", "to 2 houses", "not traced", "not traced"]
        window.wait_to_read("#entries", "№ 22")
        window.page.locator(".entry", has_text="№ 22").click()
        window.wait_to_read("#letter", "it is a recording that runs")
        slider = window.page.locator("#when")
        slider.focus()
        window.page.keyboard.press("Home")
        window.wait_to_read("#place", "№ 0 of 22: before anything happened")
        window.page.keyboard.press("ArrowRight")
        window.wait_to_read("#summary", "1 player was here at № 1.")
        assert window.complaints == []
    finally:
        for one in (window, onlooker):
            if one is not None:
                one.close()
