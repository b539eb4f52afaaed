"""The example, tested as a maker would."""

import pytest

from roomcast import CannotConnect
from roomcast.rules.app_file import load_classes
from roomcast.server import Room
from roomcast.testing import playtest
from tests.programs import EXAMPLES


@pytest.fixture
def duel() -> type[Room]:
    return load_classes(EXAMPLES / "rules" / "duel.py")["duel"]


def test_strangers_meet_and_the_third_plays_elsewhere(duel: type[Room]) -> None:
    game = playtest(duel)
    ada, alan, grace = (game.join_or_create(name, sticks=5) for name in ("Ada", "Alan", "Grace"))
    assert ada.room.name == alan.room.name != grace.room.name
    with pytest.raises(CannotConnect, match="lets nobody in"):
        game.join("Edsger", ada.room.code)


def test_who_takes_the_last_stick_loses(duel: type[Room]) -> None:
    game = playtest(duel)
    game.create("Ada", sticks=5, private=True)
    game.join("Alan", game.Ada.room.code)
    heard: list[str] = []
    first = game.players[str(game.Ada.state["turn"])]
    second = game.Alan if first is game.Ada else game.Ada
    second.room.command("over")(lambda player, winner: heard.append(winner))
    first.take(3)
    second.take(1)
    first.take(1)
    first.leave()
    assert heard == [second.name], "who leaves after the game has lost nothing more"


def test_who_leaves_loses(duel: type[Room]) -> None:
    game = playtest(duel)
    game.join_or_create("Ada")
    game.join_or_create("Alan")
    heard: list[str] = []
    game.Ada.room.command("over")(lambda player, winner: heard.append(winner))
    game.Alan.leave()
    assert heard == ["Ada"]


@pytest.mark.parametrize("sticks", [4, 100, "many", True, None, 21.5])
def test_strange_options_are_refused(duel: type[Room], sticks: object) -> None:
    with pytest.raises(CannotConnect, match="5 to 99 sticks"):
        playtest(duel).create("Ada", sticks=sticks)
