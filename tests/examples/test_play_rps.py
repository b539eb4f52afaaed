"""Rock, paper, scissors in two terminals: who chooses first waits for the other, and then sees who wins."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)

QUESTION = "rock, paper or scissors? "


@pytest.fixture
def server() -> Iterator[RunningServer]:
    with ruled_server(EXAMPLES / "rules" / "rock_paper_scissors.py") as running:
        yield running


def winners(player: Program) -> list[str]:
    """Of the rounds that it has seen so far."""
    return [winner for line in list(player.lines) for winner in re.findall(r"(\w+) wins", line)]


def test_nobody_is_asked_again_before_both_have_chosen(server: RunningServer) -> None:
    game, address = EXAMPLES / "rules" / "play_rps.py", f"127.0.0.1:{server.port}"
    with Program(game, "Ada", typed=True, ROOMCAST_SERVER=address) as ada:
        ada.type("rock")
        ada.type("paper")  # she is too quick: this waits for the second round
        with Program(game, "Alan", typed=True, ROOMCAST_SERVER=address) as alan:
            alan.type("scissors")
            wait_for(lambda: winners(alan) == ["Ada"], what="the first round is over")
            alan.type("well")
            alan.type("scissors")
            wait_for(lambda: winners(ada) == winners(alan) == ["Ada", "Alan"], what="both see who won the second round")
            assert alan.all_lines(QUESTION + "choose rock, paper or scissors")
            assert not ada.all_lines(QUESTION + "choose rock, paper or scissors")  # she was not asked twice in a round
