"""The kit for tests of rules: players who come, drop, come back and leave; what failed in the rules fails the test."""

from __future__ import annotations

import pytest

from roomcast import BadArgument, CannotConnect, Refused
from roomcast.server import Player, Reject, Room
from roomcast.testing import RulesFailed, playtest


class Counter(Room):
    def on_create(self) -> None:
        self.count = 0
        self.since = self.time

    def on_join(self, player: Player) -> None:
        if player.name == "Eve":
            raise Reject("not you")
        player["here"] = True

    def on_drop(self, player: Player) -> None:
        player["here"] = False

    def on_reconnect(self, player: Player) -> None:
        player["here"] = True

    def on_leave(self, player: Player) -> None:
        self.state["left"] = player.id

    def on_add(self, player: Player, number: int = 1) -> int:
        self.count += number
        return self.count

    def on_roll(self, player: Player) -> list[int]:
        return [self.random.randint(1, 6) for _ in range(8)]

    def on_age(self, player: Player) -> float:
        return self.time - self.since

    def on_crash(self, player: Player) -> None:
        self.count = 99
        raise ZeroDivisionError


def test_commands_are_methods_and_give_the_answer() -> None:
    game = playtest(Counter, "Ada", "Alan")
    assert game.Ada.add(5) == 5
    assert game.Alan.add() == 6
    assert game.server.count == 6
    assert game.Ada.ask("add", number=2) == 8
    with pytest.raises(Refused, match="it takes 1 argument, not 2"):
        game.Ada.add(1, 2)


class Lonely(Counter):
    max_players = 1


def test_who_is_refused_takes_nobodys_place_in_the_test() -> None:
    game = playtest(Lonely, "Ada")
    ada = game.Ada
    with pytest.raises(CannotConnect, match="is full"):
        game.join("Ada")
    assert game.Ada is ada
    assert game.Ada.add(5) == 5


@pytest.mark.parametrize("name", ["id", "me", "score"])
def test_what_is_no_attribute_of_a_player_is_shown_as_a_command(name: str) -> None:
    """So a test that compares with `game.Ada.id` fails with what to write."""
    game = playtest(Counter, "Ada")
    shown = repr(getattr(game.Ada, name))
    assert shown.startswith(f"<game.Ada.{name} sends a command when it is called; what game.Ada knows is in ")
    assert "game.Ada.room.me.id" in shown
    assert game.Ada.room.me.id == "Ada"


def test_players_drop_and_come_back_and_leave() -> None:
    game = playtest(Counter, "Ada", "Alan")
    game.Alan.drop()
    assert game.Ada.players["Alan"]["here"] is False
    assert not game.server.players["Alan"].here
    game.Ada.add(3)
    game.Alan.come()
    assert game.Alan.players["Alan"]["here"] is True
    assert game.Alan.add() == 4
    game.Alan.leave()
    assert game.Ada.state["left"] == "Alan"
    assert "Alan" not in game.Ada.players


def test_who_is_away_for_long_has_left() -> None:
    game = playtest(Counter, "Ada", "Alan")
    game.Alan.drop()
    game.advance(60)
    assert game.Ada.state["left"] == "Alan"


def test_time_passes_only_when_the_test_says_so() -> None:
    game = playtest(Counter, "Ada")
    game.advance(30)
    assert game.Ada.age() == pytest.approx(30, abs=1)


def test_the_same_seed_rolls_the_same_and_another_one_otherwise() -> None:
    first, again, other = (playtest(Counter, "Ada", seed=seed).Ada.roll() for seed in (1, 1, 2))
    assert first == again != other


def test_who_is_refused_by_on_join_cannot_connect() -> None:
    game = playtest(Counter, "Ada")
    with pytest.raises(CannotConnect, match="not you"):
        game.join("Eve")
    assert len(game.server.players) == 1


def test_what_fails_in_the_rules_fails_the_test() -> None:
    game = playtest(Counter, "Ada")
    with pytest.raises(RulesFailed) as failed:
        game.Ada.crash()
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert game.Ada.add() == 1


def test_nobody_of_that_name() -> None:
    with pytest.raises(AttributeError, match=r"game\.join\('Joe'\)"):
        _ = playtest(Counter, "Ada").Joe


class Turns(Room):
    def on_leave(self, player: Player) -> None:
        self.state["left"] = [player.id, player in self.players, [one.id for one in self.players]]

    def on_out(self, player: Player, whom: str) -> None:
        self.kick(whom, "out")


def test_in_on_leave_who_leaves_is_not_among_the_players_however_it_goes() -> None:
    left, sent_out = playtest(Turns, "Ada", "Alan"), playtest(Turns, "Ada", "Alan")
    left.Alan.leave()
    sent_out.Ada.out("Alan")
    assert left.Ada.state["left"] == sent_out.Ada.state["left"] == ["Alan", False, ["Ada"]]


def test_it_takes_the_class_and_a_room_of_it_says_so() -> None:
    alone = Counter()
    for mistaken in (alone, "Counter", Counter.on_join):
        with pytest.raises(BadArgument, match=r"playtest takes a class of rules, as in playtest\(Game, 'Ada'\)"):
            playtest(mistaken, "Ada")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match=r"nobody runs this Counter: .* by playtest\(Counter\) in a test"):
        _ = alone.total
