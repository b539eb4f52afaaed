"""Which entries may be ours, by which of them messages must have come back, and what a skip does to that."""

from __future__ import annotations

import pytest

from roomcast.core.client.settlement import Settlement


@pytest.fixture
def settlement() -> Settlement:
    one = Settlement()
    one.expect(seq=10, n=4)
    return one


def test_nothing_is_settled_before_its_place(settlement: Settlement) -> None:
    assert settlement.reached(9) == 0
    assert settlement.pending


def test_at_its_place_all_is_settled_and_only_once(settlement: Settlement) -> None:
    assert settlement.reached(10) == 4
    assert settlement.reached(11) == 0
    assert not settlement.pending


def test_before_its_place_no_message_comes_that_the_server_had_not_had(settlement: Settlement) -> None:
    assert (settlement.may_come(4, 7), settlement.may_come(5, 7)) == (True, False)
    settlement.reached(10)
    assert settlement.may_come(5, 11)


def test_a_new_session_settles_nothing_of_the_old_one(settlement: Settlement) -> None:
    settlement.begin(8)
    assert not settlement.pending
    assert settlement.reached(10) == 0


def test_up_to_where_a_session_began_nothing_is_ours(settlement: Settlement) -> None:
    settlement.begin(8)
    for _ in range(2):
        assert [settlement.may_come(1, seq) for seq in (7, 8, 9)] == [False, False, True]
        settlement.expect(seq=12, n=4)
    settlement.expect(seq=6, n=4)  # a crash has undone the rest
    assert [settlement.may_come(1, seq) for seq in (6, 7)] == [False, True]


@pytest.mark.parametrize(("last", "n", "settled", "pending"), [(12, 6, 6, False), (10, 3, 4, False), (8, 2, 2, True)])
def test_a_skip_settles_what_it_says_and_what_it_goes_past(
    settlement: Settlement, last: int, n: int, settled: int, pending: bool
) -> None:
    assert settlement.skipped(last, n) == settled
    assert settlement.pending is pending
