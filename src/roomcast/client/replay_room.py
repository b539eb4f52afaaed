"""Replays: a room that runs a recording, without a server and without a network."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import inf, isfinite
from pathlib import Path
from types import TracebackType
from typing import Any, Final, SupportsFloat

from roomcast.client.client_room import ClientRoom, player_name
from roomcast.client.given import seconds, text, whole_number
from roomcast.client.recording_reader import Recording, read_recording
from roomcast.client.replay_core import ReplayCore
from roomcast.client.running import RunningCall
from roomcast.client.tk_pump import TkPump
from roomcast.client.where import Where
from roomcast.core.client.timers import Timers
from roomcast.errors import BadArgument, CannotServe

_MOST_RUNS: Final = 5_000_000  # of timers from one line of a recording to the next: of 20 a second, nearly three days


class ReplayRoom(ClientRoom):
    """A room that was recorded, and is run again. Made by `roomcast.replay`.

    It has what any room has, and its functions are run by `pump()`, in the order of the recording, with the same dice
    and at the same times of the room. Nothing can be sent: what the program's functions send is dropped, with one
    warning; elsewhere sending raises `RoomClosed`. At the end of the recording the room is `closed`. For one thread.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        speed: SupportsFloat | None = None,
        me: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        core = ReplayCore(recording, player_name(me), lambda: bool(self._inbox.queue.calling))
        super().__init__(Where("recording://", recording.header.room), "", core=core, clock=clock)
        self._recorded: Final = core
        self._source: Final = recording.source
        self._length: Final = recording.last
        self._tk: TkPump | None = None
        self._pumping = False
        self._runs = 0  # of timers, since the last line was brought, or the time went on
        self._speed: float | None = None
        self._since = (0.0, 0.0)  # a moment by the clock, and the room's time then (ms); (0, 0): not begun
        self.speed = speed
        self._inbox.next()  # where the recording starts

    @property
    def speed(self) -> float | None:
        """How fast the recording is run: 1.0 as it was, 2.0 twice as fast, 0 not at all; None: as fast as `pump` can.

        It may be set at any time. Time in which nobody was in the room is left out. Raises `BadArgument` for what is no
        number, or below 0.
        """
        return self._speed

    @speed.setter
    def speed(self, speed: SupportsFloat | None) -> None:
        if speed is not None:
            try:
                speed = float(speed)
            except (TypeError, ValueError, OverflowError):
                speed = -1.0
            if not isfinite(speed) or speed < 0:
                raise BadArgument(
                    "speed= is how fast a recording is run, as in speed=2.0, or None: as fast as it can",
                    topic="recording",
                )
        if self._since[1]:
            self._since = (self._clock(), self._now())
        self._speed = speed

    @property
    def length(self) -> int:
        """The seq of the last entry of the recording."""
        return self._length

    def pump(self, budget: float | None = None, wait: float = 0.0, until: int | None = None) -> int:
        """Run what is due, in the room's order; returns how many entries that were.

        `budget`: seconds after which the rest is left for the next call. `wait`: where nothing is due yet, for `speed`,
        seconds to wait for it at most. `until`: the seq of an entry after which to stop. An exception in one of your
        functions comes out of here; what came after it still waits. Raises `BadArgument`, and `CannotServe` where the
        recording is damaged.
        """
        budget = inf if budget is None else seconds("budget=", budget)
        if type(wait) is not float or wait:
            wait = seconds("wait=", wait)
        upto: float = inf if until is None else whole_number("until=", until, 0)
        inbox, within = self._inbox, self._pumping
        queue = inbox.queue
        calling = (within and queue.running_call()) or False  # one of the program's functions may pump, too
        self._pumping = True
        try:
            count = self._run_entries(budget, upto)
            if not count and wait and (left := self._left(upto)):
                time.sleep(min(wait, left))
                count = self._run_entries(budget, upto)
        finally:
            queue.calling = calling
            self._pumping = within
        return count

    def _run_entries(self, budget: float, upto: float) -> int:
        inbox, core = self._inbox, self._recorded
        queue, events = inbox.queue, inbox.events
        started, count, now = time.monotonic(), 0, self._now()
        while True:
            while queue.calls:
                queue.calling = True
                queue.make_next()
                queue.calling = False
            if time.monotonic() - started >= budget:
                break
            if events and not inbox.changes and getattr(events[0], "s", 0) > upto:
                break
            if inbox.timer_runner.take(core.ticked):
                self._runs += 1
                self._check_runs(inbox.timer_runner.timers)
                continue
            if inbox.changes or events:
                if inbox.next() is not None:
                    count += 1
                continue
            at = core.next_at
            if core.next_seq > upto:
                break
            if at is not None and at > now and self._speed and not self._replica.is_anyone_here():
                now = self._skip_to(at)
            if at is None or at <= now:
                self._runs = 0
                if not core.bring():
                    break
            elif core.ticked < int(now):
                self._runs = 0
                core.time_link.ticked = int(now)  # all entries from before that have been run
            else:
                break
        return count

    def _check_runs(self, timers: Timers | None) -> None:
        """A timer has run. Raises `CannotServe` where that would go on for ever: what comes next is too far ahead."""
        core, events = self._recorded, self._inbox.events
        upto = getattr(events[0], "at", 0) if events else core.ticked
        to_come = 0.0
        if timers is not None and timers.count and timers.next.interval:
            to_come = max(0.0, (upto - timers.due) / timers.next.interval)
        if self._runs + to_come <= _MOST_RUNS:
            return
        days = (upto - self._replica.at) / 86_400_000
        why = (
            f"{self._source}: after entry {self.seq}, the room's time goes {days:,.0f} days ahead, and timers would "
            f"run more than {_MOST_RUNS:,} times before anything else happens: this was not recorded, or it is damaged"
        )
        events.clear()
        core.time_link.ticked = 0
        core.fail(why)
        raise CannotServe(why, topic="recording")

    # ------------------------------------------------------------------ time

    def _now(self) -> float:
        """The room's time up to which the recording is run now, in milliseconds."""
        if self._speed is None:
            return inf
        clock = self._clock()
        if not self._since[1]:
            self._since = (clock, max(self._replica.at, 1.0))
        return self._since[1] + (clock - self._since[0]) * self._speed * 1000

    def _skip_to(self, at: float) -> float:
        self._since = (self._clock(), at)
        return at

    def _left(self, upto: float) -> float:
        """Seconds until something is due; 0: nothing will be, before the speed or `upto` changes."""
        core, timers = self._recorded, self._inbox.timer_runner.timers
        at = core.next_at
        if self.closed or not self._speed or core.next_seq > upto:
            return 0.0
        due = min(inf if at is None else at, inf if timers is None else timers.due)
        return max(0.0, (due - self._now()) / (self._speed * 1000)) if due < inf else 0.0

    def _estimated_time(self) -> float:
        """Outside of functions: up to where the recording has been run."""
        now = self._now()
        return max(self._replica.at, 0.0 if now == inf else now) / 1000

    # ------------------------------------------------------------------ the rest of a room

    def attach(self, window: Any = None, every: float = 0.01) -> None:
        """Pump from the loop of a Tk window. As `Room.attach`."""
        between = seconds("every=", every)
        former, self._tk = self._tk, TkPump(self, window, between)
        if former is not None:
            former.stop()

    def leave(self) -> None:
        """End the replay."""
        self._recorded.leave()
        self._inbox.closed = self._inbox.closed or self._recorded.over

    def _running_call(self) -> RunningCall | None:
        return self._inbox.queue.running_call()

    def _is_pumped_here(self) -> bool:
        return self._pumping

    def _window_closed(self) -> None:
        self.leave()

    def __enter__(self) -> ReplayRoom:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def __repr__(self) -> str:
        return f"<replay of {self._source}, at entry {self.seq}>"


def replay(recording: str | Path, room: str = "", *, speed: SupportsFloat | None = None, me: str = "") -> ReplayRoom:
    """A room that runs a recording, in place of one that `roomcast.join` gives. Nothing of it needs a server.

    `recording`: a file that `roomcast record` has written, or one in which a server keeps its rooms (`--keep`), which
    may go on meanwhile. `room`: which room of such a file; "" where it has only one. `speed`: 1.0 as it was, None as
    fast as `pump` is called. `me`: the id of the player by whose eyes: `room.me`, and of a kept file the private
    commands that it could read; "": the player who recorded, or nobody. Raises `CannotServe` for a file that cannot be
    used, and `BadArgument`.

        room = roomcast.replay("dots.jsonl", speed=2.0)
        while not room.closed:
            room.pump(wait=0.1)
    """
    room, me = text("room=", room), text("me=", me)
    return ReplayRoom(read_recording(recording, room, me=me), speed=speed, me=me)
