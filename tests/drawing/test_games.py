"""The games of examples/drawing: two programs, two windows, real keys in one, movement in the other."""

from collections.abc import Callable

import pytest

import roomcast
from tests.drawing.table import PAINT, PATHS, PONG, SNAKES, TAG, Game, Seat, Table, agree
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(12)


# How the arrow keys move a player: along which axis, which key lessens it, and which makes it greater.
SIDEWAYS = (0, "Left", "Right")
UP_AND_DOWN = (1, "Up", "Down")
ONWARDS = (0, "Up", "Up")
Keys = tuple[int, str, str]


@pytest.mark.parametrize(
    ("game", "adas", "graces"),
    [
        pytest.param(TAG, SIDEWAYS, UP_AND_DOWN, id="tkinter"),
        pytest.param(SNAKES, UP_AND_DOWN, UP_AND_DOWN, id="pygame"),
        pytest.param(PAINT, SIDEWAYS, UP_AND_DOWN, id="cmu"),
        pytest.param(PONG, UP_AND_DOWN, UP_AND_DOWN, id="arcade"),
        pytest.param(PATHS, ONWARDS, ONWARDS, id="turtle"),
    ],
)
def test_keys_in_one_window_move_what_is_in_the_other(
    table: Callable[[Game], Table], game: Game, adas: Keys, graces: Keys
) -> None:
    play = table(game)
    ada = play.sit("Ada")
    press_until_moved(ada, game.first, adas, ada)

    grace = play.sit("Grace")  # who comes late sees it as it is
    agree(ada, grace, game.first)
    press_until_moved(grace, game.second, graces, ada)
    agree(ada, grace, game.second)
    press_until_moved(ada, game.first, adas, grace)
    agree(ada, grace, game.first)

    grace.window.close()
    assert grace.program.wait() == 0
    with roomcast.join(f"{play.address}/{game.room}") as visitor:
        assert [player.name for player in visitor.players if player != visitor.me] == ["Ada"]
    if not game.stays:
        wait_for(lambda: ada.finds(game.second) is None, what="who has left is not drawn any more")
    assert [
        line for seat in (ada, grace) for line in seat.program.lines if "Error" in line or "Traceback" in line
    ] == []


def press_until_moved(seat: Seat, colour: str, keys: Keys, seen_by: Seat) -> None:
    """Hold a key in one player's window until that player has moved in another's."""
    axis, less, more = keys
    before = seen_by.sees(colour)[axis]
    away_from_the_edge = more if before < seat.window.middle[axis] else less
    with seat.window.holding(away_from_the_edge):
        wait_for(lambda: abs(seen_by.sees(colour)[axis] - before) >= 8, what=f"{away_from_the_edge} moves {colour}")
