"""A room: players come and go, what they send gets its place in the room's one order, its state is the fold of its log.

What happens becomes an entry in `order`; what the commit log reports as committed is fed to connections by `flush`.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Final, Protocol

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import (
    AnyEntry,
    Away,
    Back,
    Check,
    Desync,
    DoRequest,
    Join,
    Leave,
    Set,
    SetRequest,
    Snapshot,
)
from roomcast.core.room.behaviour import Behaviour, check_accepted
from roomcast.core.room.clock import Clock
from roomcast.core.room.commands import CommandNames, Readers
from roomcast.core.room.commit_log import CommitLog, SavedRoom
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.desync import StateChecks
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.fold import RoomState, snapshot
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.recovery import recover
from roomcast.core.room.relay import RELAY
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.shared_state import ROOM, StateSizes
from roomcast.core.room.subscription import RoomSubscriber, Subscriptions
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class FlushQueue(Protocol):
    """Where a room says that it has something to flush."""

    def schedule(self, room: Room, /) -> None:
        """Have `room.flush` called soon; the room has had nothing to flush since its last one."""
        ...


class Room:
    """One room. Methods that change it take `now` (seconds, monotonic) and propose entries.

    `saved`: what is kept of it, where it was open before. Raises `Refused` ("disk") where that is damaged.
    """

    __slots__ = (
        "__weakref__",
        "_behaviour",
        "_checks",
        "_commands",
        "_dirty",
        "_flushes",
        "_readers",
        "_sizes",
        "_starts",
        "commits",
        "empty_since",
        "feed",
        "flushed_at",
        "limits",
        "log",
        "name",
        "seats",
        "sessions",
        "subscriptions",
        "watched",
    )

    def __init__(
        self,
        name: str,
        limits: Limits,
        now: float,
        *,
        flushes: FlushQueue,
        clock: Clock,
        commits: CommitLog,
        saved: SavedRoom | None = None,
        behaviour: Behaviour = RELAY,
    ) -> None:
        self.name = name
        self.limits = limits
        self.log: Final = Order(commits, clock)
        self.seats: Final = Seats(name, limits, commits)
        self.sessions: Final = self.seats.sessions  # by player id: all who may act or come back
        self.feed: Final = Feed(self.log, (limits.kept_entries, limits.kept_bytes))
        self.commits: Final = commits
        self.empty_since: float | None = now  # None: somebody is here
        self.flushed_at = float("-inf")
        self.subscriptions: Final = Subscriptions(self.sessions)
        self.watched = False  # it has subscribers
        self._behaviour: Final = None if behaviour.accepts_all else behaviour
        self._flushes = flushes
        self._dirty = False  # a flush is scheduled
        self._starts = ReaderStarts(self.log, self.feed, self.seats, commits)
        self._sizes = StateSizes(limits)
        self._checks = StateChecks()
        self._commands = CommandNames(limits)
        self._readers = Readers(limits)
        if saved is not None:
            recover(self.log, name, saved)
            self._continue(saved, now)

    def _continue(self, saved: SavedRoom, now: float) -> None:
        """Continue from what is kept: every player is away, and may come back."""
        self.feed.flushed = saved.last
        for one in saved.sessions:
            self.seats.restore(one, now)
        self._sizes.measure(ROOM, self.log.state.shared)
        for player, record in list(self.log.state.players.items()):
            self._sizes.measure(player, record.state)
            if player not in self.sessions:
                self._propose(Leave, player, now, ("lost",))
            elif record.here:
                self._propose(Away, player, now)
        self.empty_since = None if self.log.state.players else now

    # ------------------------------------------------------------------ coming and going

    def join(self, name: str, secret: str, now: float, wanted_id: str | None = None) -> Session:
        """Give a new player a seat.

        Raises `Refused` ("room-full") and `BadArgument` (the name).
        """
        self.seats.check_free(self.log.state)
        session = self.seats.add(name, secret, now, wanted_id)
        self.empty_since = None
        self._propose(Join, session.id, now, (session.name,))
        return session

    def come_back(self, session: Session, now: float) -> None:
        """The session has a new connection; an older one that is still open is told so, and replaced.

        Raises `Refused` ("room-full") if the seat was given up and no other is free.
        """
        if session.id not in self.log.state.players:
            self.seats.check_free(self.log.state)
        if session.peer is not None:
            older = session.peer
            self._detach(session)
            older.replaced()
        record = self.log.state.players.get(session.id)
        if record is None:
            state, session.left_state = session.left_state or {}, None
            self._propose(Join, session.id, now, (session.name, state))
            self._sizes.measure(session.id, state)
            self.seats.save(session)
        elif not record.here:
            self._propose(Back, session.id, now)
        self.empty_since = None

    def drop(self, session: Session, now: float) -> None:
        """The session's connection is gone; the player may come back."""
        self._detach(session)
        session.since = now
        if session.id in self.log.state.players:
            self._propose(Away, session.id, now)

    def leave(self, session: Session, now: float, why: str = "left") -> None:
        """The player leaves for good. `why` is an error code."""
        self._detach(session)
        self.seats.remove(session)
        self._give_up_seat(session, now, why)

    def sweep(self, now: float) -> None:
        """About once a second: give up the seats and sessions whose time is over."""
        self._report_desync(now)
        for session in self.seats.away():
            gone_for = now - session.since
            if gone_for >= self.limits.seat_kept and session.id in self.log.state.players:
                session.left_state = self.log.state.players[session.id].state
                self.seats.save(session)
                self._give_up_seat(session, now, "timeout")
            if gone_for >= self.limits.resume_window:
                self.seats.remove(session)
        for subscriber in self.subscriptions.all:
            subscriber.sweep(now)

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend all deadlines by them."""
        self.seats.exclude_downtime(seconds, now)
        if self.empty_since is not None:
            self.empty_since = min(self.empty_since + seconds, now)

    def _give_up_seat(self, session: Session, now: float, why: str) -> None:
        if session.id in self.log.state.players:
            self._propose(Leave, session.id, now, (why,))
            self._sizes.forget(session.id)
        if not self.log.state.players:
            self.empty_since = now

    # ------------------------------------------------------------------ commands and shared state

    def do(self, session: Session, request: DoRequest, now: float) -> int:
        """Give a command its place in the order; returns its seq (0: it was here before).

        Raises `Refused`; the number is used up by that, as it is by success.
        """
        if request.n == session.n + 1:
            session.n = request.n
        else:
            return session.check_repeated(request.n)
        try:
            command = self._commands[request.c]
        except BadArgument as error:
            raise Refused("bad-name", str(error), request.n) from None
        if _first_byte(request.a)[0] not in _ARRAY_OR_OBJECT:
            raise Refused("bad-argument", f"{request.c}: arguments are a JSON array or object", request.n)
        readers = None if request.to is None else self._readers.of(session.id, request, self.log.state.players)
        if self._behaviour is not None:
            check_accepted(self._behaviour.decide(session.id, request), request.n)
        seq = self.log.propose_command(session, request, command, readers, now)
        if not self._dirty and self.commits.committed == seq:  # as `_schedule_flush`, without a call
            self._dirty = True
            self._flushes.schedule(self)
        return seq

    def set(self, session: Session, request: SetRequest, now: float) -> int:
        """Patch shared state; returns the entry's seq (0: it was here before). Raises `Refused`."""
        if request.n == session.n + 1:
            session.n = request.n
        else:
            return session.check_repeated(request.n)
        if request.of not in ("me", "room"):
            raise Refused(
                "bad-argument", f"state is of 'me' or of 'room', not of {names.quoted(request.of)}", request.n
            )
        self._sizes.check(session.id if request.of == "me" else ROOM, request, self.log.state)
        if self._behaviour is not None:
            check_accepted(self._behaviour.decide_state(session.id, request), request.n)
        self._propose(
            Set, session.id, now, (request.of, request.p, request.whole, request.n), session.secret, request.n
        )
        return self.log.last

    def check(self, session: Session, check: Check, now: float) -> None:
        """Compare the hash of a program's state with those of the others."""
        if 0 < check.s <= self.log.last and len(check.d) <= 64:
            self._checks.add(session.id, check.s, check.d, now)
            self._report_desync(now)

    def _report_desync(self, now: float) -> None:
        found = self._checks.find(now, self.seats.connected())
        if found is not None:
            seq, players = found
            self._propose(Desync, "", now, (seq, tuple(players)))

    # ------------------------------------------------------------------ the order

    @property
    def state(self) -> RoomState:
        """The fold of all entries that were proposed; some of them may not be committed yet."""
        return self.log.state

    def _propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...] = (), secret: str = "", n: int = 0
    ) -> None:
        """As `Order.propose`; what is committed at once is flushed soon."""
        seq = self.log.propose(kind, by, now, fields, secret, n)
        if self.commits.committed == seq:
            self._schedule_flush()

    def _schedule_flush(self) -> None:
        if not self._dirty:
            self._dirty = True
            self._flushes.schedule(self)

    def committed(self) -> None:
        """The commit log has committed more."""
        self._schedule_flush()

    def flush(self, now: float) -> None:
        """Write what was committed since the last flush to everyone."""
        self._dirty = False
        self.flushed_at = now
        feed = self.feed
        after, upto = feed.flushed, self.commits.committed
        if self._starts.waiting:
            self._starts.begin(upto, now)
        feed.flush(upto)
        if feed.stranded:
            self._starts.start_again(self.log.state)
        if self.watched:
            for subscriber in self.subscriptions.all:
                subscriber.flushed(after, upto, now)

    @property
    def settled(self) -> bool:
        """Whether all of the room is kept, so that it can be closed."""
        return self.commits.settled

    def close(self) -> None:
        """The room is no longer needed in memory."""
        self.commits.close()

    def subscribe(self, subscriber: RoomSubscriber) -> None:
        """Let somebody follow what happens from now on."""
        self.subscriptions.add(subscriber)
        self.watched = True

    def unsubscribe(self, subscriber: RoomSubscriber) -> None:
        self.subscriptions.remove(subscriber)
        self.watched = bool(self.subscriptions.all)

    # ------------------------------------------------------------------ who reads

    def snapshot(self) -> Snapshot:
        """The state after the last proposed entry. It may be sent once that is committed."""
        return snapshot(self.log.state)

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        """From where the session begins to read. None: that is not committed yet; `peer.begin` is called when it is."""
        return self._starts.start(session, peer, self.log.state)

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        """Send the session's connection the log after `seq`, from the next flush on."""
        session.cursor = Cursor(connection, wire, session.id, seq)
        self.feed.add(session.cursor)
        self._schedule_flush()

    def detach(self, session: Session) -> None:
        """The session's connection is about to end: send it no more entries."""
        if session.cursor is not None:
            self.feed.remove(session.cursor)
            session.cursor = None

    def resume_reading(self, cursor: Cursor) -> None:
        """A connection that was behind has read on."""
        self._starts.resume(cursor, self.log.state)

    def _detach(self, session: Session) -> None:
        session.peer = None
        self.detach(session)
