"""What failed in a maker's code: in full once for each place, then counted."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Final, TypeAlias

Tell: TypeAlias = Callable[[str, Exception], object]
"""Takes a sentence that says what failed, and the exception, with its traceback."""

_MOST_KINDS: Final = 1000  # told apart; then the oldest may be told once more
_AGAIN: Final = (10, 100, 1_000, 10_000, 100_000)  # after so many of a kind, it is told once more


class MakerReports:
    """Tells the maker of what failed in the rules of a server's rooms."""

    def __init__(self, tell: Tell) -> None:
        self.count = 0
        self._tell = tell
        self._known: dict[tuple[type[Exception], str, int, str], int] = {}

    def add(self, what: str, where: str, error: Exception, then: str = "nothing of it has happened") -> None:
        """`what`: which function failed; `where`: in which room, for whom; `then`: what follows."""
        self.count += 1
        kind = (type(error), *_place(error.__traceback__), what)
        if kind not in self._known and len(self._known) >= _MOST_KINDS:
            del self._known[next(iter(self._known))]
        count = self._known[kind] = self._known.get(kind, 0) + 1
        if count == 1:
            self._tell(f"{what} failed {where}: {then}, and the room goes on", error)
        elif count in _AGAIN:
            self._tell(f"{what} has failed in the same place {count:,} times, now {where}", error)


def _place(trace: TracebackType | None) -> tuple[str, int]:
    """Where the exception was raised."""
    place, line = "", 0
    while trace is not None:
        place, line, trace = trace.tb_frame.f_code.co_filename, trace.tb_lineno, trace.tb_next
    return place, line
