"""Who guesses codes of rooms pays for each wrong one, whatever it asks for with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from roomcast.core.protocol.observer_messages import Watch
from roomcast.core.protocol.room_codes import parse
from roomcast.core.server.prices import WRONG_CODE
from tests.core.fakes import House

ASKED: list[Callable[[str], Any]] = [
    lambda room: Hello(room, "Eve", VERSIONS),
    lambda room: Hello(room, "", VERSIONS, meet=Meet(spectate=True)),
    lambda room: Watch(room, v=VERSIONS),
]


@pytest.fixture
def house() -> House:
    house = House()
    house.join("Ada", "chat")
    return house


def spent(house: House, message: Any, address: str) -> float:
    """Microseconds that somebody is charged for a first message."""
    account = house.directory.accounts.of(address, house.now)
    program = house.knock(address)
    program.say(message)
    house.flush()
    program.gone(clean=True)
    house.wait(0)
    return (account._full_at - house.now) * house.directory.limits.address_time * 1e6


@pytest.mark.parametrize("asks", ASKED)
@pytest.mark.parametrize("code", ["KDDD", "KDDDDC"])
def test_a_wrong_code_costs_more_than_a_name(house: House, asks: Callable[[str], Any], code: str) -> None:
    wrong = next(code[:-1] + last for last in "cdfghjkmnpqrtvwxy" if parse(code[:-1] + last))
    assert house.directory.room_of_code(wrong) is None
    guess = spent(house, asks(wrong), "10.0.1.1")
    name = spent(house, asks("duel"), "10.0.2.1")
    right = spent(house, asks(house.directory.code("chat")), "10.0.3.1")
    assert guess - name > 0.9 * WRONG_CODE
    assert right < guess
