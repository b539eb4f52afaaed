"""Calls with bytes that have pieces left to send, the oldest first; and when the next piece may go."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, TypeGuard

from msgspec import Raw

from roomcast.core.client.outbox import Outbox, Request
from roomcast.core.client.parcels import COMMANDS_FIRST, WINDOW, ArgumentKey, Outgoing, given_up, number_of
from roomcast.core.protocol.messages import DoRequest
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import TooFast

MAX_TO_SEND: Final = 100  # calls


class ParcelQueue:
    """The parcels of one client that have pieces left to send, the oldest first."""

    __slots__ = ("_last", "handed", "parcels")

    def __init__(self) -> None:
        self.handed: deque[Outgoing] = deque()  # not numbered yet: anyone appends, the owner alone takes
        self.parcels: deque[Outgoing] = deque()  # to be read by anyone, changed here alone
        self._last = 0  # number of the newest

    def __len__(self) -> int:
        return len(self.handed) + len(self.parcels)

    def make(
        self, command: str, arguments: Raw, blobs: Mapping[ArgumentKey, bytes], to: tuple[str, ...] | None
    ) -> Outgoing:
        """Make a parcel, to be handed over in one step, `handed.append`. Raises `TooFast` and `BadArgument`."""
        if len(self) >= MAX_TO_SEND:
            raise TooFast(f"{MAX_TO_SEND} calls with bytes wait to be sent, so {command} was not taken")
        return Outgoing(self._last + len(self.handed) + 1, command, arguments, blobs, to)

    def take_over(self) -> None:
        """Number and queue the parcels that were handed over."""
        while self.handed:
            parcel = self.handed[0]
            self._last += 1
            parcel.id = self._last
            self.parcels.append(parcel)
            self.handed.popleft()

    def may_send(self, outbox: Outbox) -> bool:
        """Whether a piece may be written now: few are under way at a time, and the program's own commands go first."""
        if not len(self) or outbox.unsent or len(outbox.waiting) >= WINDOW + COMMANDS_FIRST:
            return False
        return sum(map(_is_piece, outbox.waiting)) < WINDOW

    def next(self, outbox: Outbox, message_size: int) -> DoRequest:
        """Make the next piece, and keep it in the outbox as one that is being written now."""
        parcel = self.parcels[0]
        piece = DoRequest(outbox.n + 1, PARCEL, parcel.next_piece(message_size), parcel.to)
        outbox.add_written(piece)
        if parcel.done:
            self.parcels.popleft()
        return piece

    def give_up(self, refused: Request | None, n: int) -> DoRequest | None:
        """A message was refused. If it was a piece, stop sending its parcel: the rest is of no use to anyone.

        Returns the message, numbered `n`, that tells the others so; None if it was no piece.
        """
        if refused is None or not _is_piece(refused):
            return None
        number = number_of(refused.a)
        if bytes(refused.a) == bytes(given_up(number)):
            return None  # where that is refused, too, saying it again would never end
        self.parcels = deque(parcel for parcel in self.parcels if parcel.id != number)
        return DoRequest(n, PARCEL, given_up(number))

    def restart(self) -> None:
        """What was sent of the parcels is lost: send each again from its beginning."""
        for parcel in self.parcels:
            parcel.restart()


def _is_piece(message: Request) -> TypeGuard[DoRequest]:
    return isinstance(message, DoRequest) and message.c == PARCEL
