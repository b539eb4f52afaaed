"""Single key presses from a terminal: arrows and letters.

Inside `with Keyboard() as keys`, the terminal passes on each key at once and echoes none. `keys.read()` never waits.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Final

ARROWS: Final = {"A": "up", "B": "down", "C": "right", "D": "left"}
_WINDOWS_ARROWS: Final = {"H": "up", "P": "down", "M": "right", "K": "left"}


def decode(typed: str) -> tuple[list[str], str]:
    r"""Split what a terminal sent into keys, and a rest that may be the start of another key.

    An arrow is ESC [ A or ESC O A, with optional numbers in between (ESC [ 1 ; 5 A where Ctrl is held down).

    >>> decode("q\x1b[A\x1b[1;5D\x1bOB\x1b[")
    (['q', 'up', 'left', 'down'], '\x1b[')
    """
    keys: list[str] = []
    place = 0
    while place < len(typed):
        if typed[place] != "\x1b":
            keys.append(typed[place])
            place += 1
            continue
        end = place + 2
        if len(typed) >= end and typed[place + 1] not in "[O":
            place += 1  # Escape by itself, or Alt with a letter: the letter counts
            continue
        while end < len(typed) and typed[end] in "0123456789;":
            end += 1
        if end >= len(typed):
            return keys, typed[place:]
        if typed[end] in ARROWS:
            keys.append(ARROWS[typed[end]])
        place = end + 1
    return keys, ""


class NoKeyboard:
    """Stands in where there is no keyboard."""

    def read(self) -> list[str]:
        return []

    def __enter__(self) -> NoKeyboard:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass


if sys.platform == "win32":
    import msvcrt

    class Keyboard(NoKeyboard):
        """The console's keys."""

        def read(self) -> list[str]:
            """The keys pressed since the last call."""
            keys = []
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in "\x00\xe0":  # prefix of a key that is no character
                    key = _WINDOWS_ARROWS.get(msvcrt.getwch(), "")
                if key:
                    keys.append(key)
            return keys

else:
    import select
    import termios

    class Keyboard(NoKeyboard):
        """The keys of the terminal at standard input."""

        def __enter__(self) -> Keyboard:
            self._terminal = sys.stdin.fileno()
            self._before = termios.tcgetattr(self._terminal)
            self._typed = b""
            mode = termios.tcgetattr(self._terminal)
            mode[3] &= ~(termios.ECHO | termios.ICANON)  # no echo; do not wait for Enter
            mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
            # Ctrl-Z would leave the view on the screen, and a terminal that does not echo.
            mode[6][termios.VSUSP] = os.fpathconf(self._terminal, "PC_VDISABLE").to_bytes()
            termios.tcsetattr(self._terminal, termios.TCSADRAIN, mode)
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
        ) -> None:
            termios.tcsetattr(self._terminal, termios.TCSAFLUSH, self._before)

        def read(self) -> list[str]:
            """The keys pressed since the last call."""
            while select.select([self._terminal], [], [], 0)[0]:
                piece = os.read(self._terminal, 1024)
                if not piece:  # the terminal is gone
                    break
                self._typed += piece
            keys, rest = decode(self._typed.decode("utf-8", "ignore"))
            self._typed = rest.encode()
            return keys
