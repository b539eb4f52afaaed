"""How fast a session may send: tokens that refill with time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.room.token_bucket import TokenBucket


def taken(bucket: TokenBucket, now: float, most: int = 1000) -> int:
    """How many tokens can be had at once."""
    count = 0
    while count < most and bucket.take(now):
        count += 1
    return count


def test_a_burst_may_be_sent_at_once() -> None:
    assert taken(TokenBucket(60, 120, 0), 0) == 120


def test_tokens_come_back_at_the_rate() -> None:
    bucket = TokenBucket(60, 120, 0)
    taken(bucket, 0)
    assert taken(bucket, 0.5) == 30
    assert taken(bucket, 1.0) == 30


def test_never_more_than_a_burst_comes_together() -> None:
    bucket = TokenBucket(60, 120, 0)
    assert taken(bucket, 10_000) == 120


def test_to_ask_and_be_refused_costs_nothing() -> None:
    bucket = TokenBucket(10, 1, 0)
    assert bucket.take(0)
    for step in range(1, 10):
        assert not bucket.take(step / 100)
    assert bucket.take(0.1)


def test_a_token_can_be_given_back() -> None:
    bucket = TokenBucket(1, 2, 0)
    assert bucket.take(0)
    assert bucket.take(0)
    bucket.give_back()
    assert taken(bucket, 0) == 1


def test_tokens_given_back_are_no_more_than_a_burst() -> None:
    bucket = TokenBucket(1, 2, 0)
    bucket.give_back()
    assert taken(bucket, 0) == 2


def test_there_is_no_wait_where_there_is_a_token() -> None:
    bucket = TokenBucket(4, 1, 0)
    assert bucket.wait(0) == 0
    bucket.take(0)
    assert bucket.wait(0) == pytest.approx(0.25)
    assert bucket.wait(0.2) == pytest.approx(0.05)
    assert bucket.wait(9) == 0


@given(
    st.floats(0.1, 5000),
    st.integers(1, 500),
    st.floats(0, 1e7),
    st.lists(st.floats(0, 3), max_size=20),
)
def test_who_waits_as_long_as_it_was_told_gets_its_token(
    rate: float, burst: int, start: float, pauses: list[float]
) -> None:
    bucket = TokenBucket(rate, burst, start)
    now = start
    taken(bucket, now)
    for pause in pauses:
        now += pause
        if bucket.wait(now) > 0:
            assert not bucket.take(now)
            now += bucket.wait(now)
        assert bucket.wait(now) == 0
        assert bucket.take(now)


@given(st.floats(0.5, 200), st.integers(1, 50), st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_in_no_stretch_of_time_is_there_more_than_a_burst_and_the_rate(
    rate: float, burst: int, pauses: list[float]
) -> None:
    bucket = TokenBucket(rate, burst, 0)
    now, count = 0.0, 0
    for pause in pauses:
        now += pause
        count += taken(bucket, now, most=20)
        assert count <= burst + rate * now + 0.001
