import pytest
from quiz import QUESTIONS, SECONDS, Quiz

from roomcast import Refused
from roomcast.testing import Playtest, playtest

RIGHT = QUESTIONS[0][2]


@pytest.fixture
def game() -> Playtest:
    return playtest(Quiz, "Screen", "Ada", "Alan")


def test_a_right_answer_gains_more_the_sooner_it_comes(game: Playtest) -> None:
    game.Screen.next()
    game.Ada.answer(RIGHT)
    game.advance(SECONDS / 2)
    assert game.Screen.state["phase"] == "asking"  # Alan thinks
    game.Alan.answer(RIGHT)
    assert game.Screen.state["phase"] == "shown"
    assert game.Screen.state["counts"][RIGHT] == 2
    assert 740 < game.Ada.players["Alan"]["score"] < game.Ada.players["Ada"]["score"] <= 1000


def test_nobody_learns_anything_before_time_is_up(game: Playtest) -> None:
    game.Screen.next()
    game.Ada.answer(RIGHT)
    assert game.Alan.players["Ada"]["answered"]
    assert "right" not in game.Alan.state
    assert game.Ada.players["Ada"]["score"] == 0  # nor whether her answer was right
    game.advance(SECONDS + 1)
    assert game.Alan.state["right"] == RIGHT
    assert game.Ada.players["Ada"]["gained"] > 0
    assert game.Ada.players["Alan"]["gained"] == 0


def test_who_cheats_is_told_so(game: Playtest) -> None:
    with pytest.raises(Refused, match="nothing is asked"):
        game.Ada.answer(0)
    with pytest.raises(Refused, match="has the screen"):
        game.Ada.next()
    game.Screen.next()
    with pytest.raises(Refused, match="does not answer"):
        game.Screen.answer(0)
    with pytest.raises(Refused, match="no such answer"):
        game.Ada.answer(4)
    game.Ada.answer(0)
    with pytest.raises(Refused, match="answered already"):
        game.Ada.answer(1)
    with pytest.raises(Refused, match="not answered yet"):
        game.Screen.next()


def test_it_goes_on_without_who_leaves_and_ends_after_the_last_question(game: Playtest) -> None:
    game.Screen.next()
    game.Ada.answer(RIGHT)
    game.Alan.leave()
    assert game.Ada.state["phase"] == "shown"
    game.Screen.leave()
    assert game.Ada.state["screen"] == "Ada"
    game.join("Grace")
    for _, _, right in QUESTIONS[1:]:
        game.Ada.next()
        game.Grace.answer(right)
    game.Ada.next()
    assert game.Grace.state["phase"] == "over"
    assert game.Ada.players["Grace"]["score"] > 2500
    game.Ada.next()  # once more
    assert (game.Ada.state["phase"], game.Ada.state["number"]) == ("asking", 1)
    assert game.Ada.players["Grace"]["score"] == 0
