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


# ---------------------------------------------------------------------- parties


class Fours(Matchmaking):
    game = "team"
    players_a_game = 4


def gather(game: Playtest, first: str, *others: str) -> str:
    """These become a party; returns its ticket."""
    ticket: str = game.players[first].gather()
    for one in others:
        assert game.players[one].gather(ticket) == ticket
    return ticket


def test_a_party_is_matched_whole() -> None:
    game = playtest(Fours)
    told = come(game, "Ada", "Alan", "Eve", "Bob", "Joan")
    gather(game, "Ada", "Alan", "Eve")
    game.Ada.seek(1500)
    assert [game.Bob.players[one]["seeking"] for one in ("Ada", "Alan", "Eve", "Bob")] == [True, True, True, False]
    gather(game, "Bob", "Joan")
    game.Bob.seek(1500)
    assert told["Ada"] == [], "they are five, and four play"
    game.Joan.stop()
    game.Joan.gather()
    game.Joan.seek(1500)
    (room,) = told["Joan"]
    assert told == {one: [] if one == "Bob" else [room] for one in told}
    assert not any(player["seeking"] for player in game.Bob.players)


def test_who_is_next_in_rank_and_too_many_is_passed_over() -> None:
    game = playtest(Fours)
    told = come(game, *"ABCDEF")
    gather(game, "A", "B", "C")
    gather(game, "D", "E")
    game.A.seek(1500)
    game.D.seek(1501)
    game.F.seek(1502)
    assert [name for name, rooms in told.items() if rooms] == ["A", "B", "C", "F"]


def test_a_party_that_changes_seeks_no_more() -> None:
    game = playtest(Fours)
    come(game, "Ada", "Alan", "Eve")
    ticket = gather(game, "Ada", "Alan")
    for change in (game.Alan.drop, game.Eve.leave):
        game.Ada.seek(1)
        if change == game.Eve.leave:
            game.Eve.gather(ticket)
            assert game.Ada.players["Ada"]["seeking"] is False, "one more is of it"
            game.Ada.seek(1)
        change()
        assert game.server.waiting == {}
        assert game.Ada.players["Ada"]["seeking"] is False
    assert game.server.parties == {ticket: ["Ada"]}
    game.Ada.leave()
    game.join("Joan")
    assert (game.server.parties, game.server.tickets) == ({}, {})


def test_tickets_that_do_not_fit_are_refused_with_a_reason() -> None:
    game = playtest(Lobby)
    come(game, "Ada", "Alan", "Eve")
    ticket = gather(game, "Ada", "Alan")
    with pytest.raises(Refused, match="a party is of 2 at most: so many play a game"):
        game.Eve.gather(ticket)
    with pytest.raises(Refused, match="you are of that party already"):
        game.Ada.gather(ticket)
    with pytest.raises(Refused, match="there is no such party any more"):
        game.Eve.gather("guessed")
    assert not any(ticket.encode() in frame for frame in game.Eve.received)


def test_who_is_of_a_party_hears_who_else_is() -> None:
    game = playtest(Fours)
    come(game, "Ada", "Alan")
    heard: list[list[str]] = []
    game.Ada.room.command("gathered")(lambda player, players: heard.append(list(players)))
    ticket = gather(game, "Ada", "Alan")
    game.Alan.gather()
    assert heard == [["Ada"], ["Ada", "Alan"], ["Ada"]]
    assert len(ticket) > 20


@pytest.mark.parametrize("seed", range(10))
def test_at_random_parties_are_never_parted_and_games_are_full(seed: int) -> None:
    draw, game = random.Random(seed), playtest(Fours, seed=seed)
    names = [f"P{number}" for number in range(16)]
    told = come(game, *names)
    seen = 0
    for _ in range(120):
        player = game.players[draw.choice(names)]
        what = draw.choice(["gather", "with", "with", "seek", "seek", "stop"])
        tickets = list(game.server.parties)
        before = {name: list(rooms) for name, rooms in told.items()}
        together = [set(party) for party in game.server.parties.values()]
        try:
            if what == "with" and tickets:
                player.gather(draw.choice(tickets))
            elif what != "with":
                player.ask(what, *([1000 + draw.randrange(60)] if what == "seek" else []))
        except Refused:
            continue
        new = {rooms[-1]: {one for one in names if told[one][-1:] == rooms[-1:]} for name, rooms in told.items()
               if len(rooms) > len(before[name])}  # fmt: skip
        for players in new.values():
            seen += 1
            assert len(players) == 4
            assert all(party <= players or not party & players for party in together)
        waiting = [one for seeker in game.server.waiting.values() for one in seeker["players"]]
        assert len(waiting) == len(set(waiting))
        assert {player.id for player in game.server.players if player["seeking"]} == set(waiting)
    assert seen
