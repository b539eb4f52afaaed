"""Fields with hints: of players, of the room's state, and the room's own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest

from roomcast.errors import CannotServe
from roomcast.rules.app_file import load_classes
from roomcast.server import Owner, Player, Players, Reject, Room, State
from roomcast.testing import Playtest, RulesFailed, playtest


class Card(msgspec.Struct):
    rank: int
    suit: str = "S"


@dataclass
class Bid:
    by: str
    sum: int = 0


class Seat(Player):
    coins: int = 10
    place: tuple[int, int] = (0, 0)
    cards: list[Card]

    def value(self) -> int:
        return sum(card.rank for card in self.cards)


class Table(State):
    pot: int = 0
    best: Bid | None = None
    open: dict[str, list[Card]] = {}  # noqa: RUF012  # as makers write it: each room has its own


class Game(Room):
    players: Players[Seat]
    state: Table
    deck: list[Card]
    bids: dict[str, Bid]

    def on_create(self) -> None:
        self.deck = [Card(rank) for rank in range(1, 14)]
        self.bids = {}

    def on_join(self, player: Seat) -> None:
        player.cards = []

    def on_draw(self, player: Seat) -> int:
        player.cards.append(self.deck.pop())
        return player.value()

    def on_better(self, player: Seat) -> None:
        player.cards[0].rank += 1
        self.state.open.setdefault(player.id, []).append(player.cards[0])

    def on_bid(self, player: Seat, amount: int) -> int:
        player.coins -= amount
        player.place = (amount, player.place[0])
        self.state.pot += amount
        self.bids[player.id] = Bid(player.id, amount)
        self.state.best = max(self.bids.values(), key=lambda bid: bid.sum)
        if player.coins < 0:
            raise Reject("too poor")
        return len(self.bids)

    def on_best(self, player: Seat) -> dict[str, list[Card]]:
        self.emit("best", self.state.best, player.cards)
        return {"cards": player.cards}

    def on_wrong(self, player: Seat, what: str) -> None:
        match what:
            case "type":
                player.coins = "many"  # type: ignore[assignment]
            case "inside":
                self.deck[0].rank = "ace"  # type: ignore[assignment]
            case "another":
                player.colour = "red"  # type: ignore[attr-defined]
            case "unset":
                del player.cards
                player.cards.append(Card(1))
            case "id":
                player.id = "Eve"  # type: ignore[misc]
            case "delete":
                del player.cards
                del player.cards
            case "delete another":
                player["colour"] = "red"
                del player.colour  # type: ignore[attr-defined]


@pytest.fixture
def game() -> Playtest:
    return playtest(Game, "Ada", "Alan")


def test_values_are_of_their_types_in_rules_and_plain_json_in_programs(game: Playtest) -> None:
    assert game.Alan.sees("Ada") == {"coins": 10, "place": [0, 0], "cards": []}
    assert game.Ada.draw() == 13
    game.Ada.better()
    game.Ada.bid(3)
    assert game.Alan.sees("Ada") == {"coins": 7, "place": [3, 0], "cards": [{"rank": 14, "suit": "S"}]}
    assert game.Alan.sees() == {
        "pot": 3, "best": {"by": "Ada", "sum": 3}, "open": {"Ada": [{"rank": 14, "suit": "S"}]},
    }  # fmt: skip
    assert game.server.players["Ada"].place == (3, 0)
    assert game.server.bids == {"Ada": Bid("Ada", 3)}
    assert game.server.deck[-1] == Card(12)


def test_what_is_said_has_plain_json_too(game: Playtest) -> None:
    heard: list[object] = []
    game.Alan.room.command("best")(lambda player, *args: heard.extend(args))
    game.Ada.draw()
    game.Ada.bid(1)
    assert game.Ada.best() == {"cards": [{"rank": 13, "suit": "S"}]}
    assert heard == [{"by": "Ada", "sum": 1}, [{"rank": 13, "suit": "S"}]]


def test_what_is_refused_is_undone_in_values_of_all_types(game: Playtest) -> None:
    game.Alan.bid(2)
    with pytest.raises(Exception, match="too poor"):
        game.Ada.bid(11)
    assert game.server.state.best == Bid("Alan", 2)
    assert game.Ada.bid(4) == 2
    assert game.server.state.pot == 6


def test_defaults_are_each_ones_own(game: Playtest) -> None:
    game.Ada.draw()
    game.Ada.better()
    assert playtest(Game, "Eve").server.state.open == {}


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("type", r'player\["coins"\] is not what its hint says: Expected `int`, got `str`'),
        ("inside", "self.deck is not what its hint says: Expected `int`"),
        ("another", r'player has no attribute .*colour.*: write player\["colour"\]'),
        ("unset", "player.cards is not set yet: set it in on_join or on_create, or write a value"),
        ("id", "no setter"),
        ("delete", "player.cards cannot be deleted: it is not set"),
        ("delete another", r'player has no attribute .*colour.*: write player\["colour"\]'),
    ],
)
def test_what_is_no_value_of_its_type_is_found_in_the_turn_that_set_it(game: Playtest, what: str, why: str) -> None:
    with pytest.raises(RulesFailed, match=why):
        game.Ada.wrong(what)
    assert game.Alan.sees("Ada")["coins"] == 10


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("id: int", "Seat.id: it is there already: call it something else"),
        ("get: int", "Seat.get: it is there already"),
        ("x: complex", "Seat.x: it cannot be kept"),
        ("x: 'Nothing'", "Seat.x: its hint cannot be read"),
    ],
)
def test_a_field_that_cannot_work_is_refused_when_its_class_is_made(tmp_path: Path, body: str, why: str) -> None:
    (tmp_path / "game.py").write_text(f"from roomcast.server import Player\nclass Seat(Player):\n    {body}\n")
    with pytest.raises(CannotServe, match=why):
        load_classes(tmp_path / "game.py")


class Gauge(Player):
    whole: int = 0
    share: float = 0.0
    flag: bool = False
    level: Annotated[int, msgspec.Meta(ge=0)] = 0
    mode: Literal["on", "off"] = "off"
    either: int | str | None = None


class Gauges(Room):
    players: Players[Gauge]

    def on_set_to(self, player: Gauge, field: str, value: Any) -> None:
        player[field] = math.nan if value == "nan" else value


@pytest.mark.parametrize(
    ("field", "fits", "does_not"),
    [
        ("whole", 5, True),
        ("whole", -1, 1.5),
        ("share", 0.5, "nan"),
        ("share", 1e300, "half"),
        ("flag", True, 1),
        ("level", 3, -3),
        ("mode", "on", "open"),
        ("either", "text", 1.5),
        ("either", 7, False),
        ("either", None, []),
    ],
)
def test_a_field_takes_what_its_hint_says_and_nothing_else(field: str, fits: Any, does_not: Any) -> None:
    game = playtest(Gauges, "Ada")
    game.Ada.set_to(field, fits)
    assert game.Ada.sees("Ada")[field] == fits
    assert type(game.Ada.sees("Ada")[field]) is type(fits)
    with pytest.raises(RulesFailed, match=field):
        game.Ada.set_to(field, does_not)
    assert game.Ada.sees("Ada")[field] == fits
    assert getattr(game.server.players["Ada"], field) == fits


def test_a_whole_number_in_a_field_of_fractions_is_a_fraction() -> None:
    game = playtest(Gauges, "Ada")
    game.Ada.set_to("share", 2)
    assert type(game.server.players["Ada"].share) is float


def test_a_class_of_players_or_of_state_that_a_room_does_not_say_is_its_own_is_found() -> None:
    with pytest.raises(TypeError, match=r"Open\.Hand is no player's class yet: write players: Players\[Hand\]"):

        class Open(Room):
            class Hand(Player):
                cards: Owner[list[str]]

    with pytest.raises(TypeError, match=r"Bare\.Board is no state's class yet: write state: Board"):

        class Bare(Room):
            class Board(State):
                moves: int = 0

    class Both(Room):
        class Hand(Player):
            cards: Owner[list[str]]

        class Board(State):
            moves: int = 0

        players: Players[Hand]
        state: Board

    assert Both._types[:2] == (Both.Hand, Both.Board)
