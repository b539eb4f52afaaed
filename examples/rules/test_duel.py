import pytest
from duel import Duel

from roomcast import CannotConnect
from roomcast.testing import playtest


def test_strangers_meet_and_the_third_plays_elsewhere() -> None:
    game = playtest(Duel)
    ada, alan, grace = (game.join_or_create(name, sticks=5) for name in ("Ada", "Alan", "Grace"))
    assert ada.room.name == alan.room.name != grace.room.name
    with pytest.raises(CannotConnect, match="lets nobody in"):
        game.join("Edsger", ada.room.code)


def test_who_takes_the_last_stick_loses() -> None:
    game = playtest(Duel)
    game.create("Ada", sticks=5, private=True)
    game.join("Alan", game.Ada.room.code)
    first = game.players[game.Ada.state["turn"]]
    second = game.Alan if first is game.Ada else game.Ada
    first.take(3)
    second.take(1)
    first.take(1)
    first.leave()
    assert second.state["result"] == {"winner": second.name}, "who leaves after the game has lost nothing more"


def test_who_leaves_loses() -> None:
    game = playtest(Duel)
    game.join_or_create("Ada")
    game.join_or_create("Alan")
    game.Alan.leave()
    assert game.Ada.state["result"] == {"winner": "Ada", "left": "Alan"}


@pytest.mark.parametrize("sticks", [4, 100, "many", True, None, 21.5])
def test_strange_options_are_refused(sticks: object) -> None:
    with pytest.raises(CannotConnect, match="5 to 99 sticks"):
        playtest(Duel).create("Ada", sticks=sticks)
