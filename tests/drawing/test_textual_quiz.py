"""The quiz in the terminal: two programs in real terminals, keys in one, points in the other."""

import pytest

import roomcast
from tests.drawing.terminal import Terminal
from tests.integration.conftest import RunningServer
from tests.programs import EXAMPLES

pytestmark = pytest.mark.takes(2)
GAME = EXAMPLES / "drawing" / "textual_quiz.py"


def test_keys_in_one_terminal_give_points_in_the_other(server: RunningServer) -> None:
    address = f"127.0.0.1:{server.port}"
    with Terminal(GAME, "Ada", ROOMCAST_SERVER=address) as ada:
        ada.shows("How many bits are in a byte?", "Ada")
        ada.press("3")
        ada.shows("Ada: right!", "● 1", "Which port")

        with Terminal(GAME, "Grace", ROOMCAST_SERVER=address) as grace:
            grace.shows("Which port", "● 1", "Grace")  # who comes late sees how it stands
            assert ada.colour_of("Ada  ") == grace.colour_of("Ada  ") == "ff6b6b"
            assert ada.colour_of("Grace  ") == grace.colour_of("Grace  ") == "4dabf7"
            grace.press("42")  # one try a question
            ada.shows("Grace: wrong")
            ada.press("2")
            grace.shows("Ada: right!", "●● 2", "What does TCP not promise?")
            assert "Grace: right!" not in grace.text

            grace.press("3")
            ada.shows("Grace: right!", "● 1", "●● 2")
            grace.press("q")
            assert grace.wait() == 0
        with roomcast.join(f"{address}/quiz") as visitor:
            assert [player.name for player in visitor.players if player != visitor.me] == ["Ada"]
