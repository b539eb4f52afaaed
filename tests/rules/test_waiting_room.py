"""Rooms in which players wait: a game begins when enough are ready, or have waited for long enough, and not before."""

from __future__ import annotations

import random
from typing import Any

import pytest

from roomcast import Refused
from roomcast.errors import CannotConnect
from roomcast.server import Player, Reject, Room, TurnRoom, WaitingRoom
from roomcast.testing import Playtest, PlaytestPlayer, playtest


class Race(WaitingRoom):
    max_players = 4

    def on_create(self) -> None:
        self.listing = {"map": "forest"}
        self.games: list[list[str]] = []

    def begin_game(self) -> None:
        self.games.append([player.id for player in self.players])

    def on_over(self, player: Player) -> None:
        self.wait_again()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"min_players": 5, "max_players": 4}, "waits for 5 players, and max_players lets in 4"),
        ({"max_players": 1}, "waits for 2 players, and max_players lets in 1"),
        ({"begin_game": lambda self, player: None}, r"write def begin_game\(self\)"),
    ],
)
@pytest.mark.parametrize("bases", [(WaitingRoom,), (WaitingRoom, TurnRoom), (TurnRoom, WaitingRoom)])
def test_a_class_whose_game_could_never_begin_is_refused(
    bases: tuple[type[Room], ...], body: dict[str, object], why: str
) -> None:
    with pytest.raises(TypeError, match=f"^Game.(min_players|begin_game): .*{why}"):
        type("Game", bases, body)
    type("Fine", bases, {"min_players": 5, "max_players": 5, "begin_game": lambda self: None})
    type("AsManyAsTheServerAllows", bases, {"min_players": 5, "max_players": 0})


def test_a_game_that_begins_is_not_waited_for() -> None:
    """An async function would never run: what calls it does not wait."""
    with pytest.raises(TypeError, match=r"begin_game may not be async: write def, and self\.after"):

        class Game(WaitingRoom):
            async def begin_game(self) -> None: ...  # type: ignore[override]


def waits(player: PlaytestPlayer) -> tuple[str, bool]:
    """The phase, and whether a time is said at which the game begins."""
    return player.state["phase"], player.state["until"] is not None


def test_it_begins_when_all_are_ready_and_the_countdown_is_over() -> None:
    game = playtest(Race, "Ada", "Alan")
    assert waits(game.Ada) == ("waiting", False)
    game.Ada.ready()
    assert waits(game.Ada) == ("waiting", False)
    assert game.Alan.players["Ada"]["ready"] is True
    game.Alan.ready()
    assert waits(game.Ada) == ("starting", True)
    assert 0 < game.Ada.state["until"] - game.Ada.server.time <= Race.countdown
    game.advance(2.5)
    assert game.server.games == []
    game.advance(0.6)
    assert waits(game.Ada) == ("playing", False)
    assert game.server.games == [["Ada", "Alan"]]


def test_nobody_comes_into_a_game_that_has_begun_but_for_the_next_one() -> None:
    game = playtest(Race, "Ada", "Alan")
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    with pytest.raises(CannotConnect, match="lets nobody in any more"):
        game.join("Grace")
    for command in ("ready", "unready", "bot"):
        with pytest.raises(Refused, match="the game has begun"):
            game.Ada.ask(command)
    game.Ada.over()
    assert waits(game.Ada) == ("waiting", False)
    assert [player["ready"] for player in game.Ada.players] == [False, False]
    game.join("Grace").ready()
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    assert game.server.games == [["Ada", "Alan"], ["Ada", "Alan", "Grace"]]


@pytest.mark.parametrize("what", ["unready", "comes", "leaves", "drops"])
def test_a_countdown_ends_where_not_all_are_ready_any_more(what: str) -> None:
    game = playtest(Race, "Ada", "Alan")
    game.Ada.ready()
    game.Alan.ready()
    game.advance(2)
    {
        "unready": game.Alan.unready,
        "comes": lambda: game.join("Grace"),
        "leaves": game.Alan.leave,
        "drops": game.Alan.drop,
    }[what]()
    assert waits(game.Ada) == ("waiting", False)
    game.advance(10)
    assert game.server.games == []


