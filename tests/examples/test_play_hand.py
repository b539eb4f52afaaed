"""A hand of cards in two terminals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)

CARD = r"[2-9TJQKA][CDHS]"


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with ruled_server(EXAMPLES / "rules" / "hand.py") as running:
        yield running


def said(player: Program, text: str) -> bool:
    return any(text in line for line in list(player.lines))


def cards(player: Program) -> list[str]:
    """What it had when it last looked."""
    had = [line for line in list(player.lines) if "you have: " in line]
    return re.findall(CARD, had[-1]) if had else []


def look_until(player: Program, condition: Callable[[], bool], what: str) -> None:
    """Press Enter again and again, as one does who waits for others."""

    def looked() -> bool:
        player.type("")
        return condition()

    wait_for(looked, what=what)


def test_a_hand_is_dealt_drawn_and_shown(server: RunningServer) -> None:
    game, address = EXAMPLES / "rules" / "play_hand.py", f"127.0.0.1:{server.port}"
    with (
        Program(game, "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
        Program(game, "Alan", typed=True, ROOMCAST_SERVER=address) as alan,
    ):
        for one in (ada, alan):
            look_until(one, lambda one=one: said(one, "you have: nothing"), "both are in the room")
        ada.type("deal")
        for one in (ada, alan):
            look_until(one, lambda one=one: len(cards(one)) == 5, "each sees its own cards")
        assert not set(cards(ada)) & set(cards(alan))
        kept, alans = cards(ada)[:2], cards(alan)
        ada.type(f"keep {' '.join(kept)}")
        wait_for(lambda: len(set(cards(ada)) & set(kept)) == 2 and len(cards(ada)) == 5, what="others are drawn")
        assert not any(card in line for card in alans for line in ada.lines)
        alan.type("keep")
        for one in (ada, alan):
            look_until(one, lambda one=one: said(one, "wins. So far:"), "both see who has won")
