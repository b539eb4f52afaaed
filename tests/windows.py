"""A screen that nobody sees, and hands to type on it: Xvfb and xdotool.

There is no window manager on that screen, so a window is moved and given the keyboard here.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from PIL import Image, ImageGrab

from tests.waiting import wait_for


def why_not() -> str | None:
    """Why no window can be opened on this machine and what to type, or None where one can."""
    if sys.platform != "linux":
        return "windows are tested on Linux, where Xvfb gives them a screen of their own"
    packages = {"Xvfb": "xvfb", "xdotool": "xdotool"}
    missing = [package for tool, package in packages.items() if not shutil.which(tool)]
    if importlib.util.find_spec("_tkinter") is None:
        if sys.base_prefix != "/usr":  # not the system's own Python: no package can mend it
            return "this Python was built without Tk; take another: make clean test PYTHON=/usr/bin/python3"
        missing.append("python3-tk")
    return f"not installed: {', '.join(missing)}; type: sudo apt install {' '.join(missing)}" if missing else None


@contextmanager
def screen() -> Iterator[str]:
    """Run Xvfb on a free display, and give its name, such as ":3"."""
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        # -noreset: a screen on which the last window closed is ready for the next one.
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1000x600x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        # Xvfb writes the number when it takes connections; if it ends before, the pipe does, too.
        with os.fdopen(reading, encoding="ascii") as answer:
            number = answer.readline().strip()
        assert number, "Xvfb ended at once; run it by hand to see why: Xvfb -displayfd 1"
        yield f":{number}"
    finally:
        xvfb.terminate()
        xvfb.wait()


@dataclass(frozen=True)
class Window:
    """One window on such a screen."""

    display: str
    number: str

    @classmethod
    def titled(cls, display: str, pattern: str) -> Self:
        """Wait for the window whose title fits the regular expression `pattern`."""
        search = ["search", "--onlyvisible", "--name", pattern]
        found = wait_for(lambda: _xdotool(display, *search, check=False).split(), what=f"a window {pattern!r} opens")
        assert len(found) == 1, f"{len(found)} windows are titled {pattern!r}"
        return cls(display, found[0])

    @property
    def title(self) -> str:
        return _xdotool(self.display, "getwindowname", self.number).strip()

    @property
    def corner(self) -> tuple[int, int]:
        """Where its upper left corner is on the screen."""
        geometry = _xdotool(self.display, "getwindowgeometry", "--shell", self.number)
        facts = dict(line.split("=") for line in geometry.split())
        return int(facts["X"]), int(facts["Y"])

    def move(self, x: int, y: int) -> None:
        _xdotool(self.display, "windowmove", self.number, str(x), str(y))
        wait_for(lambda: self.corner == (x, y), what=f"window {self.title!r} moves to {x}, {y}")

    def press(self, *keys: str) -> None:
        """Give it the keyboard and press these keys, such as "Left" or "space"."""
        _xdotool(self.display, "windowfocus", "--sync", self.number, "key", *keys)

    def colour(self, x: int, y: int) -> tuple[int, ...]:
        """What is to be seen at a place in it, counted from its corner: red, green, blue."""
        left, top = self.corner
        pixel = picture(self.display).getpixel((left + x, top + y))
        assert isinstance(pixel, tuple)  # one number would mean a picture in grey
        return pixel


def picture(display: str) -> Image.Image:
    """Take a picture of the whole screen."""
    return ImageGrab.grab(xdisplay=display).convert("RGB")


def _xdotool(display: str, *words: str, check: bool = True) -> str:
    return subprocess.run(
        ["xdotool", *words],
        env=os.environ | {"DISPLAY": display},
        check=check,
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
    ).stdout
