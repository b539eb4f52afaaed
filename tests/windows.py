"""A screen that nobody sees, and hands to type on it: Xvfb and xdotool.

There is no window manager on that screen, so a window is moved and given the keyboard here.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from PIL import Image, ImageChops, ImageColor, ImageGrab

from tests.waiting import wait_for


def why_not() -> str | None:
    """Why no window can be opened on this machine and what to type, or None where one can."""
    if sys.platform != "linux":
        return "windows are tested on Linux, where Xvfb gives them a screen of their own"
    packages = {"Xvfb": "xvfb", "xdotool": "xdotool"}
    missing = [package for tool, package in packages.items() if not shutil.which(tool)]
    if importlib.util.find_spec("_tkinter") is None:
        if sys.base_prefix != "/usr":  # not the system's own Python: no package can mend it
            return "this Python was built without Tk; take another: make test PYTHON=/usr/bin/python3"
        missing.append("python3-tk")
    return f"not installed: {', '.join(missing)}; type: sudo apt install {' '.join(missing)}" if missing else None


@contextmanager
def screen() -> Iterator[str]:
    """Run Xvfb on a free display, and give its name, such as ":3"."""
    reading, writing = os.pipe()
    xvfb = subprocess.Popen(
        # -noreset: a screen on which the last window closed is ready for the next one.
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1300x900x24", "-nolisten", "tcp", "-noreset"],
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
    def all_titled(cls, display: str, pattern: str) -> list[Self]:
        """The windows to be seen now whose titles fit the regular expression `pattern`."""
        found = _xdotool(display, "search", "--onlyvisible", "--name", pattern, check=False)
        return [cls(display, number) for number in found.split()]

    @classmethod
    def all(cls, display: str) -> list[Self]:
        """The windows to be seen now, of every program."""
        return [
            cls(display, number)
            for number in _xdotool(display, "search", "--onlyvisible", "--class", ".", check=False).split()
        ]

    @classmethod
    def titled(cls, display: str, pattern: str) -> Self:
        """Wait for the one window whose title fits."""
        found = wait_for(lambda: cls.all_titled(display, pattern), what=f"a window {pattern!r} opens")
        assert len(found) == 1, f"{len(found)} windows are titled {pattern!r}"
        return found[0]

    @property
    def title(self) -> str:
        return _xdotool(self.display, "getwindowname", self.number).strip()

    @property
    def corner(self) -> tuple[int, int]:
        """Where its upper left corner is on the screen."""
        facts = self._geometry()
        return facts["X"], facts["Y"]

    @property
    def middle(self) -> tuple[int, int]:
        """The place in its middle, counted from its corner."""
        facts = self._geometry()
        return facts["WIDTH"] // 2, facts["HEIGHT"] // 2

    def _geometry(self) -> dict[str, int]:
        lines = _xdotool(self.display, "getwindowgeometry", "--shell", self.number).split()
        return {name: int(value) for name, value in (line.split("=") for line in lines)}

    def move(self, x: int, y: int) -> None:
        _xdotool(self.display, "windowmove", self.number, str(x), str(y))
        wait_for(lambda: self.corner == (x, y), what=f"window {self.title!r} moves to {x}, {y}")

    def press(self, *keys: str) -> None:
        """Give it the keyboard and press these keys, such as "Left" or "space"."""
        _xdotool(self.display, "windowfocus", "--sync", self.number, "key", *keys)

    @contextmanager
    def holding(self, *keys: str) -> Iterator[None]:
        """Give it the keyboard and hold these keys down in the `with` block."""
        _xdotool(self.display, "windowfocus", "--sync", self.number, "keydown", *keys)
        try:
            yield
        finally:
            _xdotool(self.display, "keyup", *keys)

    def click(self, x: int, y: int) -> None:
        """Click at a place in it, counted from its corner."""
        _xdotool(self.display, "mousemove", "--window", self.number, str(x), str(y), "click", "1")

    def close(self) -> None:
        """Ask it to close, as a click on its frame's button does (where windows have frames)."""
        _ask_to_close(self.display, int(self.number))

    def colour(self, x: int, y: int) -> tuple[int, ...]:
        """What is to be seen at a place in it, counted from its corner: red, green, blue."""
        left, top = self.corner
        pixel = picture(self.display).getpixel((left + x, top + y))
        assert isinstance(pixel, tuple)  # one number would mean a picture in grey
        return pixel

    @property
    def frame(self) -> tuple[int, int, int, int]:
        """Where it is on the screen: left, top, right, bottom."""
        facts = self._geometry()
        left, top = facts["X"], facts["Y"]
        return left, top, left + facts["WIDTH"], top + facts["HEIGHT"]

    def colours(self, x: int, y: int, reach: int) -> set[tuple[int, ...]]:
        """All that is to be seen at a place and so many pixels around it."""
        left, top = self.corner
        box = (left + x - reach, top + y - reach, left + x + reach + 1, top + y + reach + 1)
        found = picture(self.display).crop(box).getcolors()
        assert found is not None
        return {colour for _, colour in found if isinstance(colour, tuple)}

    def wait_to_see(self, x: int, y: int, colour: str) -> None:
        """Wait until this colour, by its name, is to be seen there."""
        wanted = ImageColor.getrgb(colour.replace(" ", ""))
        wait_for(lambda: self.colour(x, y) == wanted, what=f"{self.title!r} is {colour} at {x}, {y}")

    def wait_to_see_near(self, x: int, y: int, colour: str) -> None:
        """Wait until something of this colour is to be seen there or a few pixels beside it."""
        wanted = ImageColor.getrgb(colour.replace(" ", ""))
        wait_for(lambda: wanted in self.colours(x, y, 6), what=f"{self.title!r} has {colour} about {x}, {y}")


def picture(display: str) -> Image.Image:
    """Take a picture of the whole screen."""
    return ImageGrab.grab(xdisplay=display).convert("RGB")


def middle_of(colour: str, seen: Image.Image) -> tuple[int, int] | None:
    """Where the middle is of all that has this colour in a picture; None where nothing has it."""
    bands = [  # libraries round colours, each in its way
        band.point([255 * (abs(value - want) <= 2) for value in range(256)])
        for band, want in zip(seen.split(), ImageColor.getrgb(colour), strict=True)
    ]
    box = ImageChops.multiply(ImageChops.multiply(bands[0], bands[1]), bands[2]).getbbox()
    return None if box is None else ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)


def _xdotool(display: str, *words: str, check: bool = True) -> str:
    return subprocess.run(
        ["xdotool", *words],
        env=os.environ | {"DISPLAY": display},
        check=check,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    ).stdout


class _ClientMessage(ctypes.Structure):
    """XClientMessageEvent of X11/Xlib.h, and the room that any event may take."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    )


# Of a window that has closed by itself meanwhile: Xlib's own handler would end this process.
_ignore = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda connection, error: 0)


def _ask_to_close(display: str, window: int) -> None:
    """Send WM_DELETE_WINDOW (ICCCM, section 4.2.8.1): xdotool has no word for it."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XSetErrorHandler(_ignore)
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    connection = ctypes.c_void_p(x11.XOpenDisplay(display.encode()))

    def atom(name: str) -> int:
        return int(x11.XInternAtom(connection, name.encode(), 0))

    message = _ClientMessage(type=33, window=window, message_type=atom("WM_PROTOCOLS"), format=32)
    message.data[0] = atom("WM_DELETE_WINDOW")
    x11.XSendEvent(connection, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(message))
    x11.XCloseDisplay(connection)  # sends it, too
