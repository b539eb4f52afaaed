import pytest
from hand import Hand, value_of

from roomcast import Refused
from roomcast.testing import playtest


def test_no_card_of_another_leaves_the_server() -> None:
    game = playtest(Hand, "Ada", "Alan", "Grace", seed=5)
    audience = game.spectator()
    game.Ada.deal()
    game.leaks_nothing({"": game.server.deck})  # what is still to be drawn
    for one in game.players.values():
        one.keep()
    for _ in range(2):
        game.Alan.deal()
        game.Ada.keep(*game.Ada.sees("Ada")["cards"][:2])
        game.Alan.drop()
        game.Grace.keep()
        game.Alan.come()
        game.leaks_nothing()
        game.Alan.keep()
        assert set(audience.sees()["shown"]) == {"Ada", "Alan", "Grace"}
        assert audience.sees("Ada")["wins"] == game.Alan.sees("Ada")["wins"]
    assert sum(one["wins"] for one in game.Grace.players) == 3


def test_what_a_player_sees() -> None:
    game = playtest(Hand, "Ada", "Alan")
    game.Ada.deal()
    assert len(game.Ada.sees("Ada")["cards"]) == 5
    assert game.Alan.sees("Ada") == {"done": False, "wins": 0}
    with pytest.raises(Refused, match="only keep what you have"):
        game.Alan.keep(*game.Ada.sees("Ada")["cards"])


def test_who_leaves_takes_its_cards_along() -> None:
    game = playtest(Hand, "Ada", "Alan")
    game.Ada.deal()
    game.Ada.keep()
    game.Alan.leave()
    assert list(game.Ada.sees()["shown"]) == ["Ada"]


def test_the_better_hand_wins() -> None:
    hands = ["AC KD 9H 7S 2C", "2C 2D 3H 4S 6C", "2C 2D 3H 3S 4C", "4C 4D 4H 2S 3C", "4C 5D 6H 7S 8C", "2C 3C 4C 5C 9C"]
    hands += ["2C 2D 2H 3S 3C", "2C 2D 2H 2S 3C", "4C 5C 6C 7C 8C"]
    values = [value_of(hand.split()) for hand in hands]
    assert values == sorted(values)
