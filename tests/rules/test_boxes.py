"""Boxes: whatever a handler does to its fields, all of it stands or nothing; what changed is found."""

from __future__ import annotations

import copy
import math
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from roomcast.core.protocol.tree_patch import patched
from roomcast.rules.boxes import OVERHEAD, Box
from roomcast.rules.json_texts import KeptObject
from roomcast.rules.ledger import Ledger
from roomcast.rules.rejection import RulesMistake
from roomcast.rules.room_player import Player

FIELDS = st.sampled_from(["a", "b", "c"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "long text", 1.0, -0.5])
VALUES = st.recursive(SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(FIELDS, one, max_size=2))


class BoxAgainstModel(RuleBasedStateMachine):
    """A box, and a dict that is copied before each handler: what the box must be."""

    @initialize()
    def begin(self) -> None:
        self.ledger = Ledger()
        self.box = Box("self.state", self.ledger)
        self.model: dict[str, Any] = {}
        self.kept: dict[str, Any] = {}  # as of the last handler that stands
        self.closed: dict[str, Any] = {}  # as of the last close

    @rule(field=FIELDS, value=VALUES)
    def set(self, field: str, value: Any) -> None:
        self.box.set(field, copy.deepcopy(value))
        self.model[field] = copy.deepcopy(value)

    @rule(field=FIELDS)
    def remove(self, field: str) -> None:
        if field in self.model:
            self.box.remove(field)
            del self.model[field]
        else:
            with pytest.raises(KeyError):
                self.box.remove(field)

    @rule(field=FIELDS, value=SCALARS)
    def change_in_place(self, field: str, value: Any) -> None:
        for one in (self.model.get(field), self.box.get(field) if field in self.model else None):
            if isinstance(one, list):
                one.append(value)
            elif isinstance(one, dict):
                one["b"] = value

    @rule()
    def stands(self) -> None:
        assert self.box.draft() == (not _same(self.model, self.kept))
        size = self.box.size_then
        self.box.keep()
        self.ledger.clear()
        assert self.box.size == size
        self.kept = copy.deepcopy(self.model)

    @rule(drafted=st.booleans())
    def is_undone(self, drafted: bool) -> None:
        if drafted:
            self.box.draft()
        self.box.undo()
        self.ledger.clear()
        self.model = copy.deepcopy(self.kept)

    @rule()
    def closes(self) -> None:
        self.stands()
        texts, patches = self.box.close()
        changed = {field: None if text is None else msgspec.json.decode(text) for field, text in texts.items()}
        expected = {
            field: self.kept.get(field)
            for field in {**self.kept, **self.closed}
            if (field in self.kept) != (field in self.closed) or not _same(self.kept.get(field), self.closed.get(field))
        }
        assert _same(changed, expected)
        assert patches.keys() == changed.keys()
        for field, patch in patches.items():
            old = msgspec.Raw(msgspec.json.encode(self.closed[field])) if field in self.closed else None
            new = patched(old, msgspec.Raw(msgspec.json.encode(patch)))
            assert (new is None) == (field not in self.kept)
            assert new is None or _same(msgspec.json.decode(new), self.kept[field])
        self.closed = copy.deepcopy(self.kept)

    @invariant()
    def has_what_the_model_has(self) -> None:
        assert sorted(self.box) == sorted(self.model)
        assert all(_same(self.box.live.get(field, self.model[field]), self.model[field]) for field in self.model)

    @invariant()
    def its_size_is_that_of_its_texts(self) -> None:
        texts = {field: msgspec.json.encode(value) for field, value in self.kept.items()}
        assert self.box.size == 2 + sum(len(field) + len(text) + OVERHEAD for field, text in texts.items())


def _same(one: Any, other: Any) -> bool:
    """As JSON: True is not 1, and the order of keys counts, as in a text."""
    return msgspec.json.encode(one, order="sorted") == msgspec.json.encode(other, order="sorted")


TestBoxAgainstModel = BoxAgainstModel.TestCase
TestBoxAgainstModel.settings = settings(max_examples=100, stateful_step_count=30)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1, 2}, "a set would be a list"),
        ([1, (2, 3)], "in item 1, a tuple would be a list"),
        ({"a": {1: "x"}}, "in 'a', the key 1 is no text; write '1'"),
        ({"a": math.nan}, "in 'a', nan is no number that JSON has"),
        (math.inf, "inf is no number that JSON has"),
        (object(), "a object cannot be kept"),
        (b"bytes", "a bytes would be a str"),
        ("\ud83d", "cannot be kept"),
        (Player("Ada", "Ada", Box("player", Ledger())), "keep player.id"),
    ],
)
def test_what_would_not_come_back_as_it_is_is_found_when_it_is_set(value: Any, why: str) -> None:
    box = Box("self", Ledger())
    box.set("deck", value)
    with pytest.raises(RulesMistake) as mistake:
        box.draft()
    assert str(mistake.value).startswith("self.deck")
    assert why in str(mistake.value)
    box.undo()
    assert "deck" not in box


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_has_the_text_of_none_is_found_where_none_was(value: float) -> None:
    box = Box("self", Ledger())
    box.set("deck", None)
    assert box.draft()
    box.keep()
    box.set("deck", value)
    with pytest.raises(RulesMistake, match="is no number that JSON has"):
        box.draft()
    box.undo()
    assert box.get("deck") is None


def test_what_holds_itself_or_is_nested_too_deep_is_found() -> None:
    box = Box("self.state", Ledger())
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = 1
    for _ in range(300):
        deep = [deep]
    for value in (endless, deep):
        box.set("x", value)
        with pytest.raises(RulesMistake, match=r'self\.state\["x"\]'):
            box.draft()
        box.undo()


def test_what_belongs_to_a_room_says_what_to_keep_in_its_place() -> None:
    assert "player.id" in Player("Ada", "Ada", Box("player", Ledger())).advice()
    with pytest.raises(NotImplementedError):
        KeptObject().advice()
