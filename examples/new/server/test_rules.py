"""The room and its players in one test, without a server: run it with `python -m pytest`."""

import pytest
from rules import NEAR, Game

from roomcast import Refused
from roomcast.testing import playtest


def test_a_step_moves_who_called_and_everyone_sees_it():
    game = playtest(Game, "red", "blue")
    x, y = game.blue.players["red"]["at"]
    game.red.step("right")
    assert list(game.blue.players["red"]["at"]) == [x + 10, y]
    assert list(game.red.players["blue"]["at"]) == [x, y]


def test_nobody_walks_through_a_wall():
    game = playtest(Game, "red")
    for _ in range(20):
        game.red.step("up")
    with pytest.raises(Refused, match="there is a wall"):
        game.red.step("up")
    assert game.red.players["red"]["at"][1] == 0


def test_who_reaches_the_coin_has_a_point_and_there_is_another_coin():
    game = playtest(Game, "red", "blue", seed=1)
    found = []
    game.blue.room.command("found")(lambda player: found.append(player.name))
    coin = list(game.red.state["coin"])
    for axis, ways in enumerate((("left", "right"), ("up", "down"))):
        while abs(coin[axis] - game.red.players["red"]["at"][axis]) > NEAR and not found:
            game.red.step(ways[coin[axis] > game.red.players["red"]["at"][axis]])
    assert found == ["red"]
    assert game.blue.players["red"]["score"] == 1
    assert list(game.red.state["coin"]) != coin


def test_each_has_a_colour_of_its_own():
    game = playtest(Game, *[f"player{number}" for number in range(8)])
    assert len({player["colour"] for player in game.player0.players}) == 8
