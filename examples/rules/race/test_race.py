import pytest
from race import LENGTH, Race

from roomcast import Refused
from roomcast.testing import Playtest, playtest


@pytest.fixture
def game() -> Playtest:
    game = playtest(Race, "Ada", "Alan")
    game.Ada.ready()
    game.Alan.ready()
    return game


def test_nobody_runs_before_it_begins(game: Playtest) -> None:
    with pytest.raises(Refused, match="the race has not begun"):
        game.Ada.step()
    game.advance(3.1)
    game.Ada.step()
    assert game.Alan.players["Ada"]["steps"] == 1


def test_the_first_at_the_end_wins_and_there_is_another_race(game: Playtest) -> None:
    game.advance(3.1)
    for _ in range(LENGTH):
        game.Alan.step()
    assert game.Ada.state["winner"] == "Alan"
    with pytest.raises(Refused, match="the race is over"):
        game.Ada.step()
    game.advance(5.1)
    assert game.Ada.state["phase"] == "waiting"
    game.Ada.ready()
    game.Alan.ready()
    game.advance(3.1)
    assert game.Ada.players["Alan"]["steps"] == 0


def test_who_is_alone_runs_against_a_bot() -> None:
    game = playtest(Race, "Ada")
    game.Ada.ready()
    assert game.server.listing == {"bots": 1}
    game.join("Bot").bot()
    game.advance(3.1)
    assert game.Ada.state["phase"] == "playing"