def test_who_is_away_is_not_waited_for_and_has_to_be_ready_anew() -> None:
    game = playtest(Race, "Ada", "Alan", "Grace")
    for player in (game.Ada, game.Alan, game.Grace):
        player.ready()
    game.advance(1)
    game.Grace.drop()
    assert waits(game.Ada) == ("starting", True), "two are here, and ready"
    game.Grace.come()
    game.Grace.unready()
    assert waits(game.Ada) == ("waiting", False)


def test_a_countdown_goes_on_where_nothing_has_changed_for_it() -> None:
    game = playtest(Race, "Ada", "Alan", "Grace")
    for player in (game.Ada, game.Alan, game.Grace):
        player.ready()
    until = game.Ada.state["until"]
    game.advance(1)
    game.Grace.leave()
    game.Ada.ready()
    assert game.Ada.state["until"] == until


class Impatient(Race):
    kind = "race"
    longest_wait = 20.0


def test_who_is_never_ready_holds_up_nobody_for_longer_than_the_class_says() -> None:
    game = playtest(Impatient, "Ada")
    game.advance(30)
    assert waits(game.Ada) == ("waiting", False), "one is not enough"
    alan = game.join("Alan")
    assert waits(game.Ada) == ("waiting", True)
    game.advance(15)
    alan.ready()
    game.Ada.ready()
    assert waits(game.Ada) == ("starting", True)
    game.Ada.unready()
    assert waits(game.Ada) == ("waiting", True)
    game.advance(6)
    assert game.server.games == [["Ada", "Alan"]], "that she changes her mind gains her no time"


def test_who_is_on_the_way_with_a_party_is_waited_for() -> None:
    game = playtest(Race)
    ada, alan = game.join_or_create("Ada", party=3), game.join_or_create("Alan")
    ada.ready()
    alan.ready()
    assert waits(ada) == ("waiting", False)
    game.advance(20)
    assert ada.server.games == []
    grace = game.join("Grace", ada.room.name, party=ada.room.party_ticket)
    grace.ready()
    game.advance(5)
    assert waits(ada) == ("waiting", False), "one more may come"
    game.advance(12)
    assert ada.server.games == [["Ada", "Alan", "Grace"]], "nobody did, and the seat is free again"


# ---------------------------------------------------------------------- bots


class Filled(Race):
    kind = "race"
    bots = 3


def test_bots_are_wanted_once_all_are_ready_and_while_seats_are_empty() -> None:
    game = playtest(Filled, "Ada")
    assert "bots" not in game.server.listing
    game.Ada.ready()
    assert game.server.listing == {"map": "forest", "bots": 2}
    bot = game.join("Bot")
    assert "bots" not in game.server.listing, "it is not ready yet"
    bot.bot()
    assert game.server.listing == {"map": "forest", "bots": 1}
    assert waits(game.Ada) == ("starting", True)
    assert game.Ada.players["Bot"]["bot"] is True
    game.advance(3.1)
    assert game.server.games == [["Ada", "Bot"]]
    assert game.server.listing == {"map": "forest"}


def test_a_game_does_not_begin_with_bots_alone() -> None:
    game = playtest(Filled, "Ada", "Bot", "Marvin")
    game.Bot.bot()
    game.Marvin.bot()
    game.Ada.ready()
    assert waits(game.Bot) == ("starting", True)
    game.Ada.leave()
    assert waits(game.Bot) == ("waiting", False)
    assert "bots" not in game.server.listing
    game.advance(10)
    assert game.server.games == []


def test_bots_stay_ready_for_the_next_game() -> None:
    game = playtest(Filled, "Ada", "Bot")
    game.Bot.bot()
    game.Ada.ready()
    game.advance(3.1)
    game.Ada.over()
    assert {player.id: player["ready"] for player in game.Ada.players} == {"Ada": False, "Bot": True}


# ---------------------------------------------------------------------- with other rules, kept, at random


class Sticks(WaitingRoom, TurnRoom):
    def on_join(self, player: Player) -> None:
        if player.name == "Eve":
            raise Reject("not you")
        super().on_join(player)

    def begin_game(self) -> None:
        self.begin()

    def on_take(self, player: Player) -> None:
        self.check_turn(player)
        self.game_over(winner=player.id)
        self.after(5, self.wait_again)


def test_it_goes_with_a_game_by_turns() -> None:
    game = playtest(Sticks, "Ada", "Alan")
    with pytest.raises(Refused, match="the game has not begun"):
        game.Ada.take()
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    assert (game.Ada.state["phase"], game.Ada.state["turn"]) == ("playing", "Ada")
    game.Ada.take()
    assert game.Ada.state["phase"] == "over"
    game.advance(5.1)
    assert waits(game.Ada) == ("waiting", False)
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    game.Alan.leave()
    assert game.Ada.state["result"] == {"winner": "Ada", "left": "Alan"}


