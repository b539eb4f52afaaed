"""When to try to connect again, and when not to any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FIRST_WAIT: Final = 0.1  # seconds before the first try to come back; then it doubles
MAX_WAIT: Final = 5.0  # seconds
MAX_AGAIN: Final = 3600.0  # seconds that a bye may ask us to stay away for
LASTS: Final = 2.0  # seconds after its welcome; a connection that lasted so long counts as a success
MAX_IN_VAIN: Final = 10  # connections in a row that a server may end explicitly, soon after they began; then we give up
_MAX_DOUBLINGS: Final = 10  # more than from the first wait to the longest


class Backoff:
    """Waits that double from one failure to the next, each shortened at random by up to a half.

    Else all clients of a server that was away would come back in the same moment. `chance` returns numbers from 0 to 1.
    A welcome alone does not make the waits short again: a server may welcome a client and end the connection at once,
    for ever. Times are monotonic seconds.
    """

    __slots__ = ("_chance", "_failures", "_in_vain", "_welcomed_at", "retry_at")

    def __init__(self, chance: Callable[[], float]) -> None:
        self.retry_at = 0.0  # when to connect again
        self._chance = chance
        self._failures = 0
        self._in_vain = 0  # connections in a row that the server ended explicitly before they lasted
        self._welcomed_at: float | None = None  # on this connection

    @property
    def is_in_vain(self) -> bool:
        """Whether the server has turned us away so often that we give up."""
        return self._in_vain >= MAX_IN_VAIN

    def welcomed(self, now: float) -> None:
        """The server has sent its welcome."""
        self._welcomed_at = now

    def asked_to_wait(self, again: float, now: float) -> None:
        """A bye asks us to come back after that many seconds."""
        self.retry_at = now + min(max(again, 0.0), MAX_AGAIN)

    def ended(self, now: float, *, said: bool) -> None:
        """A connection was lost, or could not be made. `said`: the server has ended it explicitly."""
        if self._welcomed_at is not None and now - self._welcomed_at >= LASTS:
            self._failures = self._in_vain = 0
        elif said:
            self._in_vain += 1
        self._welcomed_at = None

    def failed(self, now: float) -> None:
        """After `ended`, where we come back: wait for the next try."""
        wait: float = min(FIRST_WAIT * 2**self._failures, MAX_WAIT)
        self._failures = min(self._failures + 1, _MAX_DOUBLINGS)
        self.retry_at = max(self.retry_at, now + wait * (0.5 + self._chance() / 2))
