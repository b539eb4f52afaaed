"""Waiting for what another thread or program will do, without sleeping for luck."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

POLL = 0.01  # seconds between two looks; short against a blink, long against the cost of a look


def wait_for(condition: Callable[[], Seen], within: float = 10.0, what: str = "the condition") -> Seen:
    """Look until `condition()` gives something true, and return that.

    After `within` seconds, raise AssertionError that says `what` did not happen.
    """
    deadline = time.monotonic() + within
    while True:
        # Asked before the look: on a slow machine, the last look comes after the deadline, not before.
        late = time.monotonic() >= deadline
        if seen := condition():
            return seen
        if late:
            raise AssertionError(f"did not happen within {within:g} seconds: {what}")
        time.sleep(POLL)
