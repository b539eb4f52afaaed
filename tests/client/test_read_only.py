"""Values of shared state as they are read: like those that were set, but for what would change them here alone."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given

from roomcast.client.json_arguments import encode_value
from roomcast.client.read_only import ReadOnlyDict, ReadOnlyList, read_only
from roomcast.errors import BadArgument
from roomcast.testing.simulation import Simulation
from tests.client.test_arguments import JSON

SCORES = {"ann": 1, "bob": {"best": [1, 2]}}
BAG = [1, [2], {"k": 3}]


def scores() -> Any:
    return read_only(SCORES, ("room.state", "scores"))


def bag() -> Any:
    return read_only(BAG, ("room.me", "bag"))


@given(JSON)
def test_what_is_read_equals_what_was_set_wherever_it_is_used(value: Any) -> None:
    read = read_only(value, ("room.state", "x"))
    assert read == value
    assert isinstance(read, type(value))
    assert json.loads(json.dumps(read)) == value
    assert msgspec.json.decode(encode_value("x", read)) == value
    assert repr(read) == repr(value)
    for again in (copy.copy(read), copy.deepcopy(read), pickle.loads(pickle.dumps(read))):  # noqa: S301
        assert again == value
        assert type(again) is type(value)


def kinds_in(value: Any) -> set[type]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {type(value)}.union(*map(kinds_in, inner))


def test_copies_can_be_changed_all_the_way_down() -> None:
    for again in (copy.deepcopy(scores()), pickle.loads(pickle.dumps(scores())), msgspec.to_builtins(scores())):  # noqa: S301
        assert kinds_in(again) <= {dict, list, int}
        again["bob"]["best"].append(3)
    assert scores() == SCORES


@pytest.mark.parametrize(
    "make",
    [
        lambda: scores() | {"ann": 2},
        lambda: {"zoe": 2} | scores(),
        lambda: scores().copy(),
        lambda: dict(scores()),
        lambda: bag().__add__([4]),
        lambda: [4].__add__(bag()),
        lambda: bag() * 2,
        lambda: bag()[:2],
        lambda: bag().copy(),
        lambda: list(bag()),
        lambda: sorted(read_only([2, 1], ("room.me", "x"))),
    ],
)
def test_what_makes_a_new_value_gives_a_plain_one(make: Callable[[], Any]) -> None:
    assert type(make()) in (dict, list)


CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "d[k] = v": lambda d, _: d.__setitem__("ann", 2),
    "del d[k]": lambda d, _: d.__delitem__("ann"),
    "d.clear": lambda d, _: d.clear(),
    "d.pop": lambda d, _: d.pop("ann"),
    "d.pop, with a default": lambda d, _: d.pop("none", None),
    "d.popitem": lambda d, _: d.popitem(),
    "d.setdefault": lambda d, _: d.setdefault("zoe", 1),
    "d.update": lambda d, _: d.update(ann=2),
    "deep": lambda d, _: d["bob"]["best"].append(3),
    "l[i] = v": lambda _, b: b.__setitem__(0, 2),
    "l[:] = v": lambda _, b: b.__setitem__(slice(None), []),
    "del l[i]": lambda _, b: b.__delitem__(0),
    "l.append": lambda _, b: b.append(1),
    "l.clear": lambda _, b: b.clear(),
    "l.extend": lambda _, b: b.extend([1]),
    "l.insert": lambda _, b: b.insert(0, 1),
    "l.pop": lambda _, b: b.pop(),
    "l.remove": lambda _, b: b.remove(1),
    "l.reverse": lambda _, b: b.reverse(),
    "l.sort": lambda _, b: b.sort(),
    "in a list": lambda _, b: b[2].update(k=4),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_would_change_it_here_alone_says_what_to_write(change: str) -> None:
    first, second = scores(), bag()
    with pytest.raises(BadArgument, match=r"cannot be changed: only this program would see it\. Set it for everyone: "):
        CHANGES[change](first, second)
    assert (first, second) == (SCORES, BAG)


def test_no_method_that_changes_a_dict_or_a_list_is_forgotten() -> None:
    changing_nothing = {"copy", "count", "get", "index", "items", "keys", "values"}
    for kind in (ReadOnlyDict, ReadOnlyList):
        base = kind.__mro__[1]
        public = {name for name in dir(base) if not name.startswith("_")} | {"__setitem__", "__delitem__"} - {
            "fromkeys"
        }
        assert {name for name in public if getattr(kind, name) == getattr(base, name)} == public & changing_nothing


def test_the_sentence_can_be_typed_as_it_stands() -> None:
    with pytest.raises(BadArgument) as one:
        scores()["ann"] += 1
    assert 'room.state["scores"] |= {"key": 3}' in str(one.value)
    assert 'or import copy, then scores = copy.deepcopy(room.state["scores"]), then' in str(one.value)
    with pytest.raises(BadArgument, match=r'room\.me\["bag"\] \+= \[3\]'):
        bag().append(1)
    with pytest.raises(BadArgument, match=r'room\.state\.merge\(\{"scores": \{"bob": \{"key": 3\}\}\}\)'):
        scores()["bob"]["ann"] = 1


def test_what_the_sentence_says_works_for_everyone() -> None:
    simulation = Simulation()
    ada, alan = simulation.join("dots", "Ada"), simulation.join("dots", "Alan")
    simulation.settle()
    ada.state["scores"] = {"ann": 1, "bob": {}}
    ada.me["bag"] = [1]
    simulation.settle()
    with pytest.raises(BadArgument, match="cannot be changed"):
        ada.state["scores"]["ann"] += 1
    ada.state["scores"] |= {"ann": 2}
    ada.me["bag"] += [2]
    simulation.settle()
    ada.state.merge({"scores": {"bob": {"best": 3}}})
    simulation.settle()
    assert alan.state["scores"] == ada.state["scores"] == {"ann": 2, "bob": {"best": 3}}
    assert alan.players["Ada"]["bag"] == [1, 2]
    with pytest.raises(BadArgument, match=r'room\.players\["Ada"\]\["bag"\] cannot be changed: .* a copy'):
        alan.players["Ada"]["bag"].append(3)
    assert alan.players["Ada"]["bag"] is alan.players["Ada"]["bag"], "made once, not at each look"
    ada.state["other"] = alan.state["scores"]
    simulation.settle()
    assert alan.state["other"] == alan.state["scores"]
    for read in (ada.state.get("scores"), dict(ada.state.items())["scores"], next(iter(ada.state.values()))):
        with pytest.raises(BadArgument, match="cannot be changed"):
            read["ann"] = 5


def test_what_one_function_does_to_what_it_is_given_no_other_one_sees() -> None:
    simulation = Simulation()
    ada, alan = simulation.join("dots", "Ada"), simulation.join("dots", "Alan")
    simulation.settle()
    seen: list[Any] = []

    @alan.on("set")
    def spoil_patch(player: Any, patch: Any) -> None:
        with pytest.raises(BadArgument, match=r'patch\["x"\] cannot be changed'):
            patch["x"].append("spoilt")
        with pytest.raises(BadArgument, match="patch cannot be changed"):
            patch["x"] = "spoilt"

    @alan.on("deal")
    def spoil(cards: Any) -> None:
        cards.append("spoilt")

    @alan.on("deal")
    def see(cards: Any) -> None:
        seen.append(cards)

    ada.state["x"] = [1]
    ada.send("deal", ["a", "b"])
    simulation.settle()
    assert seen == [["a", "b"]]
    assert alan.state["x"] == [1]
