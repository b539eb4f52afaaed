"""Rules look back: where players were a moment ago."""

from __future__ import annotations

import pytest

from roomcast.server import Past, Player, Room
from roomcast.testing import RulesFailed, playtest


def noted(seconds: float = 0.5) -> Past[tuple[float, ...]]:
    past: Past[tuple[float, ...]] = Past(seconds)
    for step in range(11):
        past.note(10 + step / 10, {"Ada": (100.0 * step, 0.0)})
    return past


def test_between_two_notes_a_player_is_on_the_way() -> None:
    past = noted()
    assert past.at(10.9) == {"Ada": (900, 0)}
    assert past.at(10.95)["Ada"] == pytest.approx((950, 0))
    assert past.at(99)["Ada"] == (1000, 0)


def test_it_looks_back_no_further_than_it_may() -> None:
    past = noted()
    assert past.at(0)["Ada"] == past.at(10.5)["Ada"] == pytest.approx((500, 0))
    assert len(past._times) < 10


def test_who_came_later_was_not_there_and_who_has_left_stays_where_it_was() -> None:
    past: Past[tuple[float, ...]] = Past(5)
    assert past.at(1) == {}
    past.note(1, {"Ada": (0.0,)})
    past.note(2, {"Alan": (10.0,)})
    assert past.at(1.5) == {"Ada": (0,)}
    assert past.at(2) == {"Alan": (10,)}


def test_the_last_note_of_one_moment_counts() -> None:
    past: Past[tuple[float, ...]] = Past(5)
    past.note(1, {"Ada": (0.0,)})
    past.note(1, {"Ada": (5.0,)})
    assert past.at(1) == {"Ada": (5,)}


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 10**400])
def test_how_far_back_is_a_time(seconds: float) -> None:
    with pytest.raises(ValueError, match="how far to look back"):
        Past(seconds)


class Forgets(Room):
    def on_note(self, player: Player) -> None:
        self.past = Past(1)


def test_it_is_not_kept_and_says_so() -> None:
    with pytest.raises(RulesFailed, match=r"self\._past = Past"):
        playtest(Forgets, "Ada").Ada.note()
