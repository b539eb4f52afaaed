"""How long to wait before the next try to connect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FIRST_WAIT: Final = 0.1  # seconds before the first try to come back; then it doubles
MAX_WAIT: Final = 5.0  # seconds
_MAX_DOUBLINGS: Final = 10  # more than from the first wait to the longest


class Backoff:
    """Waits that double from one failure to the next, each shortened at random by up to a half.

    Else all clients of a server that was away would come back in the same moment. `chance` returns numbers from 0 to 1.
    """

    __slots__ = ("_chance", "_failures")

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._failures = 0

    def failed(self) -> float:
        """A connection was lost, or could not be made. Returns the seconds to wait."""
        wait: float = min(FIRST_WAIT * 2**self._failures, MAX_WAIT)
        self._failures = min(self._failures + 1, _MAX_DOUBLINGS)
        return wait * (0.5 + self._chance() / 2)

    def succeeded(self) -> None:
        """The server has sent its welcome: start from the first wait again."""
        self._failures = 0
