"""The fold: what a log makes of a room."""

import copy

from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import NO_STATE, AnyEntry, Away, Back, Do, Join, Leave, PlayerRecord, Set
from roomcast.core.room.fold import EMPTY, PlayerState, RoomState, apply, presence, restore, snapshot
from roomcast.core.room.shared_map import SharedMap
from tests.core.entries import LOGS, entries, frozen, raw

ADA, ALAN = Join(1, "Ada", 0, "Ada"), Join(2, "Alan", 0, "Alan T.")


def fold(log: list[AnyEntry], state: RoomState = EMPTY) -> RoomState:
    for entry in log:
        state = apply(state, entry)
    return state


# ---------------------------------------------------------------------- single entries


def test_players_stand_in_the_order_of_joining() -> None:
    state = fold([ADA, ALAN])
    assert list(state.players) == ["Ada", "Alan"]
    assert state.players["Alan"] == PlayerState("Alan", "Alan T.", True)


def test_away_and_back_change_only_whether_one_is_here() -> None:
    state = fold([ADA, ALAN, Set(3, "Ada", 0, "me", raw({"x": 1}))])
    away = apply(state, Away(4, "Ada", 0))
    assert away.players["Ada"] == PlayerState("Ada", "Ada", False, SharedMap.of({"x": 1}))
    assert list(away.players) == ["Ada", "Alan"]
    assert apply(away, Back(5, "Ada", 0)) == state


def test_who_leaves_is_gone_with_its_state_and_who_joins_again_comes_last() -> None:
    state = fold([ADA, ALAN, Set(3, "Ada", 0, "me", raw({"x": 1})), Leave(4, "Ada", 0)])
    assert list(state.players) == ["Alan"]
    again = fold([Join(5, "Ada", 0, "Ada", Raw(b'{"x":1}'))], state)
    assert list(again.players) == ["Alan", "Ada"]
    assert again.players["Ada"].state == {"x": 1}


def test_the_rooms_state_outlives_those_who_set_it() -> None:
    state = fold([ADA, Set(2, "Ada", 0, "room", raw({"level": 2})), Leave(3, "Ada", 0)])
    assert state == RoomState({}, SharedMap.of({"level": 2}))


def test_entries_of_those_who_are_not_there_change_nothing() -> None:
    for entry in (Set(1, "Eve", 0, "me", raw({"x": 1})), Away(1, "Eve", 0), Back(1, "Eve", 0), Leave(1, "Eve", 0)):
        assert apply(EMPTY, entry) == EMPTY
        assert apply(fold([ADA]), entry) == fold([ADA])


def test_a_command_changes_nothing() -> None:
    state = fold([ADA])
    assert apply(state, Do(2, "Ada", 0, "move")) is state


def test_line_clients_are_told_who_is_there_and_no_state() -> None:
    state = fold([ADA, ALAN, Set(3, "Ada", 0, "me", raw({"x": 1})), Set(4, "Ada", 0, "room", raw({"level": 2}))])
    assert presence(state).players == (PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan T."))
    assert presence(state).state == NO_STATE


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
