"""An answer that a program waits for: of a room with rules, to an `ask`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from msgspec import Raw

Calls: TypeAlias = tuple[Callable[[Any], object], Callable[[Any], object] | None]
"""What to call with the answer, and what with the error; None: an error is an event of the room."""


class PendingAnswer:
    """What has become of one ask. `when_done` is called once, where the network runs."""

    __slots__ = ("_when_done", "calls", "code", "done", "message", "result", "seq", "taken")

    def __init__(self, when_done: Callable[[], object]) -> None:
        self.done = False
        self.result = Raw(b"null")  # JSON text of the answer
        self.code = ""  # why there is none: an error code, "" where there is one
        self.message = ""
        self.calls: Final[list[Calls]] = []  # to be made at its place among the events
        self.seq = 0  # of the turn in which it was done; 0: it is not yet known, or none
        self.taken = False  # that place has come
        self._when_done = when_done

    def resolve(self, result: Raw, seq: int) -> None:
        """The answer has come, with the turn at `seq`."""
        self.result, self.seq = result, seq
        self._finish()

    def fail(self, code: str, message: str) -> None:
        """There will be none."""
        if not self.done:
            self.code, self.message = code, message
            self._finish()

    def _finish(self) -> None:
        if not self.done:
            self.done = True
            self._when_done()
