"""Rooms that cannot be opened: each who waits is told why, and the next hello tries again."""

from __future__ import annotations

import sys
from collections import Counter
from types import FrameType

import pytest

from roomcast.core.protocol.messages import Bye, Error, Welcome
from roomcast.core.room.commit_log import Level
from tests.core.fakes import House, act, codes
from tests.core.keeping import KEPT, house_of
from tests.core.opening import failed, opened, waiting, waiting_by_lines


@pytest.fixture(params=KEPT)
def house(request: pytest.FixtureRequest) -> House:
    """Its disk opens rooms when `opened` is called."""
    house, _ = house_of(request.param)
    house.held = True
    return house


def test_where_a_room_cannot_be_opened_each_who_waits_is_refused_with_the_reason(house: House) -> None:
    programs = [waiting(house, "Ada"), waiting(house, "Alan")]
    programs[0].say(act(1, "move"))
    failed(house)
    for program in programs:
        error, bye = program.hear()
        assert isinstance(error, Error)
        assert isinstance(bye, Bye)
        assert (error.code, bye.code) == ("disk", "disk")
        assert error.message == bye.message == "the room cannot be opened: the disk is full"
        assert bye.again is not None, "it may come back"
    assert house.directory.rooms == {}
    assert len(house.directory._waiting) == 0


def calls_where_all_fail(rooms: int) -> int:
    """How many functions are called, those in C among them, when rooms for one program each cannot be opened."""
    house, _ = house_of(Level.FULL, connections_address=rooms)
    house.held = True
    for number in range(rooms):
        waiting(house, room=f"room{number}")
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: object) -> None:
        calls[event] += 1

    sys.setprofile(count)
    try:
        failed(house)
    finally:
        sys.setprofile(None)
    return calls["call"] + calls["c_call"]


def test_many_rooms_that_cannot_be_opened_cost_each_the_same() -> None:
    few, many = calls_where_all_fail(20), calls_where_all_fail(200)
    assert many < 12 * few


def test_the_next_hello_tries_again_and_is_refused_as_long_as_the_disk_fails(house: House) -> None:
    assert house.store is not None
    waiting(house)
    failed(house)
    again = waiting(house)
    house.poll()
    assert codes(again) == ["Error disk", "Bye disk"]
    house.store.recover()
    once_more = waiting(house)
    opened(house)
    assert [type(message) for message in once_more.hear()] == [Welcome]


def test_a_damaged_room_is_refused_and_harms_no_other() -> None:
    house, store = house_of(Level.FULL)
    house.join("Ada").do("move")
    house.flush()
    house.restart()
    store.kept["dots"].lines[1] = b"nonsense"
    house.held = True
    ada, alan, eve = waiting(house, "Ada"), waiting(house, "Alan"), waiting(house, "Eve", "chess")
    opened(house)
    for program in (ada, alan):
        error, bye = program.hear()
        assert isinstance(error, Error)
        assert isinstance(bye, Bye)
        assert error.code == "disk"
        assert "the room 'dots' cannot be opened: what is kept of it is damaged" in error.message
    assert [type(message) for message in eve.hear()] == [Welcome]
    assert list(house.directory.rooms) == ["chess"]
    assert [log.room for log in store._logs] == ["chess"], "nobody holds the commit log of the damaged one"


def test_a_starter_client_whose_room_cannot_be_opened_is_told_in_a_line(house: House) -> None:
    old = waiting_by_lines(house, "Ada")
    failed(house)
    (line,) = old.hear()
    assert line.startswith("error server the room cannot be opened: the disk is full")
    assert old.connection.closed == (1001, "disk")
