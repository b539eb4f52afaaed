"""The fold: what a log makes of a room."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Away, Back, Do, Join, Leave, PlayerRecord, Set
from roomcast.core.room.fold import EMPTY, RoomState, apply, patched, restore, snapshot
from tests.core.entries import LOGS, PATCHES, entries, frozen

ADA, ALAN = Join(1, "Ada", 0, "Ada"), Join(2, "Alan", 0, "Alan T.")

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


def fold(log: list[AnyEntry], state: RoomState = EMPTY) -> RoomState:
    for entry in log:
        state = apply(state, entry)
    return state


# ---------------------------------------------------------------------- patches


@pytest.mark.parametrize(("old", "patch", "new"), RFC_7396)
def test_a_patch_merges_as_rfc_7396_shows(old: Any, patch: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(patch, dict):
        assert patched(old, patch, whole=False) == new
    assert patched({"k": old}, {"k": patch}, whole=False) == {"k": new}


@pytest.mark.parametrize(("old", "patch", "new"), RFC_7396)
def test_a_whole_patch_puts_each_value_in_the_place_of_the_old(old: Any, patch: Any, new: Any) -> None:
    assert patched({"k": old, "other": 1}, {"k": patch}, whole=True) == {"k": patch, "other": 1}


def test_null_removes_a_key_in_both_kinds_of_patch() -> None:
    for whole in (False, True):
        assert patched({"a": 1, "b": 2}, {"a": None, "nobody": None}, whole=whole) == {"b": 2}


@given(PATCHES, PATCHES, st.booleans())
def test_a_patch_changes_neither_the_old_value_nor_itself(
    old: dict[str, Any], patch: dict[str, Any], whole: bool
) -> None:
    before = frozen(old), frozen(patch)
    new = patched(old, patch, whole=whole)
    for value in new.values():
        if isinstance(value, dict) and not whole:
            patched(new, {"a": {"deep": 1}, "b": {"deep": 1}}, whole=False)
    assert (frozen(old), frozen(patch)) == before


@given(PATCHES, PATCHES, st.booleans())
def test_the_same_patch_twice_is_the_patch_once(old: dict[str, Any], patch: dict[str, Any], whole: bool) -> None:
    once = patched(old, patch, whole=whole)
    assert patched(once, patch, whole=whole) == once


# ---------------------------------------------------------------------- single entries


def test_players_stand_in_the_order_of_joining() -> None:
    state = fold([ADA, ALAN])
    assert list(state.players) == ["Ada", "Alan"]
    assert state.players["Alan"] == PlayerRecord("Alan", "Alan T.", True, {})


def test_away_and_back_change_only_whether_one_is_here() -> None:
    state = fold([ADA, ALAN, Set(3, "Ada", 0, "me", {"x": 1})])
    away = apply(state, Away(4, "Ada", 0))
    assert away.players["Ada"] == PlayerRecord("Ada", "Ada", False, {"x": 1})
    assert list(away.players) == ["Ada", "Alan"]
    assert apply(away, Back(5, "Ada", 0)) == state


def test_who_leaves_is_gone_with_its_state_and_who_joins_again_comes_last() -> None:
    state = fold([ADA, ALAN, Set(3, "Ada", 0, "me", {"x": 1}), Leave(4, "Ada", 0)])
    assert list(state.players) == ["Alan"]
    again = fold([Join(5, "Ada", 0, "Ada", {"x": 1})], state)
    assert list(again.players) == ["Alan", "Ada"]
    assert again.players["Ada"].state == {"x": 1}


def test_the_rooms_state_outlives_those_who_set_it() -> None:
    state = fold([ADA, Set(2, "Ada", 0, "room", {"level": 2}), Leave(3, "Ada", 0)])
    assert state == RoomState({}, {"level": 2})


def test_entries_of_those_who_are_not_there_change_nothing() -> None:
    for entry in (Set(1, "Eve", 0, "me", {"x": 1}), Away(1, "Eve", 0), Back(1, "Eve", 0), Leave(1, "Eve", 0)):
        assert apply(EMPTY, entry) == EMPTY
        assert apply(fold([ADA]), entry) == fold([ADA])


def test_a_command_changes_nothing() -> None:
    state = fold([ADA])
    assert apply(state, Do(2, "Ada", 0, "move")) is state


# ---------------------------------------------------------------------- whatever the log


@given(LOGS, entries())
def test_the_fold_never_changes_what_it_is_given(log: list[AnyEntry], entry: AnyEntry) -> None:
    state = fold(log)
    before, entry_before = frozen(state), frozen(entry)
    kept = copy.deepcopy(state)
    apply(state, entry)
    assert (frozen(state), frozen(entry)) == (before, entry_before)
    assert state == kept


@given(LOGS)
def test_a_snapshot_holds_all_that_the_state_is(log: list[AnyEntry]) -> None:
    state = fold(log)
    restored = restore(snapshot(state))
    assert restored == state
    assert frozen(restored) == frozen(state)  # the order of players, too


@given(LOGS, st.integers(0, 12))
def test_from_a_snapshot_in_the_middle_one_comes_to_the_same_end(log: list[AnyEntry], middle: int) -> None:
    taken = snapshot(fold(log[:middle]))
    over_the_wire = codec.encode(taken)
    assert frozen(fold(log[middle:], restore(taken))) == frozen(fold(log))
    assert b"\n" not in over_the_wire


@given(LOGS)
def test_players_are_filed_under_their_own_ids(log: list[AnyEntry]) -> None:
    assert all(who == record.id for who, record in fold(log).players.items())
