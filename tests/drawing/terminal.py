"""A terminal that nobody sees: for the program in it a real one (a pty). pyte makes out what is to be read on it."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path
from typing import Self

import pyte

from tests.waiting import PATIENCE, wait_for

COLUMNS, ROWS = 80, 28


class Terminal:
    """Runs a Python program in a terminal of its own while the `with` block does."""

    def __init__(self, script: Path, *args: str, **environment: str) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        surroundings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(script), *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env=os.environ | surroundings | environment,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                read = os.read(self._ours, 65536)
            except OSError:  # the program has ended, and with it its end of the terminal
                return
            if not read:
                return
            with self._lock:
                self._stream.feed(read)

    @property
    def text(self) -> str:
        """What is to be read on it."""
        with self._lock:
            return "\n".join(self._screen.display)

    def colour_of(self, word: str) -> str:
        """The colour of the first letter of a word on it, as six hexadecimal digits."""
        with self._lock:
            for number, line in enumerate(self._screen.display):
                if word in line:
                    return str(self._screen.buffer[number][line.index(word)].fg)
        raise AssertionError(f"{word!r} is not on the terminal")

    def cells(self) -> list[list[tuple[str, str, str]]]:
        """Row by row: each letter with its colour and that behind it, such as "#ff6b6b"."""

        def named(colour: str, usual: str) -> str:
            return usual if colour == "default" else f"#{colour}" if len(colour) == 6 else colour

        with self._lock:
            rows = [[self._screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]
        plain = ("#e0e0e0", "#121212")
        found = [
            [(cell.data, named(cell.fg, plain[0]), named(cell.bg, plain[1]), cell.reverse) for cell in row]
            for row in rows
        ]
        return [[(data, bg, fg) if reverse else (data, fg, bg) for data, fg, bg, reverse in row] for row in found]

    def press(self, keys: str) -> None:
        """Type these keys."""
        os.write(self._ours, keys.encode())

    def shows(self, *words: str, within: float = PATIENCE) -> None:
        """Wait until all of these are to be read on it."""
        try:
            wait_for(lambda: all(word in self.text for word in words), within, f"the terminal shows {words}")
        except AssertionError as failure:
            failure.add_note(self.text)
            raise

    def wait(self, within: float = PATIENCE) -> int:
        """Wait until the program ends by itself; its exit code."""
        return self._process.wait(within)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._reader.join()
        os.close(self._ours)
