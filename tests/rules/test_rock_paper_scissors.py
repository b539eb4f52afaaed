"""The example of 25 lines, tested as a maker would."""

import pytest

from roomcast import CannotConnect, Refused
from roomcast.rules.app_file import load_classes
from roomcast.testing import Playtest, playtest
from tests.programs import EXAMPLES


@pytest.fixture
def game() -> Playtest:
    return playtest(load_classes(EXAMPLES / "rules" / "rock_paper_scissors.py")["rps"], "Ada", "Alan")


def test_the_second_to_choose_knows_nothing_and_both_see_who_wins(game: Playtest) -> None:
    seen: list[object] = []
    game.Alan.room.command("reveal")(lambda player, chosen, winner: seen.append((chosen, winner)))
    game.Ada.choose("rock")
    assert game.server.chosen == {"Ada": "rock"}
    assert not any(b"rock" in frame for frame in game.Alan.received)
    game.Alan.choose("scissors")
    assert seen == [({"Ada": "rock", "Alan": "scissors"}, "Ada")]
    assert [player["score"] for player in game.Alan.players] == [1, 0]


def test_what_is_no_choice_is_refused(game: Playtest) -> None:
    with pytest.raises(Refused, match="once a round"):
        game.Ada.choose("well")
    game.Ada.choose("rock")
    with pytest.raises(Refused, match="once a round"):
        game.Ada.choose("paper")


def test_there_is_no_third_player(game: Playtest) -> None:
    with pytest.raises(CannotConnect):
        game.join("Eve")
