"""Shared state as a map of texts: it is what a plain dict would be, and a patch costs what it changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import NO_STATE, AnyEntry, Join, Set
from roomcast.core.room import shared_map
from roomcast.core.room.fold import EMPTY, apply, restore, snapshot
from roomcast.core.room.shared_map import KEY_OVERHEAD, SharedMap
from tests.core.entries import KEYS, PATCHES, raw

# RFC 7396, appendix A: original, patch, result. Shared state is an object and so is a patch; the examples that are
# none are tried as values, one level down. (There, the one whose patch is null removes the key: see below.)
RFC_7396 = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


KEYS_OF_A_LARGE_ONE = 24_000


def plain(old: dict[str, Any], patch: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """What a patch makes of a dict, in the plainest way: what all programs of a room must agree on."""
    new = dict(old)
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        elif whole or not isinstance(value, dict):
            new[key] = value
        else:
            before = new.get(key)
            new[key] = plain(before if isinstance(before, dict) else {}, value, whole=False)
    return new


def text_of(value: object) -> str:
    return codec.encode(value).decode()


# ---------------------------------------------------------------------- what it is


@pytest.mark.parametrize(("old", "patch", "new"), RFC_7396)
def test_a_patch_merges_as_rfc_7396_shows(old: Any, patch: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(patch, dict) and None not in old.values():
        assert SharedMap.of(old).patched(raw(patch), whole=False) == new
    assert SharedMap.of({"k": old}).patched(raw({"k": patch}), whole=False) == {"k": new}


@pytest.mark.parametrize(("old", "patch", "new"), RFC_7396)
def test_a_whole_patch_puts_each_value_in_the_place_of_the_old(old: Any, patch: Any, new: Any) -> None:
    assert SharedMap.of({"k": old, "other": 1}).patched(raw({"k": patch}), whole=True) == {"k": patch, "other": 1}


def test_null_removes_a_key_in_both_kinds_of_patch() -> None:
    for whole in (False, True):
        assert SharedMap.of({"a": 1, "b": 2}).patched(raw({"a": None, "nobody": None}), whole=whole) == {"b": 2}


def padded(value: Any) -> Any:
    """The same with objects so large that they are maps of their own once something is merged into them."""
    if isinstance(value, dict) and value:
        return {**{key: padded(one) for key, one in value.items()}, "padding": "x" * 600}
    return value


LARGE = st.dictionaries(KEYS, st.dictionaries(KEYS, PATCHES, max_size=3), max_size=3).map(padded)
STEPS = st.lists(st.tuples(PATCHES | LARGE, st.booleans()), max_size=8)


@given(STEPS)
def test_after_any_patches_it_is_what_a_plain_dict_would_be(steps: list[tuple[dict[str, Any], bool]]) -> None:
    shared, expected = SharedMap(), dict[str, Any]()
    for patch, whole in steps:
        before, size = text_of(patch), shared.size_after(raw(patch), whole=whole)
        shared, expected = shared.patched(raw(patch), whole=whole), plain(expected, patch, whole=whole)
        assert text_of(patch) == before
        assert shared == expected
        assert text_of(shared) == text_of(expected), "the order of keys, too"
        assert shared.size == size == len(shared.text())
        assert shared.decoded() == expected
        assert list(shared) == list(expected)
        assert len(shared) == len(expected)


@given(STEPS)
def test_older_versions_stay_what_they_were(steps: list[tuple[dict[str, Any], bool]]) -> None:
    versions, expected = [SharedMap()], [dict[str, Any]()]
    for patch, whole in steps:
        versions.append(versions[-1].patched(raw(patch), whole=whole))
        expected.append(plain(expected[-1], patch, whole=whole))
    for version, values in zip(versions, expected, strict=True):
        assert version == values
        assert version.patched(raw({"a": 1}), whole=True) == {**values, "a": 1}
        assert version == values


@given(STEPS, st.integers(0, 8))
def test_from_a_snapshot_in_the_middle_one_comes_to_the_same_text(
    steps: list[tuple[dict[str, Any], bool]], middle: int
) -> None:
    log: list[AnyEntry] = [Set(0, "Ada", 0, "room", raw(patch), whole) for patch, whole in steps]
    whole_state = state = EMPTY
    for count, entry in enumerate(log):
        if count == middle:
            state = restore(msgspec.json.decode(codec.encode(snapshot(whole_state)), type=type(snapshot(EMPTY))))
        whole_state, state = apply(whole_state, entry), apply(state, entry)
    if middle < len(log):
        assert snapshot(state) == snapshot(whole_state)


def test_the_empty_state_that_all_rooms_begin_with_knows_none_of_them() -> None:
    state = EMPTY
    for seq in range(3):
        state = apply(state, Set(seq, "Ada", 0, "room", raw({"k": seq})))
    assert EMPTY.shared._later is None
    assert restore(snapshot(EMPTY)) == EMPTY
    assert len(EMPTY.shared) == 0


def test_keys_that_are_equal_are_one_key_however_they_are_written() -> None:
    line = rb'{"t":"set","n":1,"of":"room","p":{"a":1,"\u0061":{"b":2,"\u0062":3}}}'
    patch = codec.decode_client(line).p  # type: ignore[union-attr]
    shared = SharedMap(Raw(rb'{"\u0061":{"c":1},"a":{"d":1}}')).patched(patch, whole=False)
    assert shared == plain({"a": {"d": 1}}, json.loads(line)["p"], whole=False) == {"a": {"d": 1, "b": 3}}


@pytest.mark.parametrize("text", [b"5", b"[1]", b"null", b'"{}"'])
def test_state_that_is_no_object_is_empty(text: bytes) -> None:
    state = restore(snapshot(apply(EMPTY, Join(1, "Eve", 0, "Eve", Raw(text)))))
    assert state.players["Eve"].state == {}
    assert state.players["Eve"].state.patched(raw({"a": 1}), whole=True) == {"a": 1}


def test_a_number_that_no_program_can_read_is_none() -> None:
    shared = SharedMap(Raw(b'{"a":1e999,"b":' + b"9" * 5000 + b',"c":1}'))
    assert shared == {"a": None, "b": None, "c": 1}


def test_what_is_kept_is_the_text_that_was_sent_never_a_longer_one() -> None:
    sent = Raw(b'{"a":{"n": 1e20,"f":1E2,"z":1.50},"b":[ 1e15 ]}')
    shared = SharedMap().patched(sent, whole=False)
    assert bytes(shared.text()) == b'{"a":{"n": 1e20,"f":1E2,"z":1.50},"b":[ 1e15 ]}'
    merged = shared.patched(Raw(b'{"a":{"f":2e9,"x":null}}'), whole=False)
    assert bytes(merged.text()) == b'{"a":{"n":1e20,"f":2e9,"z":1.50},"b":[ 1e15 ]}'
    assert merged.size == len(merged.text())
    assert merged["a"] == {"n": 1e20, "f": 2e9, "z": 1.5}


# ---------------------------------------------------------------------- what it costs


class Cost:
    """Bytes that were encoded, keys that were taken apart (of a patch, too), and bytes that were decoded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.encoded = self.opened = self.decoded = 0
        encode, members, decode = codec.encode, shared_map._members, shared_map._decode

        def counting_encode(value: Any) -> bytes:
            text = encode(value)
            self.encoded += len(text)
            return text

        def counting_members(text: Raw) -> dict[str, Raw]:
            found = members(text)
            self.opened += len(found)
            return found

        def counting_decode(text: Raw) -> Any:
            self.decoded += len(text)
            return decode(text)

        monkeypatch.setattr(codec, "encode", counting_encode)
        monkeypatch.setattr(shared_map, "_members", counting_members)
        monkeypatch.setattr(shared_map, "_decode", counting_decode)

    def of(self, run: Callable[[], object]) -> tuple[int, int, int]:
        self.encoded = self.opened = self.decoded = 0
        run()
        return self.encoded, self.opened, self.decoded


