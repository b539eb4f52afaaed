"""What a maker is told in the terminal of `roomcast serve game.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from roomcast.cli.rules_argument import take_rules
from tests.core.fakes import House

GAME = """
from roomcast.server import Room

class Game(Room):
    def on_play(self, player, card: str):
        raise ValueError(f"there is no card {card}")
"""


@pytest.mark.parametrize("card", ["\x1b[2J", "\x9b31m", "a\rb", "\u202e", "\x07"])
def test_what_strangers_send_moves_no_cursor(tmp_path: Path, caplog: pytest.LogCaptureFixture, card: str) -> None:
    file = tmp_path / "game.py"
    file.write_text(GAME, encoding="utf-8")
    kinds = take_rules(file)
    assert kinds is not None
    house = House(kinds=kinds)
    house.join("Ada", "game").do("play", card)
    lines = caplog.text.split("\n")
    assert all(map(str.isprintable, lines))
    assert "Game.on_play failed in the room 'game', where Ada sent play" in caplog.text
    assert any(line.startswith("ValueError: there is no card") for line in lines)
    assert any('raise ValueError(f"there is no card {card}")' in line for line in lines), "the traceback"
