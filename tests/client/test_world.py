"""The text of a world is the golden one, and what is loaded from it gives that text again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from roomcast.client.room_timers import MOST
from roomcast.client.world import World
from roomcast.core.client.timers import SavedTimer, SavedTimers
from roomcast.errors import BadArgument
from tests.client.offline_room import OfflineRoom
from tests.core.vectors import each


@each("worlds.json")
def test_a_world_is_loaded_from_its_text_and_saved_as_it(vector: dict[str, Any]) -> None:
    loaded: list[Any] = []
    names = [name for name, *_ in vector.get("timers", {"set": []})["set"]]
    world = World(lambda: vector["state"])
    world.load(loaded.append)
    functions = {name: _named(name) for name in names}
    state, timers = world.read(vector["text"], OfflineRoom()._inbox._replica.player, functions, 0.0)
    world.take_over(state)
    assert loaded == [vector["state"]]
    assert [one.name for one in timers.records] == names if timers is not None else names == []
    assert (timers is None) == ("timers" not in vector)
    assert world.text(timers, functions) == vector["text"]


AT = 1_700_000_000_000.0
STEP = ["step", [], AT + 1, 1000, 0, 6_000_000]


@each("worlds_refused.json")
def test_a_world_that_no_program_has_saved_is_refused_whole(vector: dict[str, Any]) -> None:
    refused(vector["text"])


def test_a_world_has_no_more_timers_than_a_program_may_set() -> None:
    timers = [[*STEP[:5], place] for place in range(MOST + 1)]
    refused(json.dumps({"world": 0, "timers": {"set": timers, "rested": 0, "ran": {}, "made": 0}}))


def refused(text: str) -> None:
    loaded: list[Any] = []
    world = World(int)
    world.load(loaded.append)
    with pytest.raises(BadArgument, match="the world that the server has cannot be read"):
        world.read(text, OfflineRoom()._inbox._replica.player, ["step"], AT)
    assert loaded == []


@pytest.mark.parametrize("number", [2**53 + 1, -(2**60) - 1, 10**400 + 1])
def test_a_number_that_others_would_load_as_another_one_is_not_saved(number: int) -> None:
    """Canonical JSON rounds it, and the hashes of those who have the one and those who have the other would agree."""
    with pytest.raises(
        BadArgument, match=r"the world\['boards'\]\[1\] is a whole number that others would read as another"
    ):
        World(lambda: {"boards": [2**60, number]}).text(None)
    timers = SavedTimers([SavedTimer("step", (number,), AT, 0.0, 0, 1)], 0.0, {}, 1)
    with pytest.raises(BadArgument, match="as another one"):
        World(int).text(timers, ["step"])


def _named(name: str) -> Any:
    def function() -> None: ...

    function.__name__ = name
    return function
