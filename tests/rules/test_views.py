"""What players see where they do not all see the same: fields of their owner alone, views by key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roomcast.core.protocol.messages import Resume
from roomcast.errors import CannotServe
from roomcast.rules.app_file import RuledKinds, load_classes
from roomcast.rules.maker_reports import MakerReports
from roomcast.server import Owner, Player, Players, Room, State
from roomcast.testing import Playtest, RulesFailed, playtest
from tests.core.fakes import House
from tests.rules.houses import RuledHouse


class Seat(Player):
    cards: Owner[list[str]]


class Hand(Room):
    players: Players[Seat]

    def on_join(self, player: Seat) -> None:
        player.cards = [f"first of {player.id}"]
        player["coins"] = 10

    def on_deal(self, player: Seat, whom: Seat, card: str) -> None:
        whom.cards.append(card)

    def on_discard(self, player: Seat) -> None:
        del player["cards"]


class Teams(Room):
    """A class whose views may be told to fail."""

    def on_create(self) -> None:
        self.plans: dict[str, str] = {}
        self.wrong = ""
        self._looks: list[object] = []

    def on_join(self, player: Player) -> None:
        player["team"] = "red"

    def on_team(self, player: Player, team: str) -> None:
        player["team"] = team

    def on_plan(self, player: Player, plan: str) -> None:
        self.plans[player["team"]] = plan

    def on_wrong(self, player: Player, what: str) -> None:
        self.wrong = what

    def on_say(self, player: Player) -> None:
        self.emit("hi")

    def audience(self, player: Player) -> Any:
        if self.wrong == "audience":
            raise LookupError("audience")
        return {1, 2} if self.wrong == "key" else player["team"]

    def view(self, state: Any, key: str | None) -> Any:
        self._looks.append(key)
        if key == "red":
            match self.wrong:
                case "raises":
                    raise LookupError("view")
                case "exits":
                    raise SystemExit
                case "emits":
                    self.emit("hi")
                case "rolls":
                    self.random.random()
                case "kicks":
                    self.kick("Ada", "why")
                case "sets":
                    state["x"] = 1
                case "changes":
                    self.plans["red"] = "changed by a view"
                case "in place":
                    self.plans.clear()
                case "no dict":
                    return 5
                case "no text":
                    return {5: 5}
                case "a set":
                    return {"x": {1, 2}}
                case "large":
                    return {"x": "x" * 300_000}
                case "exact":
                    return {"plan": ("a", "tuple")}
        return {**state, "plan": self.plans.get(key or "", "")}


def test_a_field_of_its_owner_alone_is_sent_to_nobody_else() -> None:
    game = playtest(Hand, "Ada", "Alan")
    audience = game.spectator()
    game.Ada.deal("Alan", "an ace")
    assert game.Alan.sees("Alan") == {"coins": 10, "cards": ["first of Alan", "an ace"]}
    assert game.Ada.sees("Alan") == audience.sees("Alan") == {"coins": 10}
    assert game.Ada.sees("Ada")["cards"] == ["first of Ada"]
    game.Alan.drop()
    game.Ada.deal("Alan", "a king")
    game.Alan.come()
    assert game.Alan.sees("Alan")["cards"][1:] == ["an ace", "a king"]
    game.Alan.discard()
    assert game.Alan.sees("Alan") == {"coins": 10}
    late = game.join("Grace")
    assert late.sees("Ada") == {"coins": 10}
    assert late.sees("Grace")["cards"] == ["first of Grace"]
    game.leaks_nothing()


def test_programs_hear_of_their_own_fields_as_of_all_state() -> None:
    game = playtest(Hand, "Ada", "Alan")
    heard: list[object] = []
    for one in (game.Ada, game.Alan):
        one.room.on("set")(lambda player, values, name=one.name: heard.append((name, player.id, values)))
    game.Ada.deal("Alan", "an ace")
    assert heard == [("Alan", "Alan", {"cards": ["first of Alan", "an ace"]})]
    assert game.Alan.room.me["cards"] == ["first of Alan", "an ace"]


def test_who_gives_its_seat_up_and_comes_back_has_what_is_its_own_again() -> None:
    game = playtest(Hand, "Ada", "Alan")
    game.Alan.drop()
    game.advance(40)
    assert [one.id for one in game.Ada.players] == ["Ada"]
    game.Ada.deal("Ada", "an ace")
    game.Alan.come()
    assert game.Alan.sees("Alan") == {"coins": 10, "cards": ["first of Alan"]}
    game.leaks_nothing()


@pytest.fixture
def game() -> Playtest:
    game = playtest(Teams, "Ada", "Alan")
    game.Alan.team("blue")
    game.Ada.plan("left")
    game.Alan.plan("right")
    return game


def test_a_view_is_made_once_for_each_key_and_only_where_something_has_changed(game: Playtest) -> None:
    game.join("Grace")
    looks = game.server._looks
    looks.clear()
    game.Ada.plan("up")
    assert looks == [None, "red", "blue"]
    game.Ada.say()
    assert looks == [None, "red", "blue"]
    assert game.Grace.sees() == game.Ada.sees() == {"plan": "up"}
    assert game.Alan.sees() == {"plan": "right"}


def test_who_changes_sides_gets_exactly_the_difference(game: Playtest) -> None:
    game.Alan.team("red")
    assert game.Alan.sees() == {"plan": "left"}
    game.Alan.team("green")
    assert game.Alan.sees() == {"plan": ""}
    game.leaks_nothing({"Ada": [], "Alan": ["right"]})
    with pytest.raises(AssertionError, match="Alan was sent 'left', which is for Ada alone"):
        game.leaks_nothing({"Ada": ["left"]})


MISTAKES = {
    "raises": "view",
    "exits": r"exit\(\) in a room would end the server",
    "emits": r"self.emit\(\) in a view: it only looks",
    "rolls": "self.random in a view",
    "kicks": r"self.kick\(\) in a view",
    "sets": r"a view has set self.state\['x'\]: it only looks",
    "changes": "view has changed self: it only looks",
    "in place": "view has changed self: it only looks",
    "no dict": "view returns 5: return a dict",
    "no text": "the key 5: it must be a text",
    "large": "what is shown of the room's state",
}


@pytest.mark.parametrize("wrong", MISTAKES)
def test_a_view_that_fails_keeps_what_its_readers_had_and_is_reported(game: Playtest, wrong: str) -> None:
    audience = game.spectator()
    with pytest.raises(RulesFailed, match=MISTAKES[wrong]):
        game.Ada.wrong(wrong)
    game.Ada.plan("up")
    assert game.Ada.sees() == {"plan": "left"}
    game.Alan.plan("down")
    assert game.Alan.sees() == {"plan": "down"}
    late = game.join("Grace")
    assert late.sees() == {"plan": "left"}
    assert game.server.plans == {"red": "up", "blue": "down"}
    game.Ada.wrong("")
    assert game.Ada.sees() == late.sees() == {"plan": "up"}
    assert audience.sees() == {"plan": ""}


def test_who_takes_a_view_that_fails_sees_what_those_see_who_only_look_on(game: Playtest) -> None:
    game.Ada.team("blue")
    game.Ada.wrong("raises")
    with pytest.raises(RulesFailed, match="view"):
        game.Alan.team("red")
    assert game.Alan.sees() == {"plan": ""}


@pytest.mark.parametrize(("wrong", "why"), [("audience", "audience"), ("key", "a set would be a list")])
def test_whose_audience_fails_sees_what_those_see_who_only_look_on(game: Playtest, wrong: str, why: str) -> None:
    with pytest.raises(RulesFailed, match=why):
        game.Ada.wrong(wrong)
    assert game.Ada.sees() == game.Alan.sees() == {"plan": ""}
    game.Ada.wrong("")
    assert (game.Ada.sees(), game.Alan.sees()) == ({"plan": "left"}, {"plan": "right"})


def test_what_is_shown_need_not_come_back(game: Playtest) -> None:
    game.Ada.wrong("exact")
    assert game.Ada.sees() == {"plan": ["a", "tuple"]}


class Shows(Hand):
    def view_player(self, player: Seat, key: str | None) -> dict[str, Any]:
        assert "cards" not in dict(player)
        return {**player, "count": len(player.cards), "here": player.here} if key != "Eve" else {"cards": player.cards}


def test_views_of_players_count_what_they_do_not_show() -> None:
    game = playtest(Shows, "Ada", "Alan")
    game.Ada.deal("Alan", "an ace")
    assert game.Ada.sees("Alan") == {"coins": 10, "count": 2, "here": True}
    assert game.Alan.sees("Alan")["cards"] == ["first of Alan", "an ace"]
    game.Alan.drop()
    assert game.Ada.sees("Alan")["here"] is False
    with pytest.raises(RulesFailed, match="shows 'cards', which its owner alone sees"):
        game.join("Eve")
    game.leaks_nothing()


def test_a_room_without_views_has_none_of_their_cost() -> None:
    house = RuledHouse(type("Plain", (Room,), {"on_go": lambda self, player: None}))
    house.join(room="plain")
    assert house.ruled("plain")._shadows is None


def test_who_takes_an_id_over_reads_nothing_of_its_former_owner() -> None:
    house = RuledHouse(Hand)
    alan = house.join("Alan", room="hand")
    house.join("Ada", room="hand").do("deal", "Alan", "an ace")
    house.flush()
    alan.gone(clean=True)
    later = house.join("Alan", room="hand")
    assert later.me == "Alan"
    later.gone()
    assert later.welcome is not None
    again = house.knock()
    again.hello("hand", "", Resume(later.welcome.session, 1, later.welcome.epoch))
    house.flush()
    sent = b"".join(again.connection.writes)
    assert b'"s":3' in sent
    assert b"ace" not in sent


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("def view(self, key): pass", r"write def view\(self, state, key\)"),
        ("def view_players(self, player, key): pass", "would never run by itself: was 'view_player' meant"),
        ("async def view(self, state, key): pass", "may not be async: a view only looks"),
        ("view = 5", "would never run"),
        ("def audience(self, player): pass", "it gives the key for view and view_player: write one of them"),
        ("players: Players[int]", "write players: Players"),
        ("players: Players", "write players: Players"),
        ("players: 'Nothing'", "its hint cannot be read"),
        ("state: dict", "write state: Table"),
        ("random: int", "every room has that already"),
        ("def on_go(self, player: Seat): pass", r"the player is a Player, not a Seat: write players: Players\[Seat\]"),
        ("def on_go(self, player, whom: Seat): pass", "the whom is a Player, not a Seat"),
        ("deck: complex", "it cannot be kept"),
    ],
)
def test_a_class_that_cannot_work_is_refused_when_it_is_made(tmp_path: Path, body: str, why: str) -> None:
    top = "from roomcast.server import Owner, Player, Players, Room\nclass Seat(Player):\n    cards: Owner[list[str]]\n"
    (tmp_path / "game.py").write_text(f"{top}class Game(Room):\n    {body}\n")
    with pytest.raises(CannotServe, match=why):
        load_classes(tmp_path / "game.py")


clock = [0.0]  # seconds


class Slow(Room):
    """Its views take as long as its state says."""

    def on_wait(self, player: Player, what: str) -> None:
        self.state["slow"] = what

    def audience(self, player: Player) -> str:
        clock[0] += self.state.get("slow") == "audience"
        return player.id

    def view(self, state: State, key: str | None) -> dict[str, Any]:
        clock[0] += state.get("slow") == "view"
        if state.get("slow") == "raises":
            clock[0] += 1
            raise ValueError
        return {**state}


@pytest.mark.parametrize(("slow", "which"), [("audience", "audience"), ("view", "view"), ("raises", "view")])
def test_the_maker_is_told_which_view_holds_up_the_server(slow: str, which: str) -> None:
    told: list[str] = []
    reports = MakerReports(lambda sentence, error: told.append(sentence), lambda: clock[0])
    house = House(kinds=RuledKinds({"slow": Slow}, reports))
    ada = house.join("Ada", "slow")
    ada.do("wait", "no")
    assert told == []
    ada.do("wait", slow)
    why = f"Slow.{which} took 1.00 s in the room 'slow': meanwhile no room of this server went on"
    assert [one for one in told if "took" in one] == [why]
