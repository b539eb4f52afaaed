"""The way in: what the client core has received becomes, one event at a time, new state and calls of functions.

Each entry of the log first changes the state (the fold), then calls the functions that are registered for it. Events
wait in the core until a program asks for the next one; its calls wait in `calls` until the program makes them.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec import Raw

from roomcast.client.blobs import NONE, Blobs
from roomcast.client.canonical import digest
from roomcast.client.functions import ArgumentMismatch
from roomcast.client.handlers import Handlers
from roomcast.client.log_entry import PRESENCE, LogEntry, log_entry_of
from roomcast.client.players import Player, Replica
from roomcast.client.sender import Sender
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Closed, Event, Joined, Offline, Resumed
from roomcast.core.client.parcels import Arrived, Dropped, Incoming, Progress
from roomcast.core.protocol.messages import (
    AnyEntry,
    Desync,
    Do,
    Entry,
    Error,
    Hidden,
    Json,
    Leave,
    Set,
    Skipped,
    Snapshot,
)
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import Refused

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
        self.calls: Final[deque[Callable[[], object]]] = deque()  # to be made before the next event is taken
        self.checks: Final[list[tuple[Callable[[], Json], int]]] = []  # a state, and the interval (entries)
        self.closed: Closed | None = None  # the end, once it has been taken
        self._core = core
        self._events = core.events
        self._replica = replica
        self._handlers = handlers
        self._sender = sender
        self._clock = clock
        self._changes: deque[tuple[str, Player]] = deque()  # joins and leaves that a snapshot brought
        self._incoming = Incoming()  # calls with bytes of which pieces are missing
        self._parcel: Progress | Arrived | Dropped | None = None  # what the last piece of one has brought

    @property
    def waiting(self) -> int:
        """How many events wait to be taken."""
        return len(self._events) + len(self._changes)

    @property
    def upcoming(self) -> Event | None:
        """The event that `next` will take, of which there must be one; None for a player that a snapshot brought."""
        return None if self._changes else self._events[0]

    def next(self) -> Entry | None:
        """Take the next event, of which there must be one. Returns it if it is an entry of the log, else None."""
        if self._changes:
            self._emit(*self._changes.popleft())
            return None
        event = self._events.popleft()
        if type(event) is Do:
            replica = self._replica
            replica.seq = event.s
            player = replica.player(event.by)
            if event.c == PARCEL:
                self._unpack(event, player)
            else:
                self._call(event.c, event.a, NONE, player)
            reports = self._core.reports
            if reports.every and reports.is_asked_about(event, self._core.me):
                self.calls.append(partial(self._sender.report, replica.log, event, self._clock()))
            if self.checks:
                self._check()
            return event
        if isinstance(event, Entry):
            self._run_entry(event)
            return event
        _TAKE[type(event)](self, event)
        return None

    def log_entry(self, entry: Entry) -> LogEntry:
        """The entry that `next` returned last, as programs get it."""
        return log_entry_of(entry, self._replica.player(entry.by), self._parcel)

    # ------------------------------------------------------------------ entries

    def _run_entry(self, entry: AnyEntry) -> None:
        """Run any entry but a command."""
        replica = self._replica
        replica.seq = entry.s
        player = replica.player(entry.by)
        if type(entry) is Leave:
            self._drop(self._incoming.leave(player.id))
        replica.apply(entry)
        if type(entry) is Set:
            self._emit("set", player, entry.p)
        elif type(entry) is Desync:
            self._emit_desync(entry)
        else:
            self._emit(PRESENCE[type(entry)], player)
        self._check()

    def _emit_desync(self, entry: Desync) -> None:
        if not self._handlers.handles("desync"):
            log.warning("the programs in this room differ after entry %d: %s", entry.after, ", ".join(entry.who))
        self._emit("desync", entry.after, [self._replica.player(one) for one in entry.who])

    def _unpack(self, entry: Do, player: Player) -> None:
        """Take in a piece of a call with bytes; the last one calls."""
        self._parcel = found = self._incoming.add(entry)
        if isinstance(found, Dropped):
            self._drop([found])
        elif isinstance(found, Progress):
            self._emit("progress", player, found)
        elif found is not None:
            self._emit("progress", player, found.progress)
            self._call(found.command, found.arguments, found.blobs, player)

    def _drop(self, dropped: list[Dropped]) -> None:
        """Report calls with bytes that will not be run here."""
        for one in dropped:
            if one.progress is not None:
                self._emit("progress", self._replica.player(one.by), one.progress)
            self._fail(Refused(one.code, one.message))

    def _check(self) -> None:
        """After the functions of this entry, hash the program's state, if it is time."""
        seq = self._replica.seq
        for state, every in self.checks:
            if seq % every == 0:
                self.calls.append(partial(self._hash, state, seq))

    def _hash(self, state: Callable[[], Json], seq: int) -> None:
        self._sender.check(self._replica.log, seq, digest(state()))

    # ------------------------------------------------------------------ all other events

    def _hidden(self, hidden: Hidden) -> None:
        self._replica.seq = hidden.s
        self._check()

    def _skipped(self, skipped: Skipped) -> None:
        self._replace(skipped.snapshot, skipped.last)
        self._emit("skipped", skipped.first, skipped.last)

    def _refused(self, error: Error) -> None:
        self._fail(Refused(error.code, error.message, error.n))

    def _joined(self, joined: Joined) -> None:
        replica = self._replica
        replica.me = replica.player(joined.me)
        replica.log = joined.log
        self._replace(joined.snapshot, joined.seq)
        if joined.lost:
            why = joined.lost
            if joined.dropped:
                why += f"; {joined.dropped} of our messages were on their way, and may be lost"
            if not self._handlers.handles("lost"):
                log.warning("%s", why)
            self._emit("lost", why)

    def _resumed(self, resumed: Resumed) -> None:
        self._emit("resumed", resumed.missed)

    def _offline(self, offline: Offline) -> None:
        if not self._handlers.handles("offline"):
            log.warning("the connection to %s is lost (%s): trying again", self.server, offline.why)
        self._emit("offline", offline.why)

    def _closed(self, closed: Closed) -> None:
        self.closed = closed
        self._emit("closed", closed.message)

    def _replace(self, snapshot: Snapshot, seq: int) -> None:
        """Continue from a snapshot: players who joined or left meanwhile are announced as usual."""
        self._drop(self._incoming.skip())
        self._changes.extend(self._replica.replace(snapshot, seq))

    # ------------------------------------------------------------------ calls

    def _call(self, command: str, arguments: Raw, blobs: Blobs, player: Player) -> None:
        """Queue the functions of a command."""
        for function in self._handlers.commands.get(command, ()):
            try:
                args, kwargs = function.read(arguments, blobs)
            except ArgumentMismatch as mismatch:
                self._fail(Refused("bad-argument", f"from {player.id}: {mismatch}"))
                continue
            if function.takes_player:
                args = (player, *args)
            self.calls.append(partial(function.run, *args, **kwargs))

    def _emit(self, event: str, *args: object) -> None:
        """Queue the functions of an event."""
        for run in self._handlers.events.get(event, ()):
            self.calls.append(partial(run, *args))

    def _fail(self, error: Refused) -> None:
        if self._handlers.handles("error"):
            self._emit("error", error)
        else:
            log.warning("%s (%s)", error.message, error.code)


_TAKE: Final[dict[type, Callable[[Inbox, Any], None]]] = {
    Hidden: Inbox._hidden,
    Skipped: Inbox._skipped,
    Error: Inbox._refused,
    Joined: Inbox._joined,
    Resumed: Inbox._resumed,
    Offline: Inbox._offline,
    Closed: Inbox._closed,
}
