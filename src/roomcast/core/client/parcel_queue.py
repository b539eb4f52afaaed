"""Calls with bytes that have pieces left to send, the oldest first; and when the next piece may go."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, TypeGuard

from msgspec import Raw

from roomcast.core.client.outbox import Outbox
from roomcast.core.client.parcels import COMMANDS_FIRST, WINDOW, Outgoing, Place, given_up, number_of
from roomcast.core.protocol.messages import Act, Put
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import TooFast

MOST_TO_SEND: Final = 100  # calls


class Sending:
    """The parcels of one client."""

    __slots__ = ("_last", "_parcels")

    def __init__(self) -> None:
        self._parcels: deque[Outgoing] = deque()
        self._last = 0  # number of the newest

    def __len__(self) -> int:
        return len(self._parcels)

    def make(self, command: str, arguments: Raw, blobs: Mapping[Place, bytes], to: tuple[str, ...] | None) -> Outgoing:
        """The next parcel, not taken in yet. Raises `TooFast` and `BadArgument`."""
        if len(self._parcels) >= MOST_TO_SEND:
            raise TooFast(f"{MOST_TO_SEND} calls with bytes wait to be sent, so {command} was not taken")
        return Outgoing(self._last + 1, command, arguments, blobs, to)

    def add(self, parcel: Outgoing) -> None:
        self._last = parcel.id
        self._parcels.append(parcel)

    def may_send(self, outbox: Outbox) -> bool:
        """A few pieces are under way at a time, and the program's own commands come first."""
        if not self._parcels or outbox.unsent or len(outbox.waiting) >= WINDOW + COMMANDS_FIRST:
            return False
        return sum(map(_is_piece, outbox.waiting)) < WINDOW

    def next(self, outbox: Outbox, message_size: int) -> Act:
        """Number a piece, and count it as written: a piece that waits has been written to some connection."""
        parcel = self._parcels[0]
        piece = Act(outbox.n + 1, PARCEL, parcel.take(message_size), parcel.to)
        outbox.add(piece)
        outbox.wrote()
        if parcel.done:
            self._parcels.popleft()
        return piece

    def give_up(self, refused: Act | Put | None, n: int) -> Act | None:
        """A message of ours was refused. If it was a piece, its other pieces are of no use to anyone.

        Returns the message, of number `n`, that tells that.
        """
        if refused is None or not _is_piece(refused):
            return None
        number = number_of(refused.a)
        self._parcels = deque(parcel for parcel in self._parcels if parcel.id != number)
        return Act(n, PARCEL, given_up(number))

    def restart(self) -> None:
        """What was sent of them is lost: begin again."""
        for parcel in self._parcels:
            parcel.restart()


def _is_piece(message: Act | Put) -> TypeGuard[Act]:
    return isinstance(message, Act) and message.c == PARCEL
