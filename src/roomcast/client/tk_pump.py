"""Pumps a room from the loop of a Tk window, whatever the program's functions do."""

from __future__ import annotations

import itertools
import sys
from types import ModuleType
from typing import Any, Final, Protocol

from roomcast.client.given import shown
from roomcast.errors import BadArgument

# What a program writes where a library has no Tk window, by the package in which its objects are made.
OTHER_LOOPS: Final = {
    "pygame": "pygame's loop is your own: call room.pump() in it, once a frame",
    "arcade": "arcade calls on_update() once a frame: call room.pump() there",
    "pyglet": "write pyglet.clock.schedule(lambda dt: room.pump())",
    "cmu_graphics": "cmu_graphics calls onStep() again and again: call room.pump() there",
    "textual": "write self.set_interval(1 / 60, room.pump) in the app's on_mount()",
    "asyncio": "join with roomcast.connect(), and iterate over the room",
}
# Raised by what still draws when the window closes in the middle of it.
DRAWN_TOO_LATE: Final = frozenset({"TclError", "Terminator"})
NOT_ANIMATED: Final = 1.0  # seconds; a turtle that has fallen behind by more goes to its place without walking there

AT_ONCE: Final = 0.1  # seconds; what takes longer to catch up with is run bit by bit, and the window answers meanwhile

_numbers = itertools.count(1)


class Pumped(Protocol):
    """A room, as far as this needs it."""

    @property
    def closed(self) -> bool: ...

    @property
    def catching_up(self) -> bool: ...

    @property
    def behind(self) -> float: ...

    def pump(self, budget: float) -> int: ...

    def _is_pumped_here(self) -> bool:
        """Whether this thread is in `pump()` already."""
        ...

    def _window_closed(self) -> None: ...


class TkPump:
    """Calls `room.pump()` every so many seconds by Tk's `after`, until the room is closed or the window destroyed.

    Tk's own `after` would print a KeyboardInterrupt and go on; from here, Ctrl-C ends `mainloop()`.
    """

    def __init__(self, room: Pumped, window: Any, every: float) -> None:
        self._room = room
        self._window = _toplevel(window)
        self._turtles = window if callable(getattr(window, "tracer", None)) else None
        self._every = max(1, min(round(every * 1000), 60_000))  # ms
        self._tcl = self._window.tk
        self._command = f"roomcast_pump_{next(_numbers)}"
        self._tcl.createcommand(self._command, self._tick)
        self._next: str | None = self._tcl.call("after", self._every, self._command)
        self._window.bind("<Destroy>", self._destroyed, add="+")

    def stop(self) -> None:
        """Does nothing the second time."""
        if self._next is not None:
            self._tcl.call("after", "cancel", self._next)
            self._tcl.deletecommand(self._command)
            self._next = None

    def _tick(self) -> None:
        self._next = self._tcl.call("after", self._every, self._command)  # first: the program's functions may raise
        # A function that lets Tk run meanwhile, by update() or a dialog, is finished before the next entry is run.
        if self._room._is_pumped_here():
            return
        try:
            self._pump()
        except Exception as error:
            if self._next is not None:
                self._window.nametowidget(".").report_callback_exception(type(error), error, error.__traceback__)
            elif type(error).__name__ not in DRAWN_TOO_LATE:
                sys.excepthook(type(error), error, error.__traceback__)
        finally:
            if self._room.closed:
                self.stop()

    def _pump(self) -> None:
        """Turtles draw their way step by step, and all else waits: an hour of it would take a newcomer many minutes."""
        room, turtles = self._room, self._turtles
        if turtles is None or not (room.catching_up or room.behind > NOT_ANIMATED):
            room.pump(AT_ONCE)
            return
        every = turtles.tracer()  # 0: the program turns animation off by itself, and says when to draw
        turtles.tracer(0)
        try:
            room.pump(AT_ONCE)
        finally:
            turtles.tracer(every)

    def _destroyed(self, event: Any) -> None:
        if event.widget is self._window and self._next is not None:  # a window is told of its widgets, too
            self.stop()
            self._room._window_closed()


def _toplevel(given: Any) -> Any:
    """The window that a widget is in; for the module turtle or its screen, the window of that.

    Raises `BadArgument`.
    """
    if given is None:
        raise BadArgument(
            "room.attach needs a window: room.attach(window), where window is your tkinter.Tk(); "
            "for turtle graphics write room.attach(turtle)",
            topic="attach",
        )
    inside = given.getcanvas() if callable(getattr(given, "getcanvas", None)) else given
    if isinstance(inside, type) or not callable(getattr(inside, "winfo_toplevel", None)):
        package = (given.__name__ if isinstance(given, ModuleType) else type(given).__module__).partition(".")[0]
        advice = OTHER_LOOPS.get(package) or "for turtle graphics write room.attach(turtle)"
        raise BadArgument(
            f"room.attach takes a Tk window, as in room.attach(tkinter.Tk()), not {shown(given)}: {advice}",
            topic="attach",
        )
    try:
        return inside.winfo_toplevel()
    except Exception as error:
        if type(error).__name__ != "TclError":
            raise
        raise BadArgument(
            "the window given to room.attach is closed already: open it, then attach the room", topic="attach"
        ) from None
