"""A lobby brings together those who suit each other; the longer they wait, the less exactly."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.made_names import read_made_name
from roomcast.errors import Refused
from roomcast.server import Matchmaking
from roomcast.testing import Playtest, playtest


class Lobby(Matchmaking):
    game = "duel"


class Threes(Matchmaking):
    game = "trio"
    players_a_game = 3


def come(game: Playtest, *names: str) -> dict[str, list[str]]:
    """Players who note the rooms that they are told."""
    told: dict[str, list[str]] = {}

    def noted(name: str) -> Callable[..., None]:
        return lambda player, room: told[name].append(room)

    for name in names:
        told[name] = []
        game.join(name).room.command("matched")(noted(name))
    return told


def test_two_of_one_rank_are_told_one_room_that_nobody_guesses() -> None:
    game = playtest(Lobby)
    told = come(game, "Ada", "Alan", "Eve")
    game.Ada.seek(1500, "eu")
    assert game.Eve.players["Ada"]["seeking"] is True
    game.Alan.seek(1520, "eu")
    (room,) = told["Ada"]
    assert told == {"Ada": [room], "Alan": [room], "Eve": []}
    made = read_made_name(room)
    assert made is not None
    assert (made.kind, made.private) == ("duel", True)
    assert not any(room.encode() in frame for frame in game.Eve.received)
    assert game.server.waiting == {}
    assert game.Eve.players["Ada"]["seeking"] is False


def test_each_match_has_a_room_of_its_own() -> None:
    game = playtest(Lobby)
    told = come(game, "Ada", "Alan")
    for _ in range(5):
        game.Ada.seek(1)
        game.Alan.seek(1)
    assert told["Ada"] == told["Alan"]
    assert len(set(told["Ada"])) == 5


def test_limits_widen_with_the_time_that_both_have_waited() -> None:
    game = playtest(Lobby)
    told = come(game, "Ada", "Alan")
    game.Ada.seek(1000)
    game.advance(30)
    game.Alan.seek(1150)
    assert told["Ada"] == [], "Alan has not waited"
    game.advance(9)
    assert told["Ada"] == []
    game.advance(3)
    assert len(told["Ada"]) == 1


def test_another_region_will_do_after_a_while() -> None:
    game = playtest(Lobby)
    told = come(game, "Ada", "Alan")
    game.Ada.seek(1000, "eu")
    game.Alan.seek(1000, "us")
    game.advance(18)
    assert told["Ada"] == []
    game.advance(4)
    assert len(told["Ada"]) == 1


def test_the_nearest_in_rank_play_together() -> None:
    game = playtest(Threes)
    told = come(game, *"abcd")
    for name, rank in (("a", 1000), ("b", 1500), ("c", 1010), ("d", 1020)):
        game.players[name].seek(rank)
    assert told["a"] == told["c"] == told["d"] != []
    assert told["b"] == []


def test_who_stops_drops_or_leaves_waits_no_more() -> None:
    game = playtest(Lobby)
    told = come(game, "Ada", "Alan", "Grace", "Edsger")
    game.Ada.seek(1)
    with pytest.raises(Refused, match="you wait already"):
        game.Ada.seek(1)
    game.Ada.stop()
    game.Alan.seek(1)
    game.Alan.drop()
    game.Grace.seek(1)
    game.Grace.leave()
    game.Edsger.seek(1)
    game.advance(60)
    assert told == {"Ada": [], "Alan": [], "Grace": [], "Edsger": []}
    assert list(game.server.waiting) == ["Edsger"]


@pytest.mark.parametrize("seed", range(5))
def test_at_random_nobody_is_matched_twice_and_all_suit(seed: int) -> None:
    draw = random.Random(seed)
    game = playtest(Threes, seed=seed)
    names = [f"p{n}" for n in range(30)]
    told = come(game, *names)
    ranks: dict[str, float] = {}
    for name in draw.sample(names, len(names)):
        ranks[name] = draw.randrange(2000)
        game.players[name].seek(ranks[name], draw.choice(["eu", "us"]))
        if draw.random() < 0.3:
            game.advance(draw.choice([1, 10, 40]))
    game.advance(250)
    rooms: dict[str, list[str]] = {}
    for name, heard in told.items():
        assert len(heard) <= 1
        for room in heard:
            rooms.setdefault(room, []).append(name)
    assert all(len(players) == 3 for players in rooms.values())
    waiting: dict[str, Any] = game.server.waiting
    assert len(rooms) * 3 + len(waiting) == 30
    assert len(waiting) < 3, "after four minutes nearly any ranks will do"


def test_a_region_is_a_word_and_so_one_who_waits_takes_no_place_from_others() -> None:
    game = playtest(Lobby, "Ada", "Alan")
    with pytest.raises(Refused, match="at most 50 letters"):
        game.Ada.seek(0, "x" * 51)
    game.Ada.seek(0, "x" * 50)
    assert game.Alan.players["Ada"]["seeking"]
