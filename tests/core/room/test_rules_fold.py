"""The truth of a room's rules: patches lead to what it was, to the byte and in its order, and no message holds it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.room.rules_fold import BoxChange, BoxFields, Truth, TruthPatch, fold, read_truth, truth_patch
from roomcast.errors import ProtocolError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-2, 2) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
BOXES = st.dictionaries(
    st.sampled_from(["self", "state", "@Ada"]), st.dictionaries(st.sampled_from("xyz"), VALUES), max_size=3
)


def texts(box: dict[str, Any]) -> BoxFields:
    return {field: Raw(msgspec.json.encode(value)) for field, value in box.items()}


def changes_between(old: dict[str, Any], new: dict[str, Any]) -> dict[str, BoxChange]:
    """As a box says them: fields that are there in another order make another box."""
    found: dict[str, BoxChange] = dict.fromkeys(old.keys() - new.keys())
    for name, box in new.items():
        before, now = texts(old.get(name, {})), texts(box)
        stay = [field for field in before if field in now]
        if list(now)[: len(stay)] != stay:
            found[name] = Raw(msgspec.json.encode(now))
        else:
            found[name] = {field: (before.get(field), now.get(field)) for field in {**before, **now}}
    return found


@given(st.lists(BOXES, min_size=1, max_size=6))
def test_patches_lead_to_the_same_texts_in_the_same_order(states: list[dict[str, Any]]) -> None:
    patches: list[TruthPatch] = []
    before: dict[str, Any] = {}
    for state in states:
        patch = truth_patch(changes_between(before, state))
        assert (patch is None) == (
            {name: texts(box) for name, box in before.items() if box}
            == {name: texts(box) for name, box in state.items() if box}
            and before.keys() <= state.keys()
        )
        patches += [] if patch is None else [patch]
        before = state
    folded = fold(None, patches)
    wanted = {name: list(texts(box).items()) for name, box in states[-1].items() if box}
    assert {name: list(box.items()) for name, box in folded.boxes.items() if box} == wanted
    assert read_truth(folded.text) == folded
    middle = len(patches) // 2
    assert fold(fold(None, patches[:middle]), patches[middle:]) == folded, "it may be cut at any snapshot"


def test_the_order_of_keys_is_kept() -> None:
    before, now = Raw(b'{"a":1,"b":2}'), Raw(b'{"b":2,"a":1}')
    first = truth_patch({"self": {"turns": (None, before)}})
    second = truth_patch({"self": {"turns": (before, now)}})
    assert first is not None
    assert second is not None
    assert fold(None, [first, second]).text == b'{"self":{"turns":{"b":2,"a":1}}}'


def test_a_fold_changes_nothing_that_it_was_given() -> None:
    truth = Truth({"self": texts({"card": 1})})
    fold(truth, [TruthPatch(b'{"self":{"card":2},"state":{"x":1}}')])
    assert truth.text == b'{"self":{"card":1}}'


@pytest.mark.parametrize("secret", [Truth({"self": texts({"card": 1})}), TruthPatch(b'{"self":{"card":1}}')])
def test_no_codec_writes_it(secret: Any) -> None:
    for message in (secret, [secret], {"x": secret}):
        with pytest.raises(TypeError):
            codec.encode(message)
        with pytest.raises(TypeError):
            msgspec.json.encode(message)
    assert "card" not in repr(secret)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"self":1}', b'{"self":{"card":{"x":1}}}', b'{"self":[1]}'])
def test_a_damaged_patch_is_refused(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        fold(None, [TruthPatch(text)])
