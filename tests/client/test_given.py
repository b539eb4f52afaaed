"""Numbers that a program hands over to the calls that wait: each is a time, or a sentence."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any

import pytest

import roomcast
from roomcast.client.arrivals import Arrivals
from roomcast.client.given import seconds, whole_number
from tests.client.offline_room import OfflineRoom

NO_TIME: list[Any] = [nan, -nan, "1", b"1", None, [], object(), 1j]
TIMES: list[Any] = [0, -1, -inf, 0.5, 10**400, inf, 1e300, Decimal("0.5"), Fraction(1, 2)]


@pytest.mark.parametrize(
    "value", NO_TIME, ids=lambda value: type(value).__name__ if type(value) is object else repr(value)
)
def test_what_is_no_time_is_refused_at_the_call(value: Any) -> None:
    with pytest.raises(roomcast.BadArgument, match="wait= is a number of seconds"):
        seconds("wait=", value)
    room = OfflineRoom()
    with pytest.raises(roomcast.BadArgument, match="wait= is a number of seconds"):
        room.pump(wait=value)
    if value is not None:
        with pytest.raises(roomcast.BadArgument, match="budget="):
            room.pump(budget=value)
    with pytest.raises(roomcast.BadArgument, match="timeout="):
        roomcast.join("127.0.0.1:9/dots", timeout=value)
    with pytest.raises(roomcast.BadArgument, match="timeout="):
        roomcast.connect("127.0.0.1:9/dots", timeout=value)


@pytest.mark.parametrize(
    "value", TIMES, ids=lambda value: type(value).__name__ if type(value) is object else repr(value)
)
def test_every_other_number_is_one(value: Any) -> None:
    assert seconds("wait=", value) >= 0
    room = OfflineRoom()
    room.core.leave()
    room.pump()
    assert room.pump(wait=value) == 0  # there is nothing to wait for
    assert room.pump(budget=value) == 0


@pytest.mark.parametrize("value", [0, -1, 1.0, nan, inf, "3", None])
def test_an_interval_is_a_whole_number_of_at_least_one(value: Any) -> None:
    with pytest.raises(roomcast.BadArgument, match="every="):
        whole_number("every=", value, 1)
    with pytest.raises(roomcast.BadArgument, match="every="):
        OfflineRoom().check(dict, every=value)


@pytest.mark.parametrize("wait", [0.0, -1.0, 0.001])
def test_waiting_ends_where_nothing_comes(wait: float) -> None:
    flag = Arrivals()
    assert not flag.wait(wait)
    flag.set()
    flag.set()
    assert flag.is_set()
    assert flag.wait(inf)
    assert not flag.is_set()
