import pytest
from rock_paper_scissors import RockPaperScissors

from roomcast import Refused
from roomcast.testing import playtest


def test_the_second_to_choose_knows_nothing() -> None:
    game = playtest(RockPaperScissors, "Ada", "Alan")
    game.Ada.choose("rock")
    assert not any(b"rock" in frame for frame in game.Alan.received)
    game.Alan.choose("scissors")
    assert game.Alan.players["Ada"]["score"] == 1
    with pytest.raises(Refused, match="once a round"):
        game.Alan.choose("well")
