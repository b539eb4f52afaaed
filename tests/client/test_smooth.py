"""Others move in each frame, whatever the network does; our own player where it is predicted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest

from roomcast import BadArgument
from roomcast.client.running import CurrentEntry
from roomcast.client.smooth import Smooth
from roomcast.server import Player, Room
from roomcast.testing import playtest

FRAME = 1 / 60  # seconds


class Someone:
    """A player, as far as it is drawn."""

    def __init__(self, player: str) -> None:
        self.id = player
        self.state: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return self.state.get(key)


class DrawnRoom:
    """A room in which others move, heard over a network as `--lag 50ms --jitter 20ms` makes one."""

    def __init__(self, seed: int, *, rate: float, **options: Any) -> None:
        self.time = 1000.0
        self.catching_up = False
        self.me = Someone("me")
        self.other = Someone("other")
        self.entry = CurrentEntry(0, 0.0, 0.0)
        self.own: tuple[Mapping[str, Any], Mapping[str, float]] | None = None
        options = {"delay": None, "jump": None} | options
        self.smooth = Smooth(self, ("x", "y"), (), predicted=lambda: self.own, clock=lambda: self.time, **options)  # type: ignore[arg-type]
        (_, self._changed), *_ = self.smooth.listens_to
        self._chance = random.Random(seed)
        self._way: list[tuple[float, float]] = []  # when heard, and the time of the entry; in order
        heard = 0.0
        for tick in range(int(rate * 30)):
            at = 1000.0 + tick / rate
            heard = max(heard, at + self._latency())
            self._way.append((heard, at))

    def _latency(self) -> float:
        return 0.05 + self._chance.uniform(-0.02, 0.02)

    def frame(self) -> tuple[float, float]:
        """One frame later: what is there has been run. Returns where the other player is drawn."""
        self.time += FRAME
        while self._way and self._way[0][0] <= self.time:
            _, at = self._way.pop(0)
            self.other.state = {"x": (at - 1000) * 100, "y": 0}
            self.entry = CurrentEntry(0, at, self.time - at)
            self._changed(self.other, self.other.state)  # type: ignore[arg-type]
        x, y = self.smooth(self.other)  # type: ignore[arg-type]
        return x, y


def stood_still(places: list[tuple[float, float]]) -> float:
    return sum(one == other for one, other in pairwise(places)) / len(places)


@pytest.mark.parametrize("rate", [10, 20, 60])
@pytest.mark.parametrize("seed", range(5))
def test_at_most_two_frames_of_a_hundred_stand_still(seed: int, rate: int) -> None:
    room = DrawnRoom(seed, rate=rate)
    places = [room.frame() for _ in range(60 * 20)][120:]
    assert stood_still(places) <= 0.02
    assert all(other[0] >= one[0] for one, other in pairwise(places))
    assert room.smooth.delay < 0.2
    naive = DrawnRoom(seed, rate=rate, delay=0.0)  # as the newest that was heard
    heard = [naive.frame() for _ in range(60 * 20)][120:]
    assert stood_still(heard) > (0.1 if rate == 60 else 0.4)


def test_the_delay_may_be_given() -> None:
    room = DrawnRoom(1, rate=20, delay=0.3)
    places = [room.frame() for _ in range(200)]
    assert room.smooth.delay == pytest.approx(0.3)
    assert places[-1][0] == pytest.approx((room.time - 0.3 - 1000) * 100, abs=0.5)


def test_a_correction_of_our_own_place_glides() -> None:
    room = DrawnRoom(1, rate=20)
    room.own = {"x": 50, "y": 5}, {}
    assert room.smooth(room.me) == (50, 5)  # type: ignore[arg-type]
    room.own = {"x": 40, "y": 5}, {"x": -10.0}
    drawn = []
    for _ in range(60):
        drawn.append(room.smooth(room.me)[0])  # type: ignore[arg-type]
        room.frame()
    assert drawn[0] == pytest.approx(50)
    assert all(other <= one for one, other in pairwise(drawn))
    assert drawn[-1] == 40


def test_who_is_put_elsewhere_is_there_at_once() -> None:
    room = DrawnRoom(1, rate=20, jump=100)
    room.own = {"x": 50, "y": 5}, {}
    room.smooth(room.me)  # type: ignore[arg-type]
    room.own = {"x": 450, "y": 5}, {"x": 400.0}
    assert room.smooth(room.me) == (450, 5)  # type: ignore[arg-type]


class Walk(Room):
    def on_join(self, player: Player) -> None:
        player["x"] = 0

    def on_move(self, player: Player, dx: int) -> None:
        player["x"] += dx


def test_in_a_room() -> None:
    game = playtest(Walk, "Ada", "Alan")
    ada = game.Ada.room
    smooth = ada.smooth("x", delay=0.5)
    alan = ada.players["Alan"]
    assert smooth(alan) == (0,)
    game.Alan.move(10)
    assert smooth(alan)[0] < 10
    game.advance(2)
    assert smooth(alan) == (10,)
    assert smooth(ada.me) == (0,)

    @ada.predict
    def move(me: dict[str, Any], dx: int) -> None:
        me["x"] += dx

    move(5)
    assert smooth(ada.me) == (5,)
    game.Alan.leave()
    assert smooth(alan) == (10,)
    assert ada.smooth("name-of-nothing")(ada.me) == (0.0,)


@pytest.mark.parametrize(
    ("keys", "options"), [((), {}), ((5,), {}), (("x",), {"angles": "turn"}), (("x",), {"delay": "soon"}),
                          (("x",), {"jump": "far"}), (("x",), {"jump": 0})]
)  # fmt: skip
def test_what_cannot_be_meant_is_told(keys: tuple[Any, ...], options: dict[str, Any]) -> None:
    with pytest.raises(BadArgument):
        playtest(Walk, "Ada").Ada.room.smooth(*keys, **options)
