"""Frames that are no messages: pings, pongs and pieces are charged, and too many end the connection."""

from __future__ import annotations

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Bye, Error, Pong
from roomcast.core.server import prices
from tests.core.fakes import House, act
from tests.core.server.spending import overdraw, settled, spent

HOUR = 3600.0


def test_a_few_pings_and_pongs_are_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    for _ in range(100):
        assert all(ada.peer.control(0, house.now) == 0 for _ in range(4))
        house.wait(1)
    assert not ada.connection.ended


@pytest.mark.parametrize("greeted", [True, False])
def test_who_sends_nothing_else_is_disconnected_with_a_sentence(greeted: bool) -> None:
    house = House(burst=50, rate=10)
    ada = house.join("Ada") if greeted else house.knock()
    for _ in range(50):
        assert ada.peer.control(0, house.now) == 0
    assert not ada.connection.ended
    assert ada.peer.control(0, house.now) > 0
    error, bye = ada.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert bye.code == "rate"
    assert "too many pings, pongs and small fragments" in bye.message
    assert "51 where the limit is 50 commands (setting: burst)" in bye.message
    assert any(ada.peer.control(0, house.now) > 0 for _ in range(100_000)), "what comes after the end is charged, too"


def test_who_plays_at_its_rate_may_still_ping() -> None:
    house = House(rate=10, burst=10)
    ada = house.join("Ada")
    ada.say(*[act(n, "x") for n in range(1, 40)])
    assert ada.peer.control(4, house.now) == 0
    assert not ada.connection.ended


def test_large_fragments_are_charged_for_their_bytes_only() -> None:
    house = House(burst=5)
    ada = house.join("Ada")
    house.now += HOUR
    for _ in range(60):
        ada.peer.control(50_000, house.now)
    assert not ada.connection.ended
    assert settled(house, ada) >= 60 * 50_000 * prices.BYTE_IN


def test_frames_are_charged() -> None:
    house = House()
    ada = house.join("Ada")
    house.now += HOUR
    for _ in range(200):
        ada.peer.control(0, house.now)
    assert settled(house, ada) >= 200 * prices.FRAME


def test_a_line_that_comes_byte_by_byte_is_charged_for_each_piece() -> None:
    house = House(address_time=1e-4)
    ada = house.join_by_lines(address="10.0.3.1")
    house.now += 1e4 * HOUR
    for _ in range(1000):
        ada.peer.receive(b"x", house.now)
    assert spent(house, "10.0.3.1") >= 900 * prices.FRAME
    overdraw(house, "10.0.3.1", seconds=2.0)
    waits = [ada.peer.receive(b"x", house.now) for _ in range(100)]
    assert max(waits) > 0, "and is read more slowly, though no line is complete"


def test_one_that_was_disconnected_and_still_sends_is_hardly_read() -> None:
    house = House()
    ada = house.join("Ada")
    ada.peer.disconnect("kicked", "go")
    assert ada.peer.receive(codec.encode(act(1, "x")), house.now) > 0
    assert ada.peer.receive(b"\n" * 1000, house.now) > 0
    assert [m for m in ada.hear() if isinstance(m, Pong | Error)] == []
