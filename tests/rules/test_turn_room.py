"""Games by turns: whose turn it is, what happens when time is up or somebody leaves, and moves that are taken back."""

from __future__ import annotations

import pytest

from roomcast import Refused
from roomcast.server import Player, Room, TurnRoom
from roomcast.testing import Playtest, RulesFailed, playtest


class Nim(TurnRoom):
    """Take one to three matches; who takes the last one loses."""

    turn_seconds = 30

    def on_start(self, player: Player, matches: int = 10) -> None:
        self.state["matches"] = matches
        self.begin()

    def on_take(self, player: Player, many: int) -> None:
        self.check_turn(player)
        self.remember()
        self.state["matches"] -= many
        if self.state["matches"] <= 0:
            self.game_over(loser=player.id)
        else:
            self.end_turn()

    def on_oops(self, player: Player) -> None:
        self.take_back()

    def on_skip(self, player: Player) -> None:
        self.end_turn(skip=1)

    def on_wrong(self, player: Player) -> None:
        self.begin(["nobody"])


@pytest.fixture
def game() -> Playtest:
    return playtest(Nim, "Ada", "Alan", "Grace")


def turn(game: Playtest) -> object:
    return game.Grace.state["turn"]


def test_one_after_the_other(game: Playtest) -> None:
    game.Ada.start()
    for name in ("Ada", "Alan", "Grace", "Ada"):
        assert turn(game) == name
        for other in {"Ada", "Alan", "Grace"} - {name}:
            with pytest.raises(Refused, match=f"it is {name}'s turn"):
                game.players[other].take(1)
        game.players[name].take(1)
    assert game.Ada.state["matches"] == 6


class Early(Nim):
    """Its rules let anybody remember and take back at any time, and only the first two play."""

    def on_start(self, player: Player, matches: int = 10) -> None:
        self.state["matches"] = matches
        self.begin(list(self.players)[:2])

    def on_note(self, player: Player) -> None:
        self.remember()


def test_what_was_before_the_game_or_when_others_played_is_not_taken_back() -> None:
    game = playtest(Early, "Ada", "Alan", "Grace")
    game.Ada.note()
    with pytest.raises(Refused, match="nothing to take back"):
        game.Ada.oops()
    game.Ada.start()
    game.Ada.take(1)
    game.Ada.leave()
    game.Alan.leave()
    with pytest.raises(Refused, match="nothing to take back"):
        game.Grace.oops()
    assert game.Grace.state["phase"] == "over"


def test_before_and_after_a_game_it_is_nobodys_turn(game: Playtest) -> None:
    with pytest.raises(Refused, match="has not begun"):
        game.Ada.take(1)
    game.Ada.start(2)
    game.Ada.take(1)
    game.Alan.take(1)
    assert game.Ada.state["phase"] == "over"
    assert game.Ada.state["result"] == {"loser": "Alan"}
    with pytest.raises(Refused, match="the game is over"):
        game.Grace.take(1)
    game.advance(60)
    assert turn(game) is None
    game.Ada.start()
    assert "result" not in game.Ada.state
    assert turn(game) == "Ada"


def test_when_time_is_up_the_next_one_has_its_turn(game: Playtest) -> None:
    game.Ada.start()
    assert game.Ada.state["until"] == pytest.approx(game.server.time + 30)
    game.advance(31)
    assert turn(game) == "Alan"
    game.advance(20)
    game.Alan.take(1)  # in time: hers begins now
    game.advance(20)
    assert turn(game) == "Grace"
    game.advance(11)
    assert turn(game) == "Ada"
    assert game.Ada.state["matches"] == 9


def test_who_leaves_plays_no_more_and_the_last_one_has_won(game: Playtest) -> None:
    game.Ada.start()
    game.Ada.leave()
    assert turn(game) == "Alan"
    assert list(game.Alan.state["order"]) == ["Alan", "Grace"]
    game.Alan.take(1)
    game.Alan.leave()
    assert game.Grace.state["result"] == {"winner": "Grace", "left": "Alan"}
    game.Grace.leave()


def test_a_move_is_taken_back(game: Playtest) -> None:
    game.Ada.start()
    game.Ada.take(3)
    game.Alan.take(2)
    game.Ada.oops()
    assert (turn(game), game.Ada.state["matches"]) == ("Alan", 7)
    game.Ada.oops()
    assert (turn(game), game.Ada.state["matches"]) == ("Ada", 10)
    with pytest.raises(Refused, match="nothing to take back"):
        game.Ada.oops()
    game.advance(31)
    assert turn(game) == "Alan"


def test_a_player_who_has_left_meanwhile_does_not_come_back_by_that(game: Playtest) -> None:
    game.Ada.start()
    game.Ada.take(1)
    game.Ada.leave()
    game.Alan.oops()
    assert turn(game) == "Alan"
    assert list(game.Alan.state["order"]) == ["Alan", "Grace"]


def test_some_miss_their_turn(game: Playtest) -> None:
    game.Ada.start()
    game.Ada.skip()
    assert turn(game) == "Grace"


def test_an_order_of_strangers_is_a_mistake(game: Playtest) -> None:
    with pytest.raises(RulesFailed, match="players who are here"):
        game.Ada.wrong()


def test_a_turn_cannot_end_before_a_game_has_begun(game: Playtest) -> None:
    with pytest.raises(RulesFailed, match=r"the game has not begun: call self\.begin\(\) first"):
        game.Ada.skip()


def test_its_methods_are_no_commands(game: Playtest) -> None:
    for command in ("time_is_up", "turn_is_over", "begin", "end_turn"):
        with pytest.raises(Refused, match="no command"):
            game.Ada.ask(command)


def test_a_room_of_turns_is_a_room() -> None:
    assert issubclass(TurnRoom, Room)
