"""Sticks in two terminals: strangers meet, and so do friends by a code."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)
GAME = EXAMPLES / "rules" / "play_duel.py"


@pytest.fixture
def address() -> Iterator[str]:
    with ruled_server(EXAMPLES / "rules" / "duel.py") as running:
        yield f"127.0.0.1:{running.port}"


def said(player: Program, pattern: str) -> list[str]:
    return [found for line in list(player.lines) for found in re.findall(pattern, line)]


def play(*players: Program) -> None:
    """Both take three sticks whenever they are asked, and then the last one."""
    for player in players:
        for _ in range(10):
            player.type("3")
    for player in players:
        for _ in range(10):
            player.type("1")


def test_strangers_play_to_the_end(address: str) -> None:
    with (
        Program(GAME, "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
        Program(GAME, "Alan", typed=True, ROOMCAST_SERVER=address) as alan,
    ):
        play(ada, alan)
        wait_for(lambda: said(ada, r"(\w+) wins") == said(alan, r"(\w+) wins") != [], what="both see who won")


def test_friends_meet_by_a_code(address: str) -> None:
    with Program(GAME, "Ada", "new", typed=True, ROOMCAST_SERVER=address) as ada:
        wait_for(lambda: said(ada, r"types (\w+)"), what="the code is shown")
        (code,) = said(ada, r"types (\w+)")
        with Program(GAME, "Alan", code, typed=True, ROOMCAST_SERVER=address) as alan:
            play(ada, alan)
            wait_for(lambda: said(ada, r"(\w+) wins") == said(alan, r"(\w+) wins") != [], what="both see who won")


def test_two_of_one_rank_play_a_ranked_game(address: str) -> None:
    ranked = EXAMPLES / "rules" / "play_ranked.py"
    with (
        Program(ranked, "Ada", "1500", typed=True, ROOMCAST_SERVER=address) as ada,
        Program(ranked, "Alan", "1550", typed=True, ROOMCAST_SERVER=address) as alan,
    ):
        wait_for(
            lambda: said(ada, r"you play in (\w+)") == said(alan, r"you play in (\w+)") != [], what="both are there"
        )


def test_a_bot_takes_the_empty_seat(address: str) -> None:
    bot = EXAMPLES / "rules" / "bot_duel.py"
    with (
        Program(bot, typed=True, ROOMCAST_SERVER=address),
        Program(GAME, "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
    ):
        play(ada)
        wait_for(lambda: said(ada, r"(\w+) wins") != [], what="the game is over")
