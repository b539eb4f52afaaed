"""The text of a world is the golden one, and what is loaded from it gives that text again."""

from __future__ import annotations

from typing import Any

from roomcast.client.world import World
from tests.client.offline_room import OfflineRoom
from tests.core.vectors import each


@each("worlds.json")
def test_a_world_is_loaded_from_its_text_and_saved_as_it(vector: dict[str, Any]) -> None:
    loaded: list[Any] = []
    names = [name for name, *_ in vector.get("timers", {"set": []})["set"]]
    world = World(lambda: vector["state"])
    world.load(loaded.append)
    functions = {name: _named(name) for name in names}
    state, timers = world.read(vector["text"], OfflineRoom()._inbox._replica.player, functions)
    world.take_over(state)
    assert loaded == [vector["state"]]
    assert [one.name for one in timers.records] == names if timers is not None else names == []
    assert (timers is None) == ("timers" not in vector)
    assert world.text(timers, functions) == vector["text"]


def _named(name: str) -> Any:
    def function() -> None: ...

    function.__name__ = name
    return function
