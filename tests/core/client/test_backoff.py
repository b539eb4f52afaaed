"""How long a client waits before it connects again."""

from __future__ import annotations

import random

import pytest

from roomcast.core.client.backoff import FIRST_WAIT, LASTS, MAX_WAIT, Backoff


def wait(backoff: Backoff, now: float = 0.0) -> float:
    """Seconds to wait after one more failure."""
    backoff.retry_at = 0.0
    backoff.ended(now, said=False)
    backoff.failed(now)
    return backoff.retry_at - now


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(lambda: 1.0)
    waits = [wait(backoff) for _ in range(20)]
    assert waits[:4] == pytest.approx([FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT])
    assert waits[-1] == MAX_WAIT == max(waits)


def test_chance_shortens_a_wait_by_at_most_a_half() -> None:
    assert wait(Backoff(lambda: 0.0)) == FIRST_WAIT / 2
    waits = {wait(Backoff(random.Random(seed).random)) for seed in range(100)}
    assert len(waits) == 100
    assert all(FIRST_WAIT / 2 <= one <= FIRST_WAIT for one in waits)


@pytest.mark.parametrize(("lasted", "short"), [(LASTS, True), (LASTS - 0.1, False)])
def test_once_a_connection_has_lasted_waits_begin_again(lasted: float, short: bool) -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        wait(backoff)
    backoff.welcomed(1.0)
    assert (wait(backoff, 1.0 + lasted) == pytest.approx(FIRST_WAIT)) == short
