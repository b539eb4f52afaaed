"""A peer whose address has spent too much waits, and loses nothing."""

from __future__ import annotations

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do
from roomcast.core.server.peer_input import EVERY
from tests.core.fakes import House, act
from tests.core.server.spending import overdraw


def test_it_waits_and_loses_nothing() -> None:
    house = House()
    ada, alan = house.join("Ada"), house.join("Alan", address="10.0.0.2")
    overdraw(house, seconds=2.0)
    ada.say(*[act(n, "x", n) for n in range(1, EVERY + 1)])
    ada.say(act(EVERY + 1, "x"))
    wait = ada.peer.receive(codec.encode(act(EVERY + 2, "x")), house.now)
    assert 1.9 < wait < 5
    while wait > 0:
        house.now += wait
        wait = ada.peer.read_on(house.now)
    house.flush()
    assert [m.n for m in ada.hear() if isinstance(m, Do)] == list(range(1, EVERY + 3))
    assert alan.peer.receive(codec.encode(act(1, "x")), house.now) == 0


def test_its_players_are_told() -> None:
    house = House()
    ada = house.join("Ada")
    overdraw(house, seconds=2.0)
    ada.say(*[act(n, "x", n) for n in range(1, EVERY + 3)])
    (error,) = ada.hear_errors()
    assert error.code == "rate"
    assert "10.0.0.1 uses more of this server's time than the 0.4 of a processor" in error.message
    assert "(setting: address-time)" in error.message


def test_its_hello_waits() -> None:
    house = House()
    overdraw(house, seconds=2.0)
    ada, alan = house.knock("10.0.0.1"), house.knock("10.0.0.2")
    wait = ada.peer.receive(b'{"t":"hello","room":"dots","name":"Ada"}', house.now)
    assert wait > 1.9
    alan.hello(name="Alan")
    house.flush()
    assert [type(m).__name__ for m in alan.hear()] == ["Welcome"]
    assert ada.hear() == []
    house.now += wait
    ada.peer.read_on(house.now)
    house.flush()
    ada.hear()
    assert ada.me == "Ada"
