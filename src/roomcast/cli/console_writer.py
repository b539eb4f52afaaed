"""Prints from a thread of its own: no terminal, pipe, disk or encoding ever stops or ends the program that prints.

What is to be printed waits in a queue. Where that is full, because whatever takes the output is slower than the
program, what comes is left out and counted, and the count is printed as soon as there is room.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from io import FileIO, StringIO
from typing import IO, Final, TypeAlias

from rich.console import Console
from rich.text import Text

MOST_WAITING: Final = 1000  # pieces of text in the queue
CLOSE_WITHIN: Final = 1.0  # seconds for what still waits at the end
_RETRY_AFTER: Final = 0.05  # seconds, where the output takes nothing at the moment

Piece: TypeAlias = Callable[[], Iterable[Text]]
"""Makes some lines, in the thread that prints."""


class ConsoleWriter:
    """Prints on a console. `failed` is called from the thread, once for each kind of failure; printing goes on."""

    def __init__(self, console: Console, failed: Callable[[Exception], object]) -> None:
        self.left_out = 0  # pieces for which there was no room
        self._console = console
        self._failed = failed
        self._failures: set[type[Exception]] = set()
        self._changed = threading.Condition()  # guards the next four
        self._waiting: deque[Piece] = deque()
        self._untold = 0  # pieces left out since the last line that said so
        self._closed = False
        self._broken = False  # nobody will ever read what is printed
        self._thread = threading.Thread(target=self._run, name="roomcast output", daemon=True)

    def print(self, piece: Piece) -> None:
        """Print these lines soon. Never waits, and never raises."""
        with self._changed:
            if self._closed or self._broken:
                return
            if len(self._waiting) >= MOST_WAITING:
                self.left_out += 1
                self._untold += 1
                return
            self._waiting.append(piece)
            self._changed.notify()
        if self._thread.ident is None:
            self._thread.start()

    def close(self, within: float = CLOSE_WITHIN) -> None:
        """Print what waits; what was not taken after `within` seconds is lost."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(within)

    # ------------------------------------------------------------------ in the thread

    def _run(self) -> None:
        write = _writer(self._console.file)
        while (piece := self._next()) is not None:
            try:
                write(self._text(piece))
            except BrokenPipeError as error:
                with self._changed:
                    self._broken = True
                    self._waiting.clear()
                self._fail(error)
                return
            except Exception as error:
                self._fail(error)

    def _next(self) -> Piece | None:
        """What is to be printed next; waits for it. None: nothing more comes."""
        with self._changed:
            while not self._waiting and not self._untold and not self._closed:
                self._changed.wait()
            if self._untold and len(self._waiting) <= MOST_WAITING // 2:
                count, self._untold = self._untold, 0
                words = f"({count:,} not shown here: what takes this output is slower than the room)"
                return lambda: [Text(words, "dim"), Text()]
            return self._waiting.popleft() if self._waiting else None

    def _text(self, piece: Piece) -> str:
        """The lines as the console would print them; itself it would end the program where the pipe is closed."""
        text, like = StringIO(), self._console
        console = Console(
            file=text,
            force_terminal=like.is_terminal,
            color_system=like.color_system,  # type: ignore[arg-type]  # it names one that it takes
            no_color=like.no_color,
            width=like.width,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )
        for line in piece():
            console.print(line, soft_wrap=True)  # the terminal wraps long lines; we cut none
        return text.getvalue()

    def _fail(self, error: Exception) -> None:
        if type(error) not in self._failures:
            self._failures.add(type(error))
            self._failed(error)


def _writer(file: IO[str]) -> Callable[[str], None]:
    """What writes text to a file: past its buffer, whose lock Python waits for at exit, and with any character."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    try:
        file.flush()
        raw = FileIO(os.dup(file.fileno()), "w")
    except (AttributeError, OSError, ValueError):  # it is no file of the system, or closed
        return lambda text: _write_text(file, text)

    def write(text: str) -> None:
        left = memoryview(text.encode(encoding, "backslashreplace"))
        while left:
            written = raw.write(left)
            if written is None:  # a terminal that another program has made non-blocking
                time.sleep(_RETRY_AFTER)  # in the writing thread; Windows cannot wait for a console
            else:
                left = left[written:]

    return write


def _write_text(file: IO[str], text: str) -> None:
    file.write(text)
    file.flush()
