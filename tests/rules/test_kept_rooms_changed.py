"""A kept room whose class has changed goes on where it can, or says why not."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import Bye, Error
from roomcast.core.room.commit_log import Level
from roomcast.errors import CannotConnect
from roomcast.server import Owner, Player, Players, Reject, Room
from roomcast.testing import RulesFailed, playtest
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House
from tests.rules.houses import RuledHouse
from tests.rules.kept_games import Game, kept


class Hand(Player):
    cards: Owner[list[int]]


class Cards(Room):
    """Each player sees its own cards."""

    kind = "game"
    players: Players[Hand]

    def on_join(self, player: Hand) -> None:
        player.cards = [1]


def test_an_attribute_that_is_set_only_now_is_missed_with_a_sentence_and_the_room_goes_on() -> None:
    class Later(Game):
        def on_create(self) -> None:
            self.lives = 3

        def on_lives(self, player: Player) -> int:
            return int(self.lives)

        def on_begin(self, player: Player) -> None:
            if not hasattr(self, "lives"):
                self.lives = 3

    game = kept()
    game.restart(Later)
    with pytest.raises(RulesFailed) as failed:
        game.Ada.lives()
    assert "on_create did not set it when it ran for this room" in str(failed.value.__cause__)
    game.Ada.begin()
    assert game.Ada.lives() == 3
    game.restart(Later)
    assert game.Ada.lives() == 3


def test_a_field_whose_hint_has_changed_is_refused_with_a_sentence() -> None:
    class Before(Room):
        kind = "game"
        points: dict[str, int]

        def on_create(self) -> None:
            self.points = {"Ada": 1}

    class Now(Room):
        kind = "game"
        points: list[int]

        def on_look(self, player: Player) -> int:
            return len(self.points)

        def on_mend(self, player: Player) -> None:
            self.points = [1, 2]

    game = kept(Before)
    game.restart(Now)
    with pytest.raises(RulesFailed) as failed:
        game.Ada.look()
    assert "self.points is not what its hint says now" in str(failed.value.__cause__)
    game.Ada.mend()
    assert game.Ada.look() == 2


def test_a_timer_for_what_is_gone_runs_for_nothing_and_the_room_goes_on() -> None:
    class Without(Room):
        kind = "game"

        def on_hi(self, player: Player) -> str:
            return "hi"

    game = kept()
    game.Ada.bomb(2)
    game.restart(Without)
    game.advance(30)
    assert game.Ada.hi() == "hi"


def test_a_room_that_was_kept_with_views_opens_only_with_some() -> None:
    game = kept(Cards)
    with pytest.raises(CannotConnect, match=r"was kept with views or own fields of players, and its rules have none"):
        game.restart(Game)
    game.restart(Cards)
    assert game.Ada.sees("Ada")["cards"] == [1]
    assert "cards" not in game.Ada.sees("Alan")


class Open(Room):
    """All see all cards; `hand` is a field that players alone have."""

    class Seat(Player):
        hand: Owner[list[int]]

    kind = "game"
    players: Players[Seat]

    def on_join(self, player: Seat) -> None:
        player["cards"] = [1]

    def on_look(self, player: Seat) -> None:
        player.hand = [2]


class OpenWithViews(Open):
    kind = "game"

    def view_player(self, player: Player, key: str | None) -> dict[str, object]:
        return {**player}


@pytest.mark.parametrize(("before", "after"), [(Cards, Open), (Cards, OpenWithViews), (Open, Cards)])
def test_what_was_its_players_alone_is_not_shown_to_all_by_other_rules_nor_hidden(
    before: type[Room], after: type[Room]
) -> None:
    game = kept(before)
    with pytest.raises(CannotConnect, match=r"'cards' is not shown now to whom it was then"):
        game.restart(after)
    game.restart(before)
    assert game.Ada.sees("Ada")["cards"] == [1]
    game.leaks_nothing()


def test_another_own_field_is_no_hindrance() -> None:
    class Both(Cards):
        class Seat(Hand):
            more: Owner[list[int]]

        kind = "game"
        players: Players[Seat]  # type: ignore[assignment]

        def on_more(self, player: Seat) -> None:
            player.more = [3]

    game = kept(Cards)
    game.restart(Both)
    game.Ada.more()
    assert game.Ada.sees("Ada") == {"cards": [1], "more": [3]}
    assert game.Alan.sees("Ada") == {}


@pytest.mark.parametrize("rules_first", [False, True])
def test_a_room_with_rules_and_one_without_do_not_take_each_others_place(rules_first: bool) -> None:
    store = MemoryStore(Level.FULL)
    houses: list[House] = [RuledHouse(Game, store=store), House(store=store)]
    first, second = houses if rules_first else reversed(houses)
    first.join("Ada", "game").gone(clean=True)
    first.restart()
    ada = second.knock()
    ada.hello("game", "Ada")
    second.flush()
    (error,) = [one for one in ada.hear() if isinstance(one, Error | Bye)][:1]
    assert ("was kept with rules" if rules_first else "was kept without rules") in error.message
    assert "game" not in second.directory.rooms


def test_whoever_runs_the_server_is_told_once_of_each_room_whose_rules_are_missing() -> None:
    store = MemoryStore()
    house = RuledHouse(Cards, store=store)
    for room in ("game", "game-2"):
        house.join("Ada", room)
    house.restart()
    without = House(store=store)
    for room in ("game", "game", "game-2", "game"):
        program = without.knock()
        program.hello(room, "Ada")
        without.flush()
        assert [one.code for one in program.hear() if isinstance(one, Bye)] == ["disk"]
    why = "was kept with rules: start the server with the file that has them"
    told = [f"nobody can come into a room that is kept: the room {room!r} {why}" for room in ("game", "game-2")]
    assert without.logged == told


def test_who_is_refused_by_rules_is_no_matter_for_whoever_runs_the_server() -> None:
    class Refusing(Room):
        kind = "game"

        def on_create(self) -> None:
            raise Reject("not today")

    house = RuledHouse(Refusing, store=MemoryStore())
    program = house.knock()
    program.hello("game", "Ada")
    house.flush()
    assert [one.code for one in program.hear() if isinstance(one, Bye)] == ["rejected"]
    assert house.logged == []


def test_a_room_has_no_more_seats_than_its_class_has_now() -> None:
    class Hall(Room):
        kind = "hall"
        max_players = 8

        def on_create(self) -> None:
            self.max_players = 6

        def on_seats(self, player: Player) -> int:
            return self.max_players

    class Smaller(Hall):
        kind = "hall"
        max_players = 3

    game = playtest(Hall, "Ada", level="full")
    assert game.Ada.seats() == game.directory.rooms["hall"].most_players == 6
    game.restart(Smaller)
    assert game.Ada.seats() == game.directory.rooms["hall"].most_players == 3