class Members(Room):
    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
        return {"rank": len(name)}

    def on_join(self, player: Player, auth: dict[str, Any]) -> None:
        player["rank"] = auth["rank"]


def test_it_goes_with_a_room_whose_on_join_takes_what_on_auth_has_returned() -> None:
    class MembersRace(WaitingRoom, Members):
        pass

    assert playtest(MembersRace, "red").red.sees("red") == {"ready": False, "rank": 3}


@pytest.mark.parametrize("hook", ["on_join", "on_drop", "on_reconnect", "on_leave"])
def test_a_hook_that_would_not_be_waited_for_is_found(hook: str) -> None:
    async def waits(self: Any, player: Player) -> None:
        raise Reject("nobody may come")

    slow = type("Slow", (Room,), {hook: waits})
    with pytest.raises(TypeError, match=rf"SlowRace: Slow\.{hook} is async, and nobody would wait for it: write it in"):
        type("SlowRace", (WaitingRoom, slow), {})
    type("QuickRace", (WaitingRoom,), {hook: waits})


def test_a_countdown_is_kept_over_a_restart() -> None:
    game = playtest(Race, "Ada", "Alan", level="full")
    game.Ada.ready()
    game.Alan.ready()
    game.advance(1)
    game.restart()
    assert waits(game.Ada) == ("waiting", False), "everyone was away"
    game.Ada.ready()
    game.Alan.ready()
    game.restart(Race)
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    assert game.server.games == [["Ada", "Alan"]]


def test_what_is_refused_changes_nothing() -> None:
    game = playtest(Sticks, "Ada", "Alan")
    game.Ada.ready()
    game.Alan.ready()
    until = game.Ada.state["until"]
    with pytest.raises(CannotConnect, match="not you"):
        game.join("Eve")
    assert game.Ada.state["until"] == until
    assert issubclass(WaitingRoom, Room)


class Everything(Race):
    kind = "race"
    longest_wait, bots = 12.0, 3


@pytest.mark.parametrize("seed", range(20))
def test_at_random_a_game_begins_exactly_when_it_should(seed: int) -> None:
    draw = random.Random(seed)
    game = playtest(Everything, "Ada", "Alan", seed=seed)
    for step in range(120):
        act(game, draw, step)
        check(game)
    assert game.server.games


def act(game: Playtest, draw: random.Random, step: int) -> None:
    here = [one for one in game.players.values() if one.is_connected]
    away = [one for one in game.players.values() if not one.is_connected]
    what = draw.choice(["ready", "ready", "unready", "bot", "come", "drop", "back", "leave", "wait", "wait", "over"])
    playing = game.server.state["phase"] == "playing"
    if what == "wait":
        game.advance(draw.choice([0.5, 2.0, 6.0, 13.0]))
    elif what == "come" and not playing and len(game.server.players) < 4:
        game.join(f"P{step}")
    elif what == "back" and away:
        try:
            away[0].come()
        except CannotConnect:
            del game.players[away[0].name]
    elif what == "drop" and len(here) > 1:
        here[-1].drop()
    elif what == "leave" and len(here) > 1:
        here[-1].leave()
        del game.players[here[-1].name]
    elif here and (what == "over") is playing and what in ("ready", "unready", "bot", "over"):
        one = draw.choice(here)
        if what != "bot" or one.name.startswith("P"):
            one.ask(what)


def check(game: Playtest) -> None:
    """By the players alone: what should hold of the phase."""
    room = game.server
    here = [player for player in room.players if player.here]
    people = [player for player in here if not player.get("bot")]
    if room.state["phase"] == "playing":
        assert room.locked
        assert room.state["until"] is None
        return
    assert not room.locked
    enough = bool(people) and len(here) >= 2
    ready = bool(people) and all(player["ready"] for player in here)
    assert (room.state["phase"] == "starting") is (enough and ready)
    assert (room.state["until"] is not None) is enough
    if enough:
        left = room.state["until"] - (game.now + 1.7e9 - 1000)
        assert -0.1 < left <= (3.0 if ready else 12.0)
    assert room.listing.get("bots", 0) == (max(0, 3 - len(room.players)) if ready else 0)
