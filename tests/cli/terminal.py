"""A program in a terminal of its own: typed into, and looked at."""

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from typing import Self

from tests.waiting import PATIENCE, wait_for

# The program becomes the terminal's: so that Ctrl-C, typed, is a signal to it.
_TAKE_TERMINAL = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")
_SIZE = ("COLUMNS", "LINES")  # where these are set, programs believe them, and not the terminal
_WHERE, _HERE = "\x1b[6n", b"\x1b[1;1R"  # where is the cursor? In the first line
OTHER_SCREEN, FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """Runs `python …` in a terminal of that size."""

    def __init__(self, *words: str, columns: int = 80, lines: int = 24, **environment: str) -> None:
        self._hand, self._screen = pty.openpty()
        self.resize(columns, lines)
        self.mode_before = termios.tcgetattr(self._screen)
        self.output = ""
        inherited = {name: value for name, value in os.environ.items() if name not in _SIZE}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *words],
            env={**inherited, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
            stdin=self._screen,
            stdout=self._screen,
            stderr=self._screen,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        partial = b""
        while True:
            try:
                piece = os.read(self._hand, 65536)
            except OSError:  # the last one who had the terminal open has closed it
                return
            if not piece:
                return
            partial += piece
            whole = partial.decode(errors="ignore")
            partial = partial[len(whole.encode()) :]
            self.output += whole
            if _WHERE in whole:
                os.write(self._hand, _HERE)  # as terminals answer

    def resize(self, columns: int, lines: int) -> None:
        termios.tcsetwinsize(self._hand, (lines, columns))

    def type(self, keys: str) -> None:
        os.write(self._hand, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def mode(self) -> object:
        """What the terminal does with what is typed."""
        return termios.tcgetattr(self._screen)

    def picture(self) -> list[str]:
        """The lines of the last whole picture that the program has drawn, without colours."""
        frames = self.output.partition(OTHER_SCREEN)[2].partition(FIRST_SCREEN)[0].split("\x1b[H")
        return _SEQUENCE.sub("", frames[-2]).split("\n") if len(frames) > 2 else []

    def see(self, pattern: str, within: float = PATIENCE) -> str:
        """Wait until a line of the picture fits the regular expression, and return that line."""

        def look() -> str | None:
            return next((line for line in self.picture() if re.search(pattern, line)), None)

        try:
            return wait_for(look, within, f"a line with {pattern!r} is to be seen") or ""
        except AssertionError as failure:
            failure.add_note("\n".join(self.picture()) or repr(self.output[-2000:]))
            raise

    def read(self, pattern: str, within: float = PATIENCE) -> str:
        """Wait until what was written to the first screen has something that fits the regular expression."""

        def look() -> str | None:
            found = re.search(pattern, self.text)
            return None if found is None else found[0]

        try:
            return wait_for(look, within, f"{pattern!r} is to be read") or ""
        except AssertionError as failure:
            failure.add_note(repr(self.text[-2000:]))
            raise

    @property
    def text(self) -> str:
        """All that was written so far, without what is for the terminal alone."""
        return _SEQUENCE.sub("", self.output)

    def end(self, within: float = PATIENCE) -> int:
        """Wait for its end; the exit code."""
        return self._process.wait(within)

    def wait(self, within: float = PATIENCE) -> tuple[int, str]:
        """Wait for its end: the exit code, and what is left on the first screen."""
        code = self._process.wait(within)
        after = wait_for(lambda: self.output.partition(FIRST_SCREEN)[2], what="the first screen is back")
        wait_for(lambda: self.output.endswith("\n"), what="the last line is there")
        return code, _SEQUENCE.sub("", after)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._screen)
        self._reader.join(5)
        os.close(self._hand)
