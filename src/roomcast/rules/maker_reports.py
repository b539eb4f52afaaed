"""What failed in a maker's code: in full once for each place, then counted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeAlias

Tell: TypeAlias = Callable[[str, Exception | None], object]
"""Takes a sentence that says what is wrong, and the exception, with its traceback; None: there is none."""
SLOW: Final = 0.1  # seconds that a handler may take: meanwhile no room of the server goes on

_OURS: Final = (
    f"{Path(__file__).parents[1]}{os.sep}"  # the package, in whose functions many mistakes of makers are found
)
_MOST_KINDS: Final = 1000  # told apart; then the oldest may be told once more
_AGAIN: Final = (10, 100, 1_000, 10_000, 100_000)  # after so many of a kind, it is told once more


class MakerReports:
    """Tells the maker of what failed in the rules of a server's rooms. `clock` times handlers, in seconds.

    `looks`: whether whoever reads a room outside of its handlers is a test, which only looks.
    """

    def __init__(self, tell: Tell, clock: Callable[[], float] = float, looks: Callable[[], bool] = bool) -> None:
        self.count = 0
        self.clock: Final = clock
        self.looks: Final = looks
        self._tell = tell
        self._known: dict[tuple[Any, ...], int] = {}

    def begin_anew(self) -> None:
        """The rules are others now: what fails in them is told in full again."""
        self._known.clear()

    def add(self, what: str, where: str, error: Exception, then: str = "nothing of it has happened") -> None:
        """`what`: which function failed; `where`: in which room, for whom; `then`: what follows."""
        self.count += 1
        count = self._counted(type(error), *_place(error.__traceback__), what)
        if count == 1:
            self._tell(f"{what} failed {where}: {then}, and the room goes on", error)
        elif count in _AGAIN:
            self._tell(f"{what} has failed in the same place {count:,} times, now {where}", error)

    def add_sentence(self, what: str, sentence: str, error: Exception | None = None) -> None:
        """Something is wrong that no handler has raised; `what`: the same for all that is counted together."""
        count = self._counted(what)
        if count == 1:
            self._tell(sentence, error)
        elif count in _AGAIN:
            self._tell(f"{sentence} ({count:,} times so far)", error)

    def add_slow(self, what: str, where: str, seconds: float) -> None:
        """A function has taken so long that players notice."""
        self.add_sentence(
            f"{what} slow", f"{what} took {seconds:.2f} s {where}: meanwhile no room of this server went on"
        )

    def _counted(self, *kind: Any) -> int:
        if kind not in self._known and len(self._known) >= _MOST_KINDS:
            del self._known[next(iter(self._known))]
        count = self._known[kind] = self._known.get(kind, 0) + 1
        return count


def place_of(error: Exception) -> str:
    """Where in the maker's code it was raised: "game.py, line 12"; "" where that is not known."""
    file, line = _place(error.__traceback__)
    return f"{Path(file).name}, line {line}" if file and not file.startswith(_OURS) else ""


def makers_place() -> str:
    """Which line of a maker's runs now: "game.py, line 12"; "" where none does."""
    frame = sys._getframe()
    while frame.f_code.co_filename.startswith(_OURS):
        if frame.f_back is None:
            return ""
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"


def _place(trace: TracebackType | None) -> tuple[str, int]:
    """Where the exception was raised: the innermost line of the maker's, where there is one."""
    innermost, makers = ("", 0), ("", 0)
    while trace is not None:
        innermost = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if not innermost[0].startswith(_OURS):
            makers = innermost
        trace = trace.tb_next
    return makers if makers[0] else innermost