@pytest.fixture
def cost(monkeypatch: pytest.MonkeyPatch) -> Cost:
    return Cost(monkeypatch)


def many() -> dict[str, int]:
    return {f"k{number}": number for number in range(KEYS_OF_A_LARGE_ONE)}


def test_a_patch_of_one_key_of_many_touches_that_key_alone(cost: Cost) -> None:
    shared = SharedMap.of(many()).patched(raw({"k1": 0}), whole=True)
    patch, other = raw({"k7": 1}), raw({"k7": None, "new": 2})
    assert cost.of(lambda: shared.size_after(patch, whole=True)) == (0, 1, 0)
    newer = shared.patched(patch, whole=True)
    assert newer._items is not None
    assert shared._items is None, "the one dict went from the older version to the newer"
    assert cost.of(lambda: newer.patched(other, whole=False)) == (len('"k7""new"'), 2, 0)


def test_a_patch_within_one_large_value_touches_what_it_names(cost: Cost) -> None:
    shared = SharedMap.of({"scores": {"deep": many()}, "other": 1})
    merged = shared.patched(raw({"scores": {"deep": {"k1": 0}}}), whole=False)  # the first one takes it apart
    patch = raw({"scores": {"deep": {"k7": 1, "k8": None}}})
    assert cost.of(lambda: merged.patched(patch, whole=False)) == (len('"k8"'), 4, 0)


def test_a_patch_that_is_refused_again_and_again_takes_a_text_apart_once(cost: Cost) -> None:
    shared = SharedMap.of({"scores": many()})
    patch = raw({"scores": {"new": "x" * 1000}})
    cost.of(lambda: shared.size_after(patch, whole=False))
    assert cost.of(lambda: shared.size_after(patch, whole=False)) == (len('"new"'), 2, 0)
    assert shared.size == len(shared.text())
    assert shared.keys_held == 1 + KEYS_OF_A_LARGE_ONE


def test_a_value_is_decoded_when_it_is_read_and_once(cost: Cost) -> None:
    shared = SharedMap.of(many())
    assert cost.of(lambda: shared["k10"])[2] == len("10")
    newer = shared.patched(raw({"k7": 1}), whole=True)
    assert cost.of(lambda: (newer["k10"], newer["k10"], newer.get("k7"))) == (0, 0, len("1"))
    newest = newer.patched(raw({"k10": 11}), whole=True)
    assert newest["k10"] == 11


def test_what_is_held_is_the_text_and_a_part_for_each_key() -> None:
    lists = SharedMap.of({"lists": [[]] * 9990})
    assert lists.held == lists.size == len(lists.text())
    opened = lists.patched(raw({"other": 1}), whole=True)
    assert opened.held == 2 * opened.size + 2 * KEY_OVERHEAD, (
        "also after a snapshot, which is kept until the next patch"
    )


def test_an_object_that_became_small_is_a_text_again() -> None:
    shared = SharedMap.of({"scores": {f"k{number}": number for number in range(200)}})
    merged = shared.patched(raw({"scores": {"k0": 5}}), whole=False)
    assert merged.keys_held == 201
    small = merged.patched(raw({"scores": {f"k{number}": None for number in range(1, 200)}}), whole=False)
    assert (small, small.keys_held) == ({"scores": {"k0": 5}}, 1)


def test_a_state_without_keys_is_the_same_text_always() -> None:
    assert SharedMap.of({"a": 1}).patched(raw({"a": None}), whole=True).text() is NO_STATE
