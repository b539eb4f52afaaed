"""What failed in the server that should not have: each contained where it happened, and reported once.

Who contains what:

where                          what may fail                          what ends
---------------------------    -----------------------------------    -----------------------------------------
`peer.contained`               whatever a transport or a room         that connection; its room as well, where
                               tells a peer                           a step of the room was left half done
`Directory`, `FlushScheduler`  a room's flush, sweep, opening         that room: players are told to come back
`Subscriptions`                a subscriber of a room                 what it shows, not the room
`ObserverDirectory`            those who watch a room                 their connections
`SocketGroup`                  a write to one socket of many          that connection
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from roomcast.core.room.broken import RoomBroken

_MOST_KINDS: Final = 1000  # told apart; then the oldest may be reported once more

Report: TypeAlias = Callable[[str, Exception], object]
"""Takes a sentence that says what failed, and the exception. It must not raise, unless failures are to be found."""


def _raise(what: str, error: Exception) -> None:
    raise error


class Failures:
    """Reports failures of one server, each kind once for each room; counts them all.

    Without a `report` they are raised: simulations and tests are to find them.
    """

    def __init__(self, report: Report = _raise) -> None:
        self.count = 0
        self._report = report
        self._known: dict[tuple[str, str, type[Exception], str, int], None] = {}

    def add(self, what: str, room: str, error: Exception) -> None:
        """Something failed. `what`: a sentence; `room`: the name of the room that it is about, "": of none."""
        self.count += 1
        if isinstance(error, RoomBroken) and isinstance(error.__cause__, Exception):
            error = error.__cause__
        place, line = _place(error)
        kind = (what, room, type(error), place, line)
        if kind in self._known:
            return
        if len(self._known) >= _MOST_KINDS:
            del self._known[next(iter(self._known))]
        self._known[kind] = None
        self._report(f"in the room {room!r}: {what}" if room else what, error)


def _place(error: Exception) -> tuple[str, int]:
    """Where the exception was raised."""
    place, line, trace = "", 0, error.__traceback__
    while trace is not None:
        place, line, trace = trace.tb_frame.f_code.co_filename, trace.tb_lineno, trace.tb_next
    return place, line
