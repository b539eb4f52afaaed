"""Asks the server to tell the room's time when a timer is due: with a message only where the last one does not do."""

from __future__ import annotations

from collections import deque
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Wake

_NONE: Final = Wake()


class Wakes:
    """What one client has asked for. The program asks, from its thread; the owner of the client core writes."""

    __slots__ = ("_asked", "_unwritten")

    def __init__(self) -> None:
        self._asked = _NONE
        self._unwritten: deque[None] = deque()  # holds something while the server is to be told: written as it is then

    @property
    def has_output(self) -> bool:
        return bool(self._unwritten)

    def ask(self, wanted: Wake, heard: float) -> bool:
        """Ask for what is wanted now; `heard`: the room's time, as far as we have heard it.

        Instead of a moment, an earlier one does as well: when it has come, this is called again. Returns whether the
        server must be told.
        """
        asked = self._asked
        does = wanted.at <= heard or heard < asked.at <= wanted.at
        if does and (wanted.every, wanted.start) == (asked.every, asked.start):
            return False
        self._asked = wanted
        self._unwritten.append(None)
        return True

    def connected(self) -> None:
        """A new connection is live: the server knows of nothing."""
        if self._asked == _NONE:
            self._unwritten.clear()
        else:
            self._unwritten.append(None)

    def write(self) -> bytes:
        """The message that is to be written. It counts as written."""
        self._unwritten.clear()  # before it is looked at: who asks meanwhile has it written again
        return codec.encode(self._asked)
