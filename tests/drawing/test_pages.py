"""The pages about drawing libraries, and what they promise."""

import subprocess
import sys

import pytest

from tests.programs import EXAMPLES, TOP

GAMES = {  # page → game
    "tkinter": "tkinter_tag.py",
    "turtle": "turtle_paths.py",
    "pygame": "pygame_snakes.py",
    "cmu-graphics": "cmu_paint.py",
    "arcade": "arcade_pong.py",
    "textual": "textual_quiz.py",
}


@pytest.mark.parametrize(("page", "game"), GAMES.items())
def test_a_page_shows_its_game_and_its_picture(page: str, game: str) -> None:
    text = (TOP / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    assert f"```{{literalinclude}} ../../examples/drawing/{game}\n" in text
    assert f"$ python {game} Ada" in text
    assert f"](../pictures/drawing-{page}.png)" in text
    assert (TOP / "docs" / "pictures" / f"drawing-{page}.png").exists()


def test_each_game_is_short_and_on_a_page() -> None:
    games = sorted((EXAMPLES / "drawing").glob("*.py"))
    assert {game.name for game in games} == set(GAMES.values())
    for game in games:
        assert len(game.read_text(encoding="utf-8").splitlines()) < 80, game.name


def test_roomcast_itself_imports_none_of_the_libraries() -> None:
    source = """
import sys, roomcast, roomcast.client.tk_pump
print({"tkinter", "turtle", "pygame", "cmu_graphics", "arcade", "pyglet", "textual"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
