"""The turtle race: real keys in two windows, and one winner in both."""

from collections.abc import Callable

import pytest

import roomcast
from tests.drawing.table import BRIGHT, Game, Seat, Table
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(5)
RACE = Game("race.py", "race", *BRIGHT, folder="cookbook/turtle_race")
THERE_AND_BACK = ("Left", "Right")


def place(seat: Seat, colour: str) -> int:
    """How far that turtle is from the window's left edge."""
    return seat.sees(colour)[0]


def test_who_is_first_wins_in_all_windows(table: Callable[[Game], Table]) -> None:
    play = table(RACE)
    ada = play.sit("Ada")
    start = place(ada, RACE.first)
    ada.window.press(*THERE_AND_BACK * 5)
    wait_for(lambda: place(ada, RACE.first) - start == 150, what="ten steps are a third of the way")

    with roomcast.join(f"{play.address}/race", name="Visitor") as visitor:
        grace = play.sit("Grace")  # who comes late sees how far the others are
        assert place(grace, RACE.first) - start == 150

        ada.window.press("Left", "Left", "Left")  # the same key again does not count
        wait_for(lambda: visitor.pump(wait=0.1) >= 0 and place(grace, RACE.first) - start == 165, what="one step")
        ada.window.press(*("Right", "Left") * 9, "Right")
        wait_for(lambda: visitor.pump(wait=0.1) >= 0 and "winners" in visitor.state, what="Ada reaches the finish")
        assert visitor.state["winners"] == ["Ada"]
        wait_for(lambda: place(ada, RACE.first) == start, what="Ada is at the start again")
        wait_for(lambda: place(grace, RACE.first) == start, what="so she is in Grace's window")

        # They cross the finish at about the same moment, and it is one who wins.
        for _ in range(16):
            ada.window.press(*THERE_AND_BACK)
            grace.window.press(*THERE_AND_BACK)

        def next_race_is_over() -> bool:
            visitor.pump(wait=0.1)
            return len(visitor.state["winners"]) > 1

        wait_for(next_race_is_over, what="the second race has its winner")
        assert visitor.state["winners"] in (["Ada", "Ada"], ["Ada", "Grace"])
    for seat in (ada, grace):
        seat.window.close()
        assert seat.program.wait() == 0
        assert [line for line in seat.program.lines if "Error" in line] == []
