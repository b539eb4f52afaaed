"""A newcomer to a room whose disk is slow: it is welcomed once the state that it is sent is committed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roomcast.core.protocol.messages import Do, Report, Welcome
from roomcast.core.room.commit_log import Level
from tests.core.fakes import House, Program, act
from tests.core.keeping import house_of
from tests.core.looking import look


@pytest.fixture
def slow() -> House:
    """A full room that is open, and whose disk writes when it is told."""
    house, _ = house_of(Level.FULL)
    house.join("Eve")
    house.held = True
    return house


def test_a_newcomer_is_welcomed_when_its_join_is_on_disk(slow: House) -> None:
    ada = slow.knock()
    ada.hello("dots", "Ada")
    ada.say(act(1, "move"))
    slow.flush()
    assert ada.hear() == []
    slow.held = False
    slow.flush()
    assert [type(message) for message in ada.hear()] == [Welcome, Do]


def test_nobody_is_asked_for_reports_before_it_is_welcome(slow: House) -> None:
    ada = slow.knock()
    ada.hello("dots", "Ada")
    look(slow)
    slow.flush()
    assert ada.hear() == []
    slow.held = False
    slow.flush()
    assert [type(message) for message in ada.hear()] == [Welcome, Report]


Going = Callable[[House, Program], object]


@pytest.mark.parametrize(
    "going",
    [
        lambda house, ada: ada.gone(),
        lambda house, ada: ada.gone(clean=True),
        lambda house, ada: ada.peer.disconnect("closing", "the server is closing"),
    ],
    ids=["cut off", "left", "disconnected"],
)
def test_who_ends_before_it_is_welcome_hears_nothing_more(slow: House, going: Going) -> None:
    ada = slow.knock()
    ada.hello("dots", "Ada")
    going(slow, ada)
    ada.hear()
    slow.held = False
    slow.flush()
    assert ada.hear() == []
    assert slow.room().feed.caught_up == 1
