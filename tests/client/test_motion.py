"""Interpolation: between two reports, and at a time that lies far enough back."""

from __future__ import annotations

import random
from itertools import pairwise
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.client.motion import PlayoutClock, Track
from tests.core.vectors import each


@each("motion.json", "tracks")
def test_golden_vectors_of_tracks(vector: dict[str, Any]) -> None:
    one = Track(vector["angles"], vector["jump"])
    for step in vector["steps"]:
        if "at" in step:
            assert one.add(step["at"], tuple(step["is"])) == pytest.approx(step["gap"])
        else:
            assert one.at(step["shown"]) == pytest.approx(step["is"])


@each("motion.json", "clocks")
def test_golden_vectors_of_clocks(vector: dict[str, Any]) -> None:
    clock = PlayoutClock()
    for step in vector["steps"]:
        if "heard" in step:
            clock.heard(step["heard"], step["age"], step["gap"])
        else:
            assert clock.time(step["now"]) == pytest.approx(step["shows"], abs=1e-6)


def track(*reports: tuple[float, float], jump: float | None = None) -> Track:
    made = Track(jump=jump)
    for at, x in reports:
        made.add(at, (x,))
    return made


def test_between_two_reports_it_is_on_the_way() -> None:
    one = track((1.0, 10), (1.1, 20), (1.2, 40))
    assert [round(one.at(time)[0], 6) for time in (0.9, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3)] == [
        10, 10, 15, 20, 30, 40, 40
    ]  # fmt: skip


def test_who_has_stood_still_sets_out_when_it_did() -> None:
    one = track((1.0, 10), (1.1, 10), (1.2, 10), (9.0, 20))
    assert one.at(8.8) == (10,)
    assert one.at(8.95) == pytest.approx((15,))


def test_what_comes_in_bursts_is_one_motion() -> None:
    moments = [burst * 0.1 + part * 0.001 for burst in range(10) for part in range(5)]
    one = track(*[(at, float(index)) for index, at in enumerate(moments)])
    halfway = [one.at((before + after) / 2)[0] for before, after in pairwise(moments)]
    assert halfway == pytest.approx([index + 0.5 for index in range(len(moments) - 1)])


def test_slow_reports_are_motion_too() -> None:
    one = track(*[(float(second), 10.0 * second) for second in range(20)])
    assert one.at(18.5) == (185,)


def test_the_shorter_way_round() -> None:
    one = Track(angles=(0,))
    one.add(1.0, (350.0,))
    one.add(1.1, (10.0,))
    assert one.at(1.05)[0] % 360 == pytest.approx(0)


def test_who_is_put_elsewhere_does_not_glide_there() -> None:
    one = track((1.0, 0), (1.1, 500), jump=100)
    assert one.at(1.09) == (0,)
    assert one.at(1.1) == (500,)


def test_of_two_reports_of_one_moment_the_newer_counts() -> None:
    one = track((1.0, 0), (1.1, 5), (1.1, 10))
    assert one.at(1.1) == (10,)


@given(st.lists(st.tuples(st.floats(0.001, 0.3), st.integers(-1000, 1000)), min_size=1, max_size=50), st.randoms())
def test_what_is_shown_lies_within_what_was_reported(steps: list[tuple[float, int]], chance: random.Random) -> None:
    one, at = Track(), 0.0
    for step, x in steps:
        at += step
        one.add(at, (float(x),))
    places = [x for _, x in steps]
    for time in sorted(chance.uniform(-1, at + 1) for _ in range(20)):
        assert min(places) - 1e-6 <= one.at(time)[0] <= max(places) + 1e-6
    assert one.at(at) == (places[-1],)


def ages(now: float) -> float:
    return 0.05 if now < 2 else 0.15 if now < 5 else 0.05


def test_the_clock_follows_how_late_reports_come_and_never_goes_back() -> None:
    clock = PlayoutClock()
    shown, delays = [], []
    for frame in range(60 * 12):
        now = frame / 60
        if frame % 3 == 0:
            clock.heard(now, ages(now), 0.05)
        shown.append(clock.time(now))
        delays.append(now - shown[-1])
    assert all(one < other for one, other in pairwise(shown))
    assert delays[100] == pytest.approx(0.1, abs=0.005)
    assert delays[60 * 3] == pytest.approx(0.2, abs=0.005)  # long enough, soon after they come later
    assert delays[-1] == pytest.approx(0.1, abs=0.01)


def test_after_a_long_silence_the_clock_is_right_at_once() -> None:
    clock = PlayoutClock()
    clock.heard(1.0, 0.05, 0.05)
    assert clock.time(1.0) == pytest.approx(0.9)
    clock.heard(500.0, 0.05, 0.05)
    assert clock.time(500.0) == pytest.approx(499.9)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.7e308, -1.7e308])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=5), st.floats(0, 1))
def test_whatever_others_say_of_themselves_a_place_is_a_number(places: list[tuple[float, float]], share: float) -> None:
    one = Track(angles=(1,))
    for at, place in enumerate(places):
        one.add(float(at), place)
    for at in range(len(places)):
        assert all(map(isfinite, one.at(at + share)))
