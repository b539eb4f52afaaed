"""Pings, and what is learnt from their answers: the latency."""

from __future__ import annotations

import pytest

from roomcast.core.client.room_clock import RoomClock
from roomcast.core.client.round_trips import RoundTrips
from roomcast.core.protocol.messages import Hello, Ping, Pong
from tests.core.talk import Talk


def trip(trips: RoundTrips, start: float, took: float) -> None:
    trips.sent(start)
    trips.answered(Pong(), start + took)


def test_the_latency_is_smoothed() -> None:
    trips = RoundTrips(RoomClock())
    assert trips.latency is None
    trip(trips, 0, 0.1)
    assert trips.latency == pytest.approx(0.1)
    trip(trips, 5, 0.5)
    assert trips.latency == pytest.approx(0.2)
    trip(trips, 10, 0.2)
    assert trips.latency == pytest.approx(0.2)


def test_another_connection_may_go_another_way() -> None:
    trips = RoundTrips(RoomClock())
    trip(trips, 0, 0.1)
    trips.sent(5)
    trips.disconnected()
    assert trips.latency == pytest.approx(0.1)
    trip(trips, 6, 0.9)
    assert trips.latency == pytest.approx(0.9)


def test_an_answer_tells_nothing_where_it_may_be_that_to_another_ping() -> None:
    trips = RoundTrips(RoomClock())
    trips.answered(Pong(), 1)  # to none
    assert trips.latency is None
    trips.sent(5)
    trips.sent(10)
    trips.answered(Pong(), 11)  # to the first, or to the second
    trips.answered(Pong(), 12)
    assert trips.latency is None
    trips.sent(15)
    trips.interrupted()
    trips.answered(Pong(), 19)
    assert trips.latency is None
    trip(trips, 20, 0.1)
    assert trips.latency == pytest.approx(0.1)


def test_nobody_is_pinged_until_somebody_asks() -> None:
    talk = Talk()
    talk.join()
    assert talk.written() == []
    talk.client.time_link.round_trips.wanted = True
    talk.client.ping()
    talk.do()
    assert talk.written()[0] == Ping(), "before what waits"
    talk.now += 0.25
    talk.hear(Pong(1700000000000))
    assert talk.client.time_link.round_trips.latency == pytest.approx(0.25)


def test_each_connection_is_measured() -> None:
    talk = Talk()
    talk.client.time_link.round_trips.wanted = True
    talk.client.ping()
    assert talk.written() == [], "there is no connection"
    talk.join()
    assert talk.written() == [Ping()]
    talk.client.ping()
    talk.lose()
    assert isinstance(talk.connect(), Hello)
    assert talk.written() == [], "the ping of the lost connection is forgotten"
    talk.welcome(resumed=True)
    assert talk.written() == [Ping()]
    talk.now += 0.5
    talk.hear(Pong())
    assert talk.client.time_link.round_trips.latency == pytest.approx(0.5)
