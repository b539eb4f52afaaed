"""Tree patches: whatever the two values, the patch between them leads from the one to the other."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from roomcast.core.protocol.tree_patch import REMOVED, diff, diff_members, patched
from roomcast.errors import ProtocolError
from tests.core import vectors

SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([0.5, 1e300]) | st.text('ab"\\é', max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("ab1", max_size=2), inner, max_size=4),
    max_leaves=24,
)


def raw(value: Any) -> Raw:
    return Raw(msgspec.json.encode(value))


def value(text: Raw | None) -> Any:
    assert text is not None
    return msgspec.json.decode(text)


def after(old: Any, new: Any) -> Any:
    patch = diff(raw(old), raw(new))
    return old if patch is None else value(patched(raw(old), patch))


def same(one: Any, other: Any) -> bool:
    """As JSON: True is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(VALUES, VALUES)
def test_the_patch_between_two_values_leads_from_one_to_the_other(old: Any, new: Any) -> None:
    assert same(after(old, new), new)


@given(st.lists(VALUES, max_size=8), st.data())
def test_also_between_lists_that_are_nearly_the_same(old: list[Any], data: st.DataObject) -> None:
    new = list(old)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(new)))
        new[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(SCALARS, max_size=2))
    assert same(after(old, new), new)


@given(VALUES)
def test_what_is_the_same_has_no_patch(one: Any) -> None:
    assert diff(raw(one), raw(one)) is None


@given(VALUES, VALUES)
def test_a_patch_is_hardly_longer_than_the_new_value(old: Any, new: Any) -> None:
    patch = diff(raw(old), raw(new))
    assert patch is None or len(patch) <= len(raw(new)) + 2


@pytest.mark.parametrize("vector", vectors.load("tree_patches.json"), ids=lambda vector: str(vector["name"]))
def test_vectors(vector: dict[str, Any]) -> None:
    patch = diff(raw(vector["old"]), raw(vector["new"]))
    assert value(patch) == vector["patch"]
    assert patch is not None
    assert value(patched(raw(vector["old"]), patch)) == vector["new"]


def test_a_key_that_is_removed() -> None:
    assert diff(raw(1), None) == REMOVED
    assert diff(None, None) is None
    assert patched(raw(1), REMOVED) is None
    assert bytes(diff_members({"x": raw(1), "y": raw(2)}, {"x": None, "y": raw(2), "z": raw(3)})) == b'{"x":[],"z":3}'


@pytest.mark.parametrize(
    ("old", "patch"),
    [
        (b"5", b'{"x":1}'),
        (b"[1]", b'{"1":2}'),
        (b"[1]", b'{"x":2}'),
        (b"[1]", b'{"-1":2}'),
        (b"[1]", b'{"0":[]}'),
        (b"[1]", b'{"":[1,1,[]]}'),
        (b"[1]", b'{"":[-1,1,[]]}'),
        (b"[1]", b'{"":5}'),
    ],
)
def test_a_patch_that_does_not_fit_is_an_error_of_the_server(old: bytes, patch: bytes) -> None:
    with pytest.raises(ProtocolError, match="does not fit"):
        patched(Raw(old), Raw(patch))
