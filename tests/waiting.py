"""Waiting for what another thread or program will do, without sleeping for luck."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")

PATIENCE = 20.0
"""Seconds: far more than anything takes that should happen at once, on a machine that is busy with other things, and
less than what servers would do by themselves in time: end the dead (25 s), free a seat (30 s)."""

TOO_LONG = 600.0
"""Seconds: what ought not to wait is given so many, and the test ends by its time limit where it does wait."""

POLL = 0.01  # seconds between two looks; short against a blink, long against the cost of a look


def wait_for(condition: Callable[[], Seen], within: float = PATIENCE, what: str = "the condition") -> Seen:
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
