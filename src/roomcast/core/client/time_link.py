"""What a client hears of the room's time over its connection, and asks of it: round trips, ticks, wakes for timers."""

from __future__ import annotations

from typing import Final

from roomcast.core.client.room_clock import RoomClock
from roomcast.core.client.round_trips import RoundTrips
from roomcast.core.client.wakes import Wakes
from roomcast.core.protocol.messages import Welcome


class TimeLink:
    """Of one client core. Times are monotonic seconds."""

    __slots__ = ("_greeted_at", "clock", "round_trips", "ticked", "wakes")

    def __init__(self) -> None:
        self.ticked = 0  # the newest tick: no entry from before that time will come (Unix milliseconds); 0: none
        self.clock: Final = RoomClock()
        self.round_trips: Final = RoundTrips(self.clock)
        self.wakes: Final = Wakes()
        self._greeted_at = 0.0  # when hello was written

    def greeted(self, now: float) -> None:
        """Hello is being written."""
        self._greeted_at = now

    def welcomed(self, welcome: Welcome, now: float) -> None:
        """The server has let us in."""
        self.clock.restart(another_room=bool(welcome.lost) or not welcome.resumed)
        self.clock.sample(self._greeted_at, now, welcome.time)
        self.wakes.connected()
