"""Round trips to the server: pings, and what is learnt from their answers.

Nothing is pinged until somebody asks (`wanted`). From then on, there is a ping after each welcome, and then one every
`PING_EVERY` seconds. The program's own commands tell less: a room holds them back for its pace.
"""

from __future__ import annotations

from typing import Final

from roomcast.core.client.room_clock import RoomClock
from roomcast.core.protocol.messages import Pong

PING_EVERY: Final = 5.0  # seconds between two pings; each counts as a command for the server's rate
_GAIN: Final = (
    0.25  # share of a new sample in the latency: RFC 6298, section 2, has 1/8 for samples that come more often
)


class RoundTrips:
    """The round trips of one client. Times are monotonic seconds. `clock` gets their samples of the room's time."""

    __slots__ = ("_anew", "_clock", "_sent_at", "_under_way", "latency", "wanted")

    def __init__(self, clock: RoomClock) -> None:
        self._clock = clock
        self.wanted = False  # whether somebody has asked; set from any thread
        self.latency: float | None = None  # seconds that a round trip takes, smoothed; None before the first answer
        self._anew = True  # no answer has come over this connection
        self._sent_at = 0.0  # when the newest ping was written
        self._under_way = 0  # pings that are written and not answered

    def sent(self, now: float) -> None:
        """A ping is being written."""
        self._sent_at = now
        self._under_way += 1

    def answered(self, pong: Pong, now: float) -> None:
        """The answer to a ping has come. It tells something where it is clear which ping it answers.

        A server does not answer a client that does not read.
        """
        under_way, self._under_way = self._under_way, 0
        if under_way == 1:
            self.sample(self._sent_at, now, pong)

    def sample(self, sent_at: float, received_at: float, pong: Pong) -> None:
        """One round trip: a ping was written at `sent_at`, and `pong` received at `received_at`."""
        if pong.time:
            self._clock.sample(sent_at, received_at, pong.time)
        took = received_at - sent_at
        if self.latency is None or self._anew:  # another connection may go another way
            self.latency = took
        else:
            self.latency += _GAIN * (took - self.latency)
        self._anew = False

    def interrupted(self) -> None:
        """What is under way will tell nothing: the connection is not read for a while."""
        self._under_way = 0

    def disconnected(self) -> None:
        """The connection is gone. The latency stays what it was until the next one has an answer."""
        self._under_way = 0
        self._anew = True
