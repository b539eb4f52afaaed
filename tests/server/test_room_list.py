"""The list of rooms: how often it is made, and how long it gets."""

import json
from typing import Any

import pytest

from roomcast.server import room_list
from roomcast.server.room_list import RoomList
from tests.core.fakes import House


class Clock:
    """Each look at it takes `step` seconds."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.time = 0.0

    def __call__(self) -> float:
        self.time += self.step
        return self.time


def read(rooms: RoomList, address: str = "http://a") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rooms.json(address))
    return found


def test_it_has_the_rooms_with_players_and_for_each_reader_an_address() -> None:
    house = House()
    rooms = RoomList(house.directory, Clock(0.0))
    assert read(rooms) == {"address": "http://a", "rooms": []}
    house.join("Ada", "turtles")
    house.join("Alan", "dots")
    house.join('<b>"é', "dots")
    found = read(rooms, 'http://"b"')
    assert found["address"] == 'http://"b"'
    assert [room["name"] for room in found["rooms"]] == ["dots", "turtles"]
    assert found["rooms"][0]["players"] == [
        {"id": "Alan", "name": "Alan", "here": True},
        {"id": '<b>"é', "name": '<b>"é', "here": True},
    ]
    assert found["rooms"][0]["code"] == house.directory.code("dots")


def test_making_it_takes_at_most_a_twentieth_of_the_time() -> None:
    house = House()
    clock = Clock(0.01)
    rooms = RoomList(house.directory, clock)
    read(rooms)
    house.join("Ada")
    while not read(rooms)["rooms"]:
        assert rooms.times_made == 1
    assert rooms.times_made == 2
    assert clock.time == pytest.approx(0.02 + 20 * 0.01 + 2 * 0.01, abs=0.011)


def test_it_is_bounded_and_has_the_busiest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_list, "MAX_ROOMS", 3)
    monkeypatch.setattr(room_list, "MAX_PLAYERS", 5)
    house = House()
    for room, players in (("a", 1), ("b", 3), ("c", 1), ("d", 2), ("e", 4)):
        for number in range(players):
            house.join(f"P{number}", room)
    found = read(RoomList(house.directory, Clock(0.0)))
    assert [(room["name"], len(room["players"])) for room in found["rooms"]] == [("b", 3), ("d", 2), ("e", 0)]
    assert found["more"] == 2
