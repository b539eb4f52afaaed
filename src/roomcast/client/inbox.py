"""The way in: what the client core has received becomes, one event at a time, new state and calls of functions.

Each entry of the log first changes the state (the fold), then calls the functions that are registered for it. Events
wait in the core until a program asks for the next one; its calls wait in `queue` until the program makes them.

Ctrl-C, or whatever else a signal raises, may come between any two steps. What it breaks off is brought to its end
before the exception goes on: an event is taken whole, with its state and its calls, or not at all.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from roomcast.client.asking import queue_answer
from roomcast.client.blobs import NONE
from roomcast.client.call_queue import CallQueue
from roomcast.client.handlers import Handlers
from roomcast.client.kept_session import KeptSession
from roomcast.client.log_entry import PRESENCE, LogEntry, log_entry_of
from roomcast.client.players import Player, Replica
from roomcast.client.read_only import read_only
from roomcast.client.sender import Sender
from roomcast.client.state_checks import StateChecks
from roomcast.client.timer_runner import TimerRunner
from roomcast.client.turn_running import queue_effects
from roomcast.client.warn import warn
from roomcast.client.world_exchange import WorldExchange
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Answered, Closed, Event, Joined, Offline, Resumed
from roomcast.core.client.parcels import Arrived, Dropped, Incoming, IncomingState, Progress
from roomcast.core.protocol.messages import (
    NO_STATE,
    AnyEntry,
    Desync,
    Do,
    Entry,
    Error,
    Hidden,
    Leave,
    Save,
    Set,
    Skipped,
    Turn,
)
from roomcast.core.protocol.names import PARCEL
from roomcast.core.room.fold import RoomState
from roomcast.core.room.shared_map import values_of
from roomcast.errors import Refused, sentence

log: Final = logging.getLogger("roomcast")


class Inbox:
    """What has arrived for one room. `server` is its address, for messages; `clock` gives monotonic seconds."""

    def __init__(
        self,
        core: ClientCore,
        replica: Replica,
        handlers: Handlers,
        sender: Sender,
        *,
        server: str,
        clock: Callable[[], float],
    ) -> None:
        self.server = server
        replica.join_is_handled = partial(handlers.handles, "join")
        self.events: Final = core.events  # what waits to be taken, after
        self.changes: Final[deque[tuple[str, Player]]] = deque()  # joins and leaves that a snapshot brought
        self.queue: Final = CallQueue(handlers, replica)
        self.checks: Final = StateChecks(replica, handlers, sender, self.queue)
        self.timer_runner: Final = TimerRunner(
            core, replica, handlers, sender, queue=self.queue, checks=self.checks, changes=self.changes
        )
        self.worlds: Final = WorldExchange(
            core, replica, handlers, sender, queue=self.queue, timer_runner=self.timer_runner, changes=self.changes
        )
        self.entry: Entry | None = None  # the entry that was taken last, until who gives it to the program clears it
        self.upto = 0  # seq: entries up to it had come before we came, or came back
        self.closed: Closed | None = None  # the end, once it has been taken
        self.kept: KeptSession | None = None  # where the session is kept, if it is
        self.older = 0  # commands that were sent before we came, of which nothing is seen here
        self.forgotten = 0  # entries of which a program that wants to run all from the beginning sees nothing
        self._core = core
        self._reports = core.reports
        self._replica = replica
        self._handlers = handlers
        self._sender = sender
        self._clock = clock
        self._incoming = Incoming()  # calls with bytes of which pieces are missing
        self._parcel: Progress | Arrived | Dropped | None = None  # what the last piece of one has brought
        self._before: tuple[Event, IncomingState] | None = None  # how `_incoming` was before that event

    @property
    def waiting(self) -> int:
        """How many events wait to be taken. None, while the program waits for the world."""
        return 0 if self._core.holding else len(self.changes) + len(self.events)

    @property
    def ready(self) -> bool:
        """Whether there is something to run: an event, or a timer. Not while the program waits for the world."""
        if self._core.holding:
            return False
        if self.changes or self.events:
            return True
        return self.timer_runner.ready

    @property
    def upcoming(self) -> Event | None:
        """The event that `next` will take, of which there must be one; None for a player that a snapshot brought."""
        return None if self.changes else self.events[0]

    def next(self) -> Entry | None:
        """Take the next event, of which there must be one, when all calls are made.

        Returns it if it is an entry of the log, else None.
        """
        self.worlds.skip_what_came_before()
        queue = self.queue
        if queue.calls:
            return None
        if self.changes:
            self._take_change()
            return None
        events, event, fold = self.events, self.events[0], self._replica.fold
        new = queue.new = []
        try:
            if self.timer_runner.timers is not None:
                self.timer_runner.before(event)
            queue.place = self.entry = entry = self._take(event)
            queue.calls.extend(new)
            events.popleft()
        except BaseException as error:
            if not self._finish(event, fold, error):
                raise
            return None
        return entry

    def _finish(self, event: Event, fold: RoomState, error: BaseException) -> bool:
        """Taking this event was broken off: begin again from the state before it. Returns whether it was its own fault.

        Then no more can be run, for the state would be another one than the others have: the room is closed.
        """
        queue = self.queue
        if not queue.calls:
            self._replica.fold = fold
            self.changes.clear()
            if self._before is not None and self._before[0] is event:
                self._incoming.restore(self._before[1])
            new = queue.new = []
            try:
                if self.timer_runner.timers is not None:
                    self.timer_runner.before(event)
                queue.place = self.entry = self._take(event)
            except Exception:
                log.error("an entry of the room cannot be run", exc_info=error)
                self.events.clear()
                self._core.fail(f"what the server has sent cannot be run: {type(error).__name__}: {sentence(error)}")
                self._sender.waker.wake()
                return True
            queue.calls.extend(new)
        if self.events and self.events[0] is event:
            self.events.popleft()
        return False

    def _take_change(self) -> None:
        change, queue = self.changes[0], self.queue
        self.worlds.told = True
        self._replica.unannounced.discard(change[1].id)
        try:
            self._queue_change(change)
            self.changes.popleft()
        except BaseException:
            if not queue.calls:
                self._queue_change(change)
            if self.changes and self.changes[0] is change:
                self.changes.popleft()
            raise

    def _queue_change(self, change: tuple[str, Player]) -> None:
        queue = self.queue
        queue.place = self.entry = None
        queue.new = []
        queue.emit(*change)
        queue.calls.extend(queue.new)

    def _take(self, event: Event) -> Entry | None:
        if type(event) is Do:
            replica = self._replica
            replica.seq = event.s
            replica.at = event.at
            player = replica.player(event.by)
            if event.c == PARCEL:
                self._unpack(event, player)
            else:
                self.queue.command(event.c, event.a, NONE, player)
            reports = self._reports
            if reports.every and self._core.is_asked_about(replica.log, event):
                self.queue.new.append(partial(self._sender.report, replica.log, event, self._clock()))
            if self.checks.states:
                self.checks.after_entry(event.c)
            return event
        if isinstance(event, Entry):
            self._run_entry(event)
            return event
        _TAKE[type(event)](self, event)
        return None

    def log_entry(self, entry: Entry) -> LogEntry:
        """The entry that `next` returned last, as programs get it."""
        return log_entry_of(entry, self._replica.player(entry.by), self._parcel, self._replica)

    # ------------------------------------------------------------------ entries

    def _run_entry(self, entry: AnyEntry) -> None:
        """Run any entry but a command."""
        replica = self._replica
        replica.seq = entry.s
        replica.at = entry.at
        player = replica.player(entry.by)
        if type(entry) is Leave:
            self._before = entry, self._incoming.state()
            self._drop(self._incoming.leave(player.id))
        before = replica.fold
        replica.apply(entry)
        if type(entry) is Set:
            if self._handlers.handles("set") and (patch := values_of(entry.p)):  # else nothing has changed
                self.queue.emit("set", player, read_only(patch, ("patch",)))
        elif type(entry) is Desync:
            self.checks.differ(entry)
        elif type(entry) is not Turn:
            self.queue.emit(PRESENCE[type(entry)], player)
        if (effects := getattr(entry, "x", None)) is not None:
            queue_effects(effects, self.queue, replica, self._handlers)
        if type(entry) is not Set and (host := replica.new_host(before)) is not None:
            self.queue.emit("host", host)
        self.checks.after_entry(PRESENCE.get(type(entry), "set"))

    def _unpack(self, entry: Do, player: Player) -> None:
        """Take in a piece of a call with bytes; the last one calls."""
        self._before = entry, self._incoming.state()
        self._parcel = found = self._incoming.add(entry)
        if isinstance(found, Dropped):
            self._drop([found])
        elif isinstance(found, Progress):
            self.queue.emit("progress", player, found)
        elif found is not None:
            self.queue.emit("progress", player, found.progress)
            self.queue.command(found.command, found.arguments, found.blobs, player)

    def _drop(self, dropped: list[Dropped]) -> None:
        """Report calls with bytes that will not be run here."""
        for one in dropped:
            if one.progress is not None:
                self.queue.emit("progress", self._replica.player(one.by), one.progress)
            self.queue.fail(Refused(one.code, one.message))

    # ------------------------------------------------------------------ all other events

    def _hidden(self, hidden: Hidden) -> None:
        self._replica.seq = hidden.s
        self._replica.at = hidden.at or self._replica.at
        self.checks.after_entry()

    def _skipped(self, skipped: Skipped) -> None:
        self._replace(skipped, skipped.last)
        self.queue.emit("skipped", skipped.first, skipped.last)

    def _refused(self, error: Error) -> None:
        self.queue.fail(Refused(error.code, error.message, error.n))

    def _answered(self, answered: Answered) -> None:
        queue_answer(answered.answer, self.queue)

    def _save(self, save: Save) -> None:
        self.worlds.save(save, complete=not self._incoming.pending)

    def _joined(self, joined: Joined) -> None:
        if self.kept is not None:
            self.kept.save(self._core.session, self._core.room)
        replica = self._replica
        replica.me = replica.player(joined.me)
        replica.log = joined.log
        self.upto = joined.upto
        has_state = len(joined.snapshot.state) > len(NO_STATE) or any(
            len(one.state) > len(NO_STATE) for one in joined.snapshot.players
        )
        self.forgotten = joined.seq if self._core.start == "beginning" else 0
        self.older = 0 if joined.world or has_state or self.forgotten else joined.before
        self.worlds.joined(joined)
        self._replace(joined, joined.seq)
        if joined.lost:
            why = joined.lost
            if joined.dropped:
                were = "was on its way" if joined.dropped == 1 else "were on their way"
                why += f"; {joined.dropped} of our messages {were}, and may be lost"
            if not self._handlers.handles("lost"):
                warn(why, "server-restarted")
            self.queue.emit("lost", why)

    def _resumed(self, resumed: Resumed) -> None:
        self.upto = self._replica.seq + resumed.missed
        self.queue.emit("resumed", resumed.missed)

    def _offline(self, offline: Offline) -> None:
        if not self._handlers.handles("offline"):
            warn(f"the connection to {self.server} is lost ({offline.why}): trying again", "connection-lost")
        self.queue.emit("offline", offline.why)

    def _closed(self, closed: Closed) -> None:
        self.closed = closed
        self.queue.emit("closed", closed.message)

    def _replace(self, event: Joined | Skipped, seq: int) -> None:
        """Continue from a snapshot, with the world where the program has one.

        Otherwise players who joined or left meanwhile are announced as usual.
        """
        self._before = event, self._incoming.state()
        self._drop(self._incoming.skip())
        if not self.worlds.begin(event.snapshot, event.world, seq):
            self.changes.extend(self._replica.replace(event.snapshot, seq))


_TAKE: Final[dict[type, Callable[[Inbox, Any], None]]] = {
    Hidden: Inbox._hidden,
    Skipped: Inbox._skipped,
    Save: Inbox._save,
    Error: Inbox._refused,
    Joined: Inbox._joined,
    Resumed: Inbox._resumed,
    Offline: Inbox._offline,
    Closed: Inbox._closed,
    Answered: Inbox._answered,
}
