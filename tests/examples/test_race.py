"""A race in terminals: players wait until all are ready; who is alone runs against a bot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.ruled_server import ruled_server
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)
RACE = EXAMPLES / "rules" / "race"


@pytest.fixture
def address() -> Iterator[str]:
    with ruled_server(RACE / "race.py") as running:
        yield f"127.0.0.1:{running.port}"


def reads(program: Program, words: str) -> None:
    wait_for(lambda: any(words in line for line in list(program.lines)), what=f"it prints {words!r}")


def test_two_run_once_both_are_ready(address: str) -> None:
    with (
        Program(RACE / "play_race.py", "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
        Program(RACE / "play_race.py", "Alan", typed=True, ROOMCAST_SERVER=address) as alan,
    ):
        reads(ada, "Press Enter when you are ready")
        reads(alan, "Press Enter when you are ready")
        ada.type("")
        reads(alan, "Ada is ready")
        alan.type("")
        reads(ada, "All are ready")
        reads(alan, "Go!")
        reads(ada, "Go!")
        for _ in range(20):
            alan.type("")
        reads(ada, "Alan has won")


def test_who_is_alone_runs_against_a_bot_and_then_once_more(address: str) -> None:
    with (
        Program(RACE / "bots_race.py", ROOMCAST_SERVER=address) as bots,
        Program(RACE / "play_race.py", "Ada", typed=True, ROOMCAST_SERVER=address) as ada,
    ):
        reads(ada, "Press Enter when you are ready")
        ada.type("")
        reads(ada, "Bot is ready")
        reads(ada, "Go!")
        reads(ada, "Bot has won")
        assert bots.lines == []
