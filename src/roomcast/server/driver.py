"""The driver: calls the core's directory of rooms at the right times. It does no I/O.

A real server and a simulated one use this same class, each with its own scheduler and its own wall clock. Whatever
fails in what it calls, it goes on.

When                                  What it calls
----------------------------------    -------------------------------------------------
the directory calls `wake`            `Directory.flush`, in the same turn of the event loop
when a flush says so                  `Directory.flush` again
the store has events: `poll_store`    `Directory.poll_store`
each second                           `Directory.sweep`; `exclude_downtime` first if the process was suspended
`close`                               `Directory.close`, then waits until its connections have ended
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from roomcast.core.room.clock import Clock
from roomcast.core.server.directory import Directory
from roomcast.transports.scheduling import Handle, Scheduler

SWEEP_EVERY: Final = 1.0  # seconds
DOWNTIME: Final = 1.0  # seconds: a sweep that comes later than this means that the process was suspended
CLOSE_WITHIN: Final = 0.6  # seconds that connections have to answer our close, when all was read
_ABORT_WITHIN: Final = 1.0  # seconds that connections may take to end once they were aborted
_LOOK_EVERY: Final = 0.01  # seconds, while closing: whether all connections have ended


class Driver:
    """Drives one directory.

    Make the driver first, then the directory with its `clock` and `wake`, then call `start`. When the store has events,
    call `poll_store` in the event loop's thread. `wall_clock` returns the time of day as seconds since 1970; it may be
    set forwards and back while the server runs.
    """

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._wall_clock = wall_clock
        self.clock: Final = Clock()
        self._directory: Directory
        self._scheduler: Scheduler
        self._timer: Handle | None = None  # of the next flush
        self._timer_due = math.inf
        self._sweeper: Handle | None = None
        self._sweep_due = math.inf
        self._stopped = True

    def start(self, directory: Directory, scheduler: Scheduler) -> None:
        """Start: the first sweep is made at once."""
        self._directory = directory
        self._scheduler = scheduler
        self._stopped = False
        self._sweep()

    def stop(self) -> None:
        """Stop: the directory is not called any more."""
        self._stopped = True
        for handle in (self._timer, self._sweeper):
            if handle is not None:
                handle.cancel()

    # ------------------------------------------------------------------ what the directory asks for

    def wake(self) -> None:
        """Flush, once whatever runs now has returned."""
        self._scheduler.call_soon(self._flush)

    def poll_store(self) -> None:
        """The store has events."""
        if self._stopped:
            return
        try:
            self._directory.poll_store(self._scheduler.now())
        except Exception as error:
            self._directory.failures.add("the store's events could not be taken", "", error)

    # ------------------------------------------------------------------ time

    def _flush(self) -> None:
        if self._stopped:
            return
        now = self._scheduler.now()
        try:
            again = self._directory.flush(now)
        except Exception as error:
            self._directory.failures.add("rooms could not be flushed", "", error)
            again = now + SWEEP_EVERY
        if again is None:
            return
        if self._timer is not None:
            if self._timer_due <= again:
                return
            self._timer.cancel()
        self._timer_due = again
        # In whole milliseconds, rounded up: event loops count in those, and would spin for the rest of one.
        self._timer = self._scheduler.call_later(math.ceil((again - now) * 1000) / 1000, self._flush_again)

    def _flush_again(self) -> None:
        self._timer = None
        self._flush()

    def _sweep(self) -> None:
        now = self._scheduler.now()
        self.clock.offset = self._wall_clock() - now
        late = now - self._sweep_due
        try:
            if late > DOWNTIME:
                # Before the sweep: what has come in meanwhile has not been read yet.
                self._directory.exclude_downtime(late, now)
            self._directory.sweep(now)
        except Exception as error:
            self._directory.failures.add("the sweep of each second failed", "", error)
        self._sweep_due = now + SWEEP_EVERY
        self._sweeper = self._scheduler.call_later(SWEEP_EVERY, self._sweep)

    # ------------------------------------------------------------------ the end

    def close(self, message: str, ended: Callable[[], object]) -> None:
        """Say `bye` to everyone with `message`; `ended` is called when all connections have ended, and the driver.

        Connections that have read everything get `CLOSE_WITHIN` seconds to answer, those that still read up to
        `Limits.drain` seconds.
        """
        began = self._scheduler.now()
        try:
            self._directory.close(message, began)
        except Exception as error:
            self._directory.failures.add("not everyone was told that the server closes", "", error)
        self._drain(began, ended)

    def _drain(self, began: float, ended: Callable[[], object]) -> None:
        waited = self._scheduler.now() - began
        drain = self._directory.limits.drain
        if not self._directory.peers or waited >= drain + _ABORT_WITHIN:
            self.stop()
            ended()
            return
        if waited >= drain:
            self.abort_all()
        elif waited > CLOSE_WITHIN:
            self._abort(only_read=True)
        self._scheduler.call_later(_LOOK_EVERY, self._drain, began, ended)

    def abort_all(self) -> None:
        """End all connections now; what they have not read is lost."""
        self._abort(only_read=False)

    def _abort(self, *, only_read: bool) -> None:
        for peer in list(self._directory.peers):
            try:
                if not only_read or not peer.connection.unread():
                    peer.connection.abort()
            except Exception as error:
                self._directory.failures.add("a connection could not be ended", "", error)
