"""Finds the last traceback in what a program printed, and says what the exception means."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from roomcast.learn.finding import Fault

_STARTS: Final = ("Traceback (most recent call last):", "Exception in ")
_NEXT: Final = re.compile(r"Traceback \(most recent call last\):\n(?: .*\n)+(?P<error>\S.*)$", re.MULTILINE)
_FRAME: Final = re.compile(r'^ *File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_KINDS: Final = "Error|Exception|Interrupt|Exit|Warning|Closed|Fast|Refused|Connect|Argument|gaierror|timeout"
_LAST: Final = re.compile(rf"^(?P<error>[\w.]*(?:{_KINDS})\b.*)$", re.MULTILINE)

# A pattern of the error's line → what it means, and what to look at. The first that fits is taken.
MEANINGS: Final[tuple[tuple[str, str], ...]] = (
    ("ModuleNotFoundError: No module named 'roomcast'", "This Python does not know Roomcast. Is the environment on?"),
    ("ModuleNotFoundError", "There is no module of that name: is it spelt right, and installed in this Python?"),
    ("NameError", "That name was not given a value before this line. Is it spelt the same in both places?"),
    ("UnboundLocalError", "The function assigns to that name somewhere, so it is its own, and has no value yet."),
    ("IndentationError|TabError", "The blanks at the beginning of the line do not fit those of the lines around it."),
    ("unicodeescape", "A backslash begins a special letter: write two of them, or an r before the quote."),
    ("unicode error|encoding|null bytes", "It is no text in UTF-8: save it anew in your editor, as UTF-8."),
    ("SyntaxError", "Python cannot read this line. Look for a missing bracket, quote or colon, here or above."),
    ("Address already in use|WinError 10048", "Another program, perhaps an older run, listens there. End it first."),
    ("ConnectionRefusedError|WinError 10061", "Nobody listens at that address and port."),
    ("ConnectionResetError|BrokenPipeError|WinError 10054", "The other side is gone. It happens: expect it."),
    ("gaierror", "No computer is known by that name."),
    ("a bytes-like object is required", "Sockets carry bytes, and this is text: text.encode() makes bytes of it."),
    ("can.t concat str to bytes|can only concatenate str", "Text and bytes do not add: decode or encode one."),
    ("UnicodeDecodeError", "A piece from recv may end inside a letter: decode whole lines only."),
    ("not enough values to unpack|too many values to unpack", "There are more or fewer values than names."),
    ("invalid literal for int", "int() was given something that is no number."),
    ("dictionary changed size|Set changed size", "It changed while a loop went through it: loop over list(…)."),
    ("KeyError", "The dict has no such key (yet, or any more). Ask with `in`, or use get()."),
    ("IndexError", "The list is shorter than that."),
    ("AttributeError: 'NoneType'", "The value is None: something gave nothing back."),
    ("AttributeError", "This kind of value has nothing of that name. Is the name spelt right?"),
    ("main thread is not in main loop", "A thread touches Tk: only the one that runs mainloop() may. Use a queue."),
    ("unknown color name", "Tk does not know that colour."),
    ("no display name|couldn't connect to display", "There is no screen here to open a window on."),
    ("application has been destroyed|invalid command name", "The window is closed, and still drawn in."),
    ("takes .* positional argument", "The function is called with another number of arguments than it has parameters."),
    ("missing .* required", "The function is called with too few arguments."),
    ("unhashable type|TypeError", "A value is of another kind than this line needs."),
    ("RecursionError", "The function calls itself without end."),
    ("BadArgument|CannotConnect|RoomClosed|TooFast", "Roomcast says here what is wrong."),
)  # fmt: skip


def find_fault(printed: str, file: Path) -> Fault | None:
    """The last traceback in what a program printed; None where there is none. `file`: its path, as it was run."""
    start = max(printed.rfind(words) for words in _STARTS)
    if start < 0:
        return None
    traceback = printed[start:]
    after = _NEXT.match(traceback)
    error = after["error"] if after else next(iter(_LAST.findall(traceback)[-1:]), None)
    if error is None:
        return None
    own = {file, file.resolve()}  # by their paths: Roomcast has a game.py, too
    frames = [int(one["line"]) for one in _FRAME.finditer(traceback) if Path(one["file"]) in own]
    line = frames[-1] if frames else 0
    return Fault(line, _code(file, line), error, meaning(error))


def syntax_fault(error: SyntaxError, file: Path) -> Fault:
    """What Python could not read, as a fault."""
    words = f"{type(error).__name__}: {error.msg}"
    return Fault(error.lineno or 0, _code(file, error.lineno or 0), words, meaning(words))


def meaning(error: str) -> str:
    """What an error's line means; "" where it is none of the usual ones."""
    return next((words for pattern, words in MEANINGS if re.search(pattern, error)), "")


def _code(file: Path, line: int) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()[line - 1].strip() if line else ""
    except (OSError, IndexError):
        return ""
