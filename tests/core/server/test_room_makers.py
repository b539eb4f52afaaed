"""One address makes rooms without end: its own give way, and others always get one."""

from __future__ import annotations

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.core.server.room_makers import RoomMakers
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program

STRANGER = "10.6.6.6"


def make(house: House, room: str, address: str = STRANGER, *, clean: bool = True, command: bool = False) -> None:
    """Come into a new room, and go."""
    program = house.join("Eve", room, address)
    if command:
        program.do("x")
        house.flush()
    program.gone(clean=clean)


def names(house: House) -> set[str]:
    return set(house.directory.rooms)


@pytest.mark.parametrize("clean", [True, False], ids=["leaves", "cut"])
def test_who_makes_rooms_without_end_has_a_bounded_number_of_them(clean: bool) -> None:
    house = House(connections_address=20, address_time=1e6)
    ada = house.join("Ada", "ours")
    for number in range(300):
        make(house, f"room{number}", clean=clean)
    assert names(house) == {"ours", *(f"room{number}" for number in range(280, 300))}
    assert len(house.directory.accounts.of(STRANGER, house.now).away) <= 20
    ada.do("x")
    house.flush()
    assert ada.hear_commands() == ["Ada: x []"]


def test_rooms_in_which_nothing_was_said_go_first() -> None:
    house = House(connections_address=10, address_time=1e6)
    for number in range(5):
        make(house, f"used{number}", command=True)
    for number in range(20):
        make(house, f"room{number}")
    assert {f"used{number}" for number in range(5)} < names(house)


def test_a_room_with_a_player_of_another_address_counts_for_nobody() -> None:
    house = House(connections_address=10, address_time=1e6)
    guests: list[Program] = []
    for number in range(10):
        own = house.join("Eve", f"party{number}", STRANGER)
        guests.append(house.join("Ada", f"party{number}", f"10.0.1.{number}"))
        own.gone(clean=True)
    for number in range(30):
        make(house, f"room{number}")
    assert {f"party{number}" for number in range(10)} < names(house)
    assert len(names(house)) == 20


def test_rooms_in_which_somebody_is_connected_do_not_give_way() -> None:
    house = House(connections_address=10, rooms=1000, address_time=1e6)
    here = [house.join("Eve", f"room{number}", STRANGER) for number in range(9)]
    for number in range(30):
        make(house, f"more{number}")
    assert {f"room{number}" for number in range(9)} < names(house)
    assert len(names(house)) == 10
    assert not any(program.connection.ended for program in here)


def test_a_full_server_takes_rooms_from_the_address_with_the_most_and_others_get_in() -> None:
    house = House(rooms=30, connections_address=1000, address_time=1e6)
    make(house, "class", "10.0.0.5", command=True)
    for number in range(100):
        make(house, f"room{number}")
    for number in range(10):
        house.join("Ada", f"ours{number}", f"10.0.1.{number}")
    assert {"class", *(f"ours{number}" for number in range(10))} < names(house)
    assert len(names(house)) <= 30


def test_a_server_on_which_somebody_is_in_each_room_has_none_left() -> None:
    house = House(rooms=3)
    for number in range(3):
        house.join("Ada", f"room{number}", f"10.0.1.{number}")
    late = house.knock("10.0.9.9")
    late.hello("more")
    assert late.hear_bye().code == "rooms-full"


def test_a_kept_room_that_gives_way_is_closed_and_not_lost() -> None:
    house = House(store=MemoryStore(Level.FULL), connections_address=10, address_time=1e6)
    eve = house.join("Eve", "kept", STRANGER)
    eve.set("room", {"level": 3})
    house.flush()
    eve.gone()
    house.flush()
    for number in range(30):
        make(house, f"room{number}", command=True)
        house.flush()
    assert "kept" not in names(house)
    assert house.join("Ada", "kept").state.shared["level"] is not None
    back = house.knock(STRANGER)
    back.seq, back.state = eve.seq, eve.state
    back.hello("kept", "", eve.back)
    house.flush()
    back.hear()
    assert back.welcome is not None
    assert back.welcome.resumed


def test_nothing_is_left_of_rooms_that_are_closed() -> None:
    house = House(connections_address=5, address_time=1e6)
    for number in range(20):
        make(house, f"room{number}", clean=False)
    house.wait(300)
    makers: RoomMakers = house.directory._makers
    assert not house.directory.rooms
    assert not makers._made
    assert not makers._makers
    assert len(house.directory.accounts) == 0
