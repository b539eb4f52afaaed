"""What a program sends, until it is acknowledged: messages, calls with bytes, reports; and the frames they go in."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import Final

from msgspec import Raw

from roomcast.core.client.client_events import Answered, Event
from roomcast.core.client.outbox import Freshness, Outbox, Request, Unsent
from roomcast.core.client.parcel_queue import ParcelQueue
from roomcast.core.client.parcels import ArgumentKey
from roomcast.core.client.reports import Reports
from roomcast.core.client.sending_limits import SendingLimits
from roomcast.core.client.world_upload import WorldUpload
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import DoRequest, Error, SetRequest
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import BadArgument, TooFast

MAX_WAITING: Final = 10_000  # messages that may wait to be acknowledged


class SendQueue:
    """The program hands over, from any thread and from signal handlers; all else is for the owner of the client core.

    `events` are the core's: what a program is told of its messages goes there.
    """

    __slots__ = ("_events", "live", "outbox", "parcels", "reports", "sending", "world")

    def __init__(self, events: deque[Event]) -> None:
        self.live = False  # whether we are in the room
        self.outbox: Final = Outbox()
        self.parcels: Final = ParcelQueue()
        self.reports: Final = Reports()
        self.sending: Final = SendingLimits()
        self.world: Final = WorldUpload()
        self._events = events

    def __len__(self) -> int:
        return len(self.outbox) + len(self.parcels)

    @property
    def has_output(self) -> bool:
        """Whether `next_frame` may return something."""
        outbox, parcels = self.outbox, self.parcels
        if outbox.unsent or outbox.handed or self.reports.lines or self.world.lines:
            return True
        return len(parcels) > 0 and self._may_send_piece

    # ------------------------------------------------------------------ what the program hands over

    def hand_over(self, message: Request, now: float, freshness: Freshness | None = None) -> int:
        """Hand over a message. Returns its number. Raises `TooFast` and `BadArgument`.

        `now`: 0 where nobody wants to know when that was. `freshness`: of a command alone.
        """
        outbox, sending = self.outbox, self.sending
        waiting = len(outbox.handed) + len(outbox.unsent) + len(outbox.waiting)
        if waiting >= MAX_WAITING:
            raise TooFast(
                f"{waiting} messages wait to be sent or to come back, so {_described(message)} was not taken: "
                "send less often, or wait until the connection is back"
            )
        line = codec.encode(message)
        if len(line) > sending.unchecked:
            sending.check(line, _described(message))
        outbox.handed.append((message, line, now, freshness))  # the one step: before it nothing, after it all is done
        if (sending.warned or waiting >= sending.burst) and freshness is None:  # others may be dropped before they go
            self._warn_of_rate()
        return message.n

    def hand_over_parcel(
        self, command: str, arguments: Raw, blobs: Mapping[ArgumentKey, bytes], to: tuple[str, ...] | None
    ) -> None:
        """Hand over a call with bytes. Raises `TooFast` and `BadArgument`."""
        parcel = self.parcels.make(command, arguments, blobs, to)
        opening = DoRequest(self.outbox.next_number, PARCEL, parcel.opening(), to)
        self.sending.check(codec.encode(opening), command)
        self.parcels.handed.append(parcel)

    def refused(self, error: Error) -> None:
        """The server has refused a message; where it was a piece, the rest of its parcel is not sent."""
        if error.code == "rate" and not error.n:
            self.sending.told = True
        giving_up = self.parcels.give_up(self.outbox.acknowledge(error.n), self.outbox.n + 1)
        if giving_up is not None:
            self.outbox.add(giving_up)
            self._warn_of_rate()

    def take_over(self) -> None:
        """Take what the program has handed over."""
        outbox, most = self.outbox, self.sending.unchecked
        handed = outbox.handed
        while handed:
            if len(handed[0][1]) > most and not self._still_fits(handed[0], 0):
                handed.popleft()
                continue
            outbox.take_over()
        if self.parcels.handed:
            self.parcels.take_over()

    def drop_outdated(self, now: float) -> None:
        """Nothing can be written for now: let what is outdated go already, so that it does not count as waiting."""
        outbox = self.outbox
        if outbox.handed:
            self.take_over()
        if now > outbox.expires:
            outbox.drop_too_old(now)

    def _still_fits(self, unsent: Unsent, n: int) -> bool:
        """Whether the server that we are at now takes a message. If not, the program is told, and all else goes on."""
        message, line, _, freshness = unsent
        try:
            self.sending.check(line, _described(message))
        except BadArgument as error:
            why = f"{error.message} (the limits are smaller than when it was sent)"
            if freshness is None or freshness.answer is None:
                self._events.append(Error("too-big", why, n))
            else:
                freshness.answer.fail("too-big", why)
                self._events.append(Answered(freshness.answer))
            return False
        return True

    def drop_what_no_longer_fits(self) -> None:
        """The server has started again with smaller limits: a message that it would end the connection for is dropped.

        The server has not had it, so the one after it takes its number.
        """
        outbox = self.outbox
        for message in outbox.drop_unsent(lambda one: self._still_fits(one, one[0].n)):
            giving_up = self.parcels.give_up(message, outbox.n + 1)
            if giving_up is not None:
                outbox.add(giving_up)

    def _warn_of_rate(self) -> None:
        """Tell the program, once, that it sends faster than the server takes."""
        if self.live:
            warning = self.sending.rate_warning(len(self.outbox))
            if warning:
                self._events.append(Error("rate", warning))

    # ------------------------------------------------------------------ what goes out

    def next_frame(self, size: int, log: int, now: float) -> bytes:
        """The next frame, of at most `size` bytes; b"" if there is none now. It counts as written.

        `log`: the one that we follow.
        """
        outbox, reports = self.outbox, self.reports
        if outbox.handed or self.parcels.handed:
            self.take_over()
        if now > outbox.expires:
            outbox.drop_too_old(now)
        if not outbox.unsent:
            if self.parcels.parcels and self._may_send_piece:
                return self._next_piece(size)
            if not reports.lines:
                return self.world.next(log) if self.world.lines else b""
        lines = reports.write(size, log) if reports.lines else []
        room = size - sum(map(len, lines)) - len(lines)
        if reports.every:
            before, n = list(outbox.unsent), outbox.n
            written = outbox.write(room, at_least_one=not lines)
            for message, _, at, _ in islice(before, len(written)):
                n += 1
                if at and isinstance(message, DoRequest):
                    reports.wrote(n, at, now)
        else:
            written = outbox.write(room, at_least_one=not lines)
        return b"\n".join(lines + written)

    def _next_piece(self, size: int) -> bytes:
        piece = self.parcels.next(self.outbox, size)
        line = codec.encode(piece)
        if len(line) > size and not self._still_fits((piece, line, None, None), piece.n):
            self.parcels.give_up(self.outbox.take_back(), self.outbox.n)
            return b""
        return line

    @property
    def _may_send_piece(self) -> bool:
        return self.live and self.parcels.may_send(self.outbox)


def _described(message: Request) -> str:
    """A message, for a sentence about it."""
    if isinstance(message, SetRequest):
        return "the state"
    return "a call with bytes" if message.c == PARCEL else message.c
