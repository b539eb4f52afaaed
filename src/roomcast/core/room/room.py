"""A room: players come and go, what they send gets its place in the room's one order, its state is the fold of its log.

What happens becomes an entry in `order`; what the commit log reports as committed is fed to connections by `flush`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from struct import Struct
from typing import Any, ClassVar, Final

from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits, command_weight
from roomcast.core.protocol.messages import (
    NO_STATE,
    AnyEntry,
    Away,
    Back,
    Check,
    Desync,
    DoRequest,
    Join,
    Leave,
    Save,
    SavedWorld,
    Set,
    SetRequest,
    Wake,
)
from roomcast.core.room.behaviour import Behaviour, check_accepted
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.commands import CommandNames, Readers
from roomcast.core.room.commit_log import CommitLog, SavedRoom
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.desync import StateChecks
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import RoomState
from roomcast.core.room.operations import bytes_compared, work_out
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.recovery import recover
from roomcast.core.room.relay import RELAY
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.shared_state import ROOM, WORLD, StateSizes, StateTotal, owner_of, state_of
from roomcast.core.room.starting_points import StartingPoint, StartingPoints
from roomcast.core.room.subscription import RoomSubscriber, Subscriptions
from roomcast.core.room.ticks import LEAST_BETWEEN, Ticks
from roomcast.core.room.worlds import Verdict, Worlds
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class Room:
    """One room. Methods that change it take `now` (seconds, monotonic) and propose entries.

    `saved`: what is kept of it, where it was open before; raises `Refused` ("disk") where that is damaged. `seed` draws
    the seed for the dice of a new log; "": they follow from the room's name. `told`: the room's time, as it was told in
    this process before: Unix milliseconds.
    """

    __slots__ = (
        "__weakref__", "_behaviour", "_checks", "_commands", "_differed", "_dirty", "_flushes", "_points", "_readers",
        "_starts", "_worlds",
        "commits", "empty_since", "feed", "flushed_at", "limits", "log", "name", "seats", "seed",
        "sessions", "state_sizes", "subscriptions", "ticks", "watched",
    )  # fmt: skip

    _ORDER: ClassVar[type[Order]] = Order

    def __init__(
        self,
        name: str,
        limits: Limits,
        now: float,
        *,
        flushes: FlushQueue[Room],
        clock: Clock,
        commits: CommitLog,
        saved: SavedRoom | None = None,
        behaviour: Behaviour = RELAY,
        seed: Callable[[], str] = str,
        state_total: StateTotal | None = None,
        told: int = 0,
    ) -> None:
        self.name = name
        self.limits = limits
        self.seed: Final = seed
        self.log: Final = self._ORDER(commits, clock)
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
        self._points = StartingPoints(limits.kept_entries)
        self._worlds = Worlds(limits)
        self._starts = ReaderStarts(self.log, self.feed, self.seats, commits, self._points, self._worlds)
        self.state_sizes: Final = StateSizes(limits, state_total)
        self.ticks: Final = Ticks()
        self._checks = StateChecks()
        self._differed: frozenset[str] = frozenset()  # whose worlds were found to differ, when that was last told
        self._commands = CommandNames(limits)
        self._readers = Readers(limits)
        self.log.at = told
        if saved is not None:
            at_snapshot = recover(self.log, name, saved, now)
            self._points.restart(saved.snapshot_seq, at_snapshot, saved.snapshot.at, gone=self.log.gone)
            self._continue(saved, now)
            self.state_sizes.check_total(name)
            if saved.world is not None and self.state_sizes.has_room_for(WORLD, saved.world.size):
                self._worlds.take(saved.world)
                self.state_sizes.measure(WORLD, saved.world.size)
        self.log.mark(now)

    def _continue(self, saved: SavedRoom, now: float) -> None:
        """Continue from what is kept: every player is away, and may come back."""
        self.feed.flushed = saved.last
        for one in saved.sessions:
            self.state_sizes.measure_left(self.seats.restore(one, now))
        self.state_sizes.changed(ROOM, self.log.state)
        for player, record in list(self.log.state.players.items()):
            self.state_sizes.changed(player, self.log.state)
            if player not in self.sessions:
                self._propose(Leave, player, now, ("lost",))
            elif record.here:
                self._propose(Away, player, now)
        self.empty_since = None if self.log.state.players else now

    # ------------------------------------------------------------------ coming and going

    def join(self, name: str, secret: str, now: float, wanted_id: str | None = None, address: str = "") -> Session:
        """Give a new player a seat; where none is free, another may have to give up its own.

        `address`: what counts as one. Raises `Refused` ("room-full") and `BadArgument` (the name).
        """
        self._free_seat(address, now)
        session = self.seats.add(name, secret, now, wanted_id)
        session.address = address
        self.empty_since = None
        self._set_time(now)
        self._join(session, NO_STATE, now)
        return session

    def come_back(self, session: Session, now: float, address: str = "") -> None:
        """The session has a new connection; an older one that is still open is told so, and replaced.

        Raises `Refused` ("room-full") if the seat was given up and no other is free.
        """
        if session.id not in self.log.state.players:
            self._free_seat(address, now, returning=True)
        session.address, session.since = address, now
        if session.peer is not None:
            older = session.peer
            self._detach(session)
            older.replaced()
        record = self.log.state.players.get(session.id)
        self._set_time(now)
        if record is None:
            state, session.left_state = session.left_state or NO_STATE, None
            self._join(session, state, now)
            self.state_sizes.changed(session.id, self.log.state)
            self.seats.save(session)
        elif not record.here:
            self._propose(Back, session.id, now)
        self.empty_since = None

    def _join(self, session: Session, state: Raw, now: float) -> None:
        self._propose(Join, session.id, now, (session.name, state, "" if self.log.last else self.seed()))

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
        self.log.mark(now)
        self._report_desync(now)
        self._sweep_world(now)
        for session in self.seats.away():
            gone_for = now - session.since
            if gone_for >= self.limits.seat_kept and session.id in self.log.state.players:
                self._vacate(session, now)
            if gone_for >= self.limits.resume_window:
                self.seats.remove(session)
                self.state_sizes.forget(session.id)
        self.subscriptions.sweep(now)

    def _set_time(self, now: float) -> None:
        """Somebody is about to come: while nobody is here, the clock may have been set, or the computer suspended."""
        for one in self.log.state.players.values():  # nearly always, the first is here
            if one.here:
                return
        self.log.set_time(now)

    def _sweep_world(self, now: float) -> None:
        worlds, log = self._worlds, self.log
        if (verdict := worlds.judge_late(now)) is not None:
            self._take_world(verdict, now)
        since = 0 if worlds.newest is None else worlds.newest.seq
        worlds.sweep(log.at, log.size_after(max(since, log.gone)), now)
        self._schedule_world()

    def _free_seat(self, address: str, now: float, *, returning: bool = False) -> None:
        """Let there be a free seat. Raises `Refused` ("room-full") where nobody has to give up its own."""
        giving = self.seats.giving_way(self.log.state, address, now, returning=returning)
        if giving is not None:
            session, peer = giving.session, giving.session.peer
            self._detach(session)
            if session.secret:
                self._vacate(session, now)
            else:
                self.leave(session, now, "room-full")
            if peer is not None:
                session.since = now
                peer.disconnect("room-full", f"the room {self.name!r} is full, and {giving.why}")

    def _vacate(self, session: Session, now: float) -> None:
        """A player leaves its seat, and may come back to another."""
        session.left_state = self.log.state.players[session.id].state.text()
        self.seats.save(session)
        self._give_up_seat(session, now, "timeout")
        self.state_sizes.measure_left(session)

    def is_open_to(self, session: Session) -> bool:
        """Whether a player may come back as itself."""
        return self.sessions.get(session.id) is session

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend all deadlines by them."""
        self.seats.exclude_downtime(seconds, now)
        if self.empty_since is not None:
            self.empty_since = min(self.empty_since + seconds, now)

    def _give_up_seat(self, session: Session, now: float, why: str) -> None:
        if session.id in self.log.state.players:
            self._propose(Leave, session.id, now, (why,))
        self.state_sizes.forget(session.id)
        self._checks.forget(session.id)
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
            raise Refused("bad-name", error.message, request.n) from None
        if _first_byte(request.a)[0] not in _ARRAY_OR_OBJECT:
            raise Refused("bad-argument", f"{request.c}: arguments are a JSON array or object", request.n)
        readers = None
        if request.to is not None:
            readers = self._readers.of(session.id, request, self.log.state.players)
            if session.bucket.weight > 1.0:
                session.bucket.give_back(command_weight(len(readers)))
        if self._behaviour is not None:
            check_accepted(self._behaviour.decide(session.id, request), request.n)
        seq = self.log.propose_command(session, request, command, readers, now)
        if not self._dirty and self.commits.committed == seq:  # as `_schedule_flush`, without a call
            self._flushes.schedule(self)
            self._dirty = True  # only where it is: else it would never be flushed again
        return seq

    def set(self, session: Session, request: SetRequest, now: float) -> int:
        """Patch shared state, or operate on it; returns the entry's seq (0: it was here before). Raises `Refused`."""
        if request.n == session.n + 1:
            session.n = request.n
        else:
            return session.check_repeated(request.n)
        owner = owner_of(session.id, request)
        patch = work_out(request, state_of(owner, self.log.state), self.limits) if request.op else request
        self.state_sizes.check(owner, patch, self.log.state)
        if self._behaviour is not None:
            check_accepted(self._behaviour.decide_state(session.id, request), request.n)
        self._propose(Set, session.id, now, (patch.of, patch.p, patch.whole, patch.n), session.secret, patch.n)
        self.state_sizes.changed(owner, self.log.state)
        return self.log.last

    def bytes_compared(self, session: Session, request: SetRequest) -> int:
        """How much of the state `set` may decode for an operation."""
        state = state_of(session.id if request.of == "me" else ROOM, self.log.state)
        return bytes_compared(request, state, self.limits)

    def check(self, session: Session, check: Check, now: float) -> None:
        """Compare the hash of a program's state with those of the others."""
        if 0 < check.s <= self.log.last and len(check.d) <= 64:
            self._checks.add(session.id, check.s, check.d, now)
            self._report_desync(now)

    def wake(self, session: Session, wake: Wake) -> None:
        """A connection asks for the room's time, in place of what it has asked for before."""
        self.ticks.ask(session, wake)
        self._schedule_flush()

    def _report_desync(self, now: float) -> None:
        if (found := self._checks.find(now, self.seats.connected)) is not None:
            self._propose(Desync, "", now, (found[0], tuple(found[1])))

    # ------------------------------------------------------------------ the world

    def begin_with_world(self, session: Session) -> int:
        """Let a player's program begin once more, with the world. Raises `Refused` ("no-world").

        Returns the bytes that it is sent, about.
        """
        size = self._starts.begin_with_world(session)
        self._schedule_world()
        if size is None:
            raise Refused("no-world", self.without_world())
        return size

    def without_world(self) -> str:
        """Why who comes now does not see what the others see: a sentence."""
        return (
            f"the room {self.name!r} is older than what this program sees of it: its log begins at entry "
            f"{self.log.first}, and there is no world since then from a program that was here before"
        )

    def save_world(self, session: Session, saved: SavedWorld, now: float) -> None:
        """Take a program's answer to `save`, or a piece of it."""
        if session.knows_world and (verdict := self._worlds.answer(session.id, saved, now)) is not None:
            self._take_world(verdict, now)

    def _schedule_world(self) -> None:
        """Where a world is due, the next flush asks for it."""
        if self.log.last >= self._worlds.due:
            self._schedule_flush()

    def _ask_for_world(self, upto: int, now: float) -> None:
        """Mark the place for the next world, or ask for it, where all up to there is committed."""
        worlds, feed = self._worlds, self.feed
        if worlds.is_asking:
            return  # the next question comes after the answers
        if worlds.marked is None:
            worlds.mark(StartingPoint(self.log.last, self.log.at, self.log.state))
        if worlds.marked is None or worlds.marked.seq > upto:
            return
        seq, at = worlds.marked.seq, worlds.marked.at
        feed.flush(seq)
        cursors = {one.id: one.cursor for one in self.sessions.values() if one.knows_world and one.cursor is not None}
        ready = [player for player, cursor in cursors.items() if feed.has_all(cursor)]
        question = worlds.ask(ready, now, known=bool(cursors))
        if question is None:
            self._settle_starts(now)
        else:
            most, asked = question
            for player in asked:
                feed.tell(cursors[player], codec.encode(Save(seq, at, most, whole=player == asked[0])))

    def _take_world(self, verdict: Verdict, now: float) -> None:
        world = verdict.world
        if world is not None and self.state_sizes.has_room_for(WORLD, world.size):
            self.state_sizes.measure(WORLD, world.size)
            self._worlds.take(world)
            self.commits.save_world(world)
        if verdict.differing and verdict.differing != self._differed:
            self._differed = verdict.differing
            self._propose(Desync, "", now, (verdict.seq, tuple(sorted(verdict.differing))))
        if not verdict.undecided:
            for player in verdict.differing & self.sessions.keys():
                self.sessions[player].knows_world = False
        self._settle_starts(now)

    def _settle_starts(self, now: float) -> None:
        if self._starts.wanting:
            for session in self._starts.settle(self.log.state, now):
                if session.peer is not None:
                    session.peer.refuse("no-world", self.without_world())
            self._schedule_world()

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
        if kind is Join or kind is Leave:
            self.seats.weight = command_weight(len(self.log.state.players))
        if self.commits.committed == seq:
            self._schedule_flush()

    def _schedule_flush(self) -> None:
        if not self._dirty:
            self._flushes.schedule(self)
            self._dirty = True

    def committed(self) -> None:
        """The commit log has committed more."""
        self._schedule_flush()

    def flush(self, now: float) -> None:
        """Write what was committed since the last flush to everyone. Raises `RoomBroken`."""
        self._dirty = False
        self.flushed_at = now
        feed = self.feed
        try:
            after, upto = feed.flushed, self.commits.committed
            if self._starts.waiting:
                self._starts.begin(upto, now)
            worlds = self._worlds
            if upto >= worlds.due:
                self._ask_for_world(upto, now)
            feed.flush(upto)
            if feed.stranded:
                self._starts.start_again(self.log.state)
                self._schedule_world()
            if upto >= self._points.due:
                self._points.note(StartingPoint(self.log.last, self.log.at, self.log.state), self.log.gone)
            if self.watched:
                self.subscriptions.flushed(after, upto, now)
            if self.ticks.due < inf:
                self._tick(now)
        except Exception as error:
            raise RoomBroken(self.commits) from error

    def time_to_flush(self, when: float) -> bool:
        """The time for which `schedule_at` was called; returns whether to flush now, for no flush is to come anyway."""
        if when != self.ticks.scheduled:
            return False  # another time was asked for since
        self.ticks.scheduled = inf
        if self._dirty:
            return False
        self._dirty = True
        return True

    def _tick(self, now: float) -> None:
        """After a flush: tell the room's time, if that is due, and see to it that it is told when it is due next."""
        log, ticks = self.log, self.ticks
        if self.commits.committed < log.last:
            return  # entries are about to be fed, which tell it; it is looked at again after them
        ticks.told(log.at)
        if ticks.due <= log.time(now) and now >= ticks.not_before:
            log.at = log.time(now)
            writes = self.feed.tick(log.at)
            asking = ticks.next_asking()
            waits = 0.0 if asking is None or asking.peer is None else asking.peer.charge_tick(writes, now)
            ticks.not_before = now + max(LEAST_BETWEEN, waits)
            ticks.told(log.at)
        if ticks.due < inf:
            when = max(log.monotonic(ticks.due), ticks.not_before)
            if when < ticks.scheduled:
                ticks.scheduled = when
                self._flushes.schedule_at(self, when)

    @property
    def settled(self) -> bool:
        """Whether all of the room is kept, so that it can be closed."""
        return self.commits.settled

    def subscribe(self, subscriber: RoomSubscriber) -> None:
        """Let somebody follow what happens from now on."""
        self.subscriptions.add(subscriber)
        self.watched = True

    def unsubscribe(self, subscriber: RoomSubscriber) -> None:
        self.subscriptions.remove(subscriber)
        self.watched = bool(self.subscriptions.all)

    # ------------------------------------------------------------------ who reads

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        """From where the session begins to read. None: that is not committed yet; `peer.begin` is called when it is."""
        start = self._starts.start(session, peer, self.log.state)
        self._schedule_world()
        return start

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        """Send the session's connection the log after `seq`, from the next flush on."""
        session.cursor = Cursor(connection, wire, session.id, seq)
        if session.knows_world:
            self._worlds.knows()
        self.feed.add(session.cursor)
        self._schedule_flush()

    def detach(self, session: Session) -> None:
        """The session's connection is about to end: send it no more entries."""
        self.ticks.forget(session)
        self._worlds.forget(session.id)
        if session.cursor is not None:
            self.feed.remove(session.cursor)
            session.cursor = None

    def resume_reading(self, cursor: Cursor) -> None:
        """A connection that was behind has read on."""
        self._starts.resume(cursor, self.log.state)
        self._schedule_world()

    def _detach(self, session: Session) -> None:
        session.peer = None
        self.detach(session)
