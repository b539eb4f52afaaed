"""The game of ships: its rules, as a maker would test them."""

import math
import runpy

import pytest

from roomcast import Refused
from roomcast.testing import Playtest, playtest
from tests.programs import EXAMPLES

SHIPS = runpy.run_path(str(EXAMPLES / "rules" / "ships.py"))


@pytest.fixture
def game() -> Playtest:
    return playtest(SHIPS["Ships"], "Ada", "Alan", seed=3)


def place(game: Playtest, name: str) -> tuple[float, float]:
    player = game.players[name].room.me
    return player["x"], player["y"]


def test_nobody_is_too_fast_in_any_direction(game: Playtest) -> None:
    x, y = place(game, "Ada")
    for angle in range(0, 360, 15):
        step = 1.1 * SHIPS["FASTEST"]
        with pytest.raises(Refused, match="too fast"):
            game.Ada.move(step * math.cos(angle), step * math.sin(angle))
    assert place(game, "Ada") == (x, y)


def test_who_shoots_at_what_it_saw_hits_what_has_gone_on_since(game: Playtest) -> None:
    game.Alan.move(-1, 0)
    x, y = place(game, "Alan")
    seen = game.server.time
    for _ in range(10):
        game.advance(0.015)
        game.Alan.move(-6, 0)
    assert place(game, "Alan")[0] <= max(0, x - 6 * 9)
    game.Ada.move(0, 0)  # where everyone is now is noted, too
    assert not game.Ada.shoot(x, y, game.server.time)
    assert game.Ada.shoot(x, y, seen)
    assert game.Ada.room.me["hits"] == 1


def test_nobody_looks_back_further_than_the_rules_say(game: Playtest) -> None:
    game.Alan.move(-1, 0)
    x, y = place(game, "Alan")
    seen = game.server.time
    for _ in range(60):
        game.advance(0.02)
        game.Alan.move(-6 if x > 240 else 6, 0)
    assert not game.Ada.shoot(x, y, seen)


def test_nobody_hits_itself(game: Playtest) -> None:
    game.Ada.move(0, 0)
    assert not game.Ada.shoot(*place(game, "Ada"), game.server.time)
