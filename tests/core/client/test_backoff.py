"""How long a client waits before it connects again."""

from __future__ import annotations

import random

import pytest

from roomcast.core.client.backoff import FIRST_WAIT, MAX_WAIT, Backoff


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(lambda: 1.0)
    waits = [backoff.failed() for _ in range(20)]
    assert waits[:4] == pytest.approx([FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT, 8 * FIRST_WAIT])
    assert waits[-1] == MAX_WAIT == max(waits)


def test_chance_shortens_a_wait_by_at_most_a_half() -> None:
    assert Backoff(lambda: 0.0).failed() == FIRST_WAIT / 2
    waits = {Backoff(random.Random(seed).random).failed() for seed in range(100)}
    assert len(waits) == 100
    assert all(FIRST_WAIT / 2 <= wait <= FIRST_WAIT for wait in waits)


def test_once_the_server_let_us_in_waits_begin_again() -> None:
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.failed()
    backoff.succeeded()
    assert backoff.failed() == FIRST_WAIT
