"""The timers of a program among the events of its room: which runs before the next event, and who tells the time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from math import inf
from typing import Final

from roomcast.client.call_queue import CallQueue
from roomcast.client.handlers import Handlers
from roomcast.client.players import Player, Replica
from roomcast.client.room_timers import arguments_of
from roomcast.client.running import RunningCall
from roomcast.client.sender import Sender
from roomcast.client.state_checks import StateChecks
from roomcast.client.warn import warn
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Event, Joined
from roomcast.core.client.timers import SavedTimers, Timers


class TimerRunner:
    """Runs `timers`. `changes` are the joins and leaves that a snapshot brought, and that are still to be taken."""

    __slots__ = ("_changes", "_checks", "_core", "_handlers", "_queue", "_replica", "_sender", "in_step", "timers")

    def __init__(
        self,
        core: ClientCore,
        replica: Replica,
        handlers: Handlers,
        sender: Sender,
        *,
        queue: CallQueue,
        checks: StateChecks,
        changes: deque[tuple[str, Player]],
    ) -> None:
        self.timers: Timers | None = None  # the program's, once it has set one
        self.in_step = True  # they have run at the places at which they run everywhere
        self._core = core
        self._replica = replica
        self._handlers = handlers
        self._sender = sender
        self._queue = queue
        self._checks = checks
        self._changes: Final = changes

    @property
    def ready(self) -> bool:
        """Whether there is one to run where no event waits."""
        return self.timers is not None and self._is_due(self.timers, self._core.ticked)

    def take(self, ticked: float) -> bool:
        """Take the timer that is to run before the next event, or where none waits, by `ticked`; when all calls are
        made. Returns whether there is one.

        `ticked`: what the core had before it was looked whether an event waits. That a tick came later does not say
        that all entries from before it are in `events` as we have seen them.
        """
        timers = self.timers
        if timers is None or not self._is_due(timers, ticked):
            return False
        replica, timer, due, runs = self._replica, timers.next, timers.due, timers.next.runs
        queue = self._queue
        queue.place = RunningCall(replica.seq, due, timers.key(replica.seq))
        replica.at = max(replica.at, due)
        new: list[Callable[[], object]] = [partial(timer.function, *arguments_of(timer))]
        self._checks.watch(new, timer.name)
        try:
            queue.calls.extend(new)
            timers.ran(timer, runs, replica.seq)
        except BaseException:
            if not queue.calls:
                queue.calls.extend(new)
            timers.ran(timer, runs, replica.seq)
            raise
        return True

    def _is_due(self, timers: Timers, ticked: float) -> bool:
        due, replica = timers.due, self._replica
        if due <= replica.at:
            return not self._changes
        if self._changes or not replica.is_anyone_here():
            return False
        try:
            return due <= getattr(self._core.events[0], "at", 0)
        except IndexError:
            return due <= ticked

    def before(self, event: Event) -> None:
        """Before an event is taken, once a timer was set: what it says of time."""
        timers, replica = self.timers, self._replica
        assert timers is not None
        if isinstance(event, Joined):
            self.in_step = True
            # Another log: each is due as long from now as it was. At the beginning, rests are told once more.
            timers.rest(replica.at, event.snapshot.at or replica.at)
            timers.forget_place()
            return
        at = getattr(event, "at", 0)
        if at > replica.at and not replica.is_anyone_here():
            if replica.at:
                timers.rest(replica.at, at)
        elif 0 < at < replica.at:
            why = "the room's time was set back: timers have run here that others run later"
            if not self._handlers.handles("lost"):
                warn(why, "timers")
            self._queue.emit("lost", why)
            self.in_step = False

    def ask_for_time(self) -> None:
        """Have the server tell the room's time when the next timer is due. When all is run for now."""
        timers, core = self.timers, self._core
        if timers is not None and core.ask_for_time(timers.wanted(), max(core.ticked, self._replica.at)):
            self._sender.waker.wake()

    @property
    def behind(self) -> float:
        """How late what is to run next is, in milliseconds: since then, newer things have arrived."""
        timers, events, ticked = self.timers, self._core.events, self._core.ticked
        due = inf if timers is None else timers.due
        try:
            oldest = min(due, getattr(events[0], "at", inf))
            newest = next(at for one in (-1, -2, 0) if (at := getattr(events[one], "at", 0)))
        except (IndexError, StopIteration):
            oldest, newest = due, ticked
        return max(0.0, newest - oldest)

    # ------------------------------------------------------------------ in a world

    def saved(self) -> SavedTimers | None:
        """The timers as they are now, for a world."""
        return None if self.timers is None else self.timers.saved(self._replica.seq)

    def restore(self, saved: SavedTimers | None, functions: Mapping[str, Callable[..., object]]) -> None:
        """Go on with those of a world, in place of all there were. None: it has none. `functions`: theirs, by name."""
        self.in_step = True
        if saved is not None or self.timers is not None:
            self.timers = Timers() if self.timers is None else self.timers
            self.timers.restore(saved or SavedTimers([], 0.0, {}, 0), functions.__getitem__, self._replica.seq)
