"""What would silently be no room any more is refused at once, with what to write instead."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.errors import BadArgument
from roomcast.testing.simulation import Simulation
from tests.client.offline_room import OfflineRoom


@pytest.mark.parametrize(("name", "instead"), [("state", 'room.state["level"] = 3'), ("players", "its own program")])
def test_state_and_players_are_not_replaced(name: str, instead: str) -> None:
    room = OfflineRoom()
    before = getattr(room, name)
    with pytest.raises(BadArgument) as refused:
        setattr(room, name, {"level": 3})
    assert f"room.{name} cannot be replaced" in str(refused.value)
    assert instead in str(refused.value)
    assert getattr(room, name) is before


@pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, pickle.dumps])
@pytest.mark.parametrize("what", ["room", "state", "me", "player"])
def test_nothing_of_a_room_is_copied(take: Callable[[object], object], what: str) -> None:
    room = OfflineRoom()
    owners = {"room": "a room is", "state": "dict(room.state)", "me": "dict(room.me)", "player": 'players["Alan"]'}
    things = {"room": room, "state": room.state, "me": room.me, "player": room.players["Alan"]}
    with pytest.raises(BadArgument, match="cannot be copied or pickled") as refused:
        take(things[what])
    assert owners[what] in str(refused.value)


def test_the_rooms_state_equals_a_dict_and_itself_alone() -> None:
    simulation = Simulation()
    red, blue = simulation.join("dots", "red"), simulation.join("dots", "blue")
    red.state["scores"] = {"ann": [1]}
    simulation.settle()
    for room in (red, blue):
        assert room.state == {"scores": {"ann": [1]}}
        assert room.state != {}
        same: Any = room.state
        assert same == room.state
        assert hash(same) == hash(room.state)
    assert red.state != blue.state
