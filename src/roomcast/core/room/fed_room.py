"""A room as its readers see it: what is proposed gets its place, and is fed to them once it is committed.

Who may propose what is above, in `room`. Here is who begins where, when it is fed, and who is asked for the world.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, ClassVar, Final

from roomcast.core.protocol.limits import Limits, command_weight
from roomcast.core.protocol.messages import AnyEntry, Desync, Join, Leave, SavedWorld, Wake
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import RoomState
from roomcast.core.room.meeting import NO_BOARD, OPEN_TO_ALL, SeatBoard
from roomcast.core.room.order import Order
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.shared_state import StateSizes, StateTotal
from roomcast.core.room.starting_points import StartingPoint, StartingPoints
from roomcast.core.room.subscription import RoomSubscriber, Subscriptions
from roomcast.core.room.ticks import Ticks
from roomcast.core.room.world_asking import WorldAsking
from roomcast.core.room.worlds import Verdict, Worlds


class FedRoom:
    """The log of one room, and all who read it. Times are monotonic seconds."""

    __slots__ = (
        "__weakref__", "_asking", "_board", "_dirty", "_flushes", "_points", "_starts", "_worlds",
        "commits", "feed", "flushed_at", "limits", "log", "meeting", "name", "seats", "sessions", "state_sizes",
        "subscriptions", "ticks", "watched",
    )  # fmt: skip

    replays: ClassVar[bool] = False  # what happens in it was recorded elsewhere

    def __init__(
        self,
        name: str,
        limits: Limits,
        *,
        flushes: FlushQueue[Any],
        clock: Clock,
        commits: CommitLog,
        state_total: StateTotal | None,
        board: SeatBoard[Any],
    ) -> None:
        self.name = name
        self.limits = limits
        self.meeting = OPEN_TO_ALL  # who may come, and how the room is found
        self.log: Final = self._make_order(commits, clock)
        self.seats: Final = Seats(name, limits, commits)
        self.sessions: Final = self.seats.sessions  # by player id: all who may act or come back
        self.feed: Final = Feed(self.log, (limits.kept_entries, limits.kept_bytes))
        self.commits: Final = commits
        self.state_sizes: Final = StateSizes(limits, state_total)
        self.flushed_at = float("-inf")
        self.subscriptions: Final = Subscriptions(self.sessions)
        self.watched = False  # it has subscribers
        self.ticks: Final = Ticks()
        self._flushes = flushes
        self._board: Final = board
        self._dirty = False  # a flush is scheduled
        self._points = StartingPoints(limits.kept_entries)
        self._worlds = worlds = Worlds(limits)
        self._starts = ReaderStarts(name, self.log, self.feed, self.seats, commits, self._points, worlds)
        self._asking = WorldAsking(self.log, self.feed, self.sessions, commits, self.state_sizes, worlds)

    # ------------------------------------------------------------------ the order

    def _make_order(self, commits: CommitLog, clock: Clock) -> Order:
        return Order(commits, clock)

    @property
    def state(self) -> RoomState:
        """The fold of all entries that were proposed; some of them may not be committed yet."""
        return self.log.state

    @property
    def most_players(self) -> int:
        """How many may be in it: as its rules say, and no more than the server allows."""
        most, wanted = self.limits.room_players, self.meeting.seats
        return min(most, wanted) if wanted else most

    @property
    def free_seats(self) -> int:
        """How many more may come; what is reserved for a party is not free."""
        return max(0, self.most_players - self.seats.taken(self.log.state))

    def _propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...] = (), secret: str = "", n: int = 0
    ) -> None:
        """As `Order.propose`; what is committed at once is flushed soon."""
        seq = self.log.propose(kind, by, now, fields, secret, n)
        if kind is Join or kind is Leave:
            self.seats.weight = command_weight(len(self.log.state.players))
            if self._board is not NO_BOARD:
                self._board.changed(self)
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
            if upto >= self._worlds.due and self._asking.ask(upto, now):
                self._settle_starts(now)
            feed.flush(upto)
            if feed.stranded:
                self._start_again()
            points = self._points
            if upto >= points.due or self.log.gone > points.gone:
                points.note(StartingPoint(self.log.last, self.log.at, self.log.state), self.log)
            if self.watched:
                self.subscriptions.flushed(after, upto, now)
            if self.ticks.due < inf:
                self._tick(now)
        except Exception as error:
            raise RoomBroken(self.commits) from error

    def time_to_flush(self, when: float) -> bool:
        """The time for which `schedule_at` was called; returns whether to flush now, for no flush is to come anyway."""
        if not self.ticks.is_scheduled_at(when) or self._dirty:
            return False
        self._dirty = True
        return True

    def _tick(self, now: float) -> None:
        """After a flush: tell the room's time, if that is due, and see to it that it is told when it is due next."""
        if self.commits.committed < self.log.last:
            return  # entries are about to be fed, which tell it; it is looked at again after them
        when = self.ticks.tell(self.log, self.feed, now)
        if when is not None:
            self._flushes.schedule_at(self, when)

    @property
    def settled(self) -> bool:
        """Whether all of the room is kept, so that it can be closed."""
        return self.commits.settled

    def close_down(self, now: float) -> bool:
        """The room is about to be closed. Returns whether it can be: all of it is kept."""
        return self.settled

    @property
    def looks(self) -> int:
        """Players that its views show once something changes, for each key; 0 where everyone sees the same."""
        return 0

    def take_behind(self) -> float:
        """How late (ms) the latest of its steps began since this was asked last; 0 where there are none."""
        return 0.0

    def subscribe(self, subscriber: RoomSubscriber) -> None:
        """Let somebody follow what happens from now on."""
        self.subscriptions.add(subscriber)
        self.watched = True

    def unsubscribe(self, subscriber: RoomSubscriber) -> None:
        self.subscriptions.remove(subscriber)
        self.watched = bool(self.subscriptions.all)

    # ------------------------------------------------------------------ rules that wait

    @property
    def held(self) -> bool:
        """Whether it waits for a handler of its rules: nothing is to be asked of it until that has ended."""
        return False

    def defer(self, call: Callable[[float], object]) -> bool:
        """Where the room is held, call it with the time once the room goes on. Returns whether it is held."""
        return False

    def arrived(self, session: Session, now: float) -> None:
        """The room has decided on a session that waited for that: it may begin to read. Raises `Refused` where not."""

    def given_up(self, session: Session) -> None:
        """The connection of a session that waits for the room to decide on it has ended."""

    def _after(self, call: Callable[[], object]) -> None:
        """Call it once what was just proposed is an entry: at once, unless the room is held for that."""
        call()

    # ------------------------------------------------------------------ who reads

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        """From where the session begins to read. None: that is not committed yet; `peer.begin` is called when it is."""
        start = self._starts.start(session, peer, self.log.state)
        self._schedule_world()
        return start

    def oldest_state(self) -> StartingPoint | None:
        """The oldest state after which the log is whole, of what was fed; None: the newest one is not committed yet."""
        point = self._points.earliest(self.log.gone, self.feed.flushed)
        if point is None and self.feed.flushed == self.log.last:
            point = StartingPoint(self.log.last, self.log.at, self.log.state)
        return point

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        """Send the session's connection the log after `seq`, from the next flush on."""
        session.cursor = Cursor(connection, wire, session.id, seq, session.began)
        session.begins_again = False
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

    def wake(self, session: Session, wake: Wake) -> None:
        """A connection asks for the room's time, in place of what it has asked for before."""
        self.ticks.ask(session, wake)
        self._schedule_flush()

    def _start_again(self) -> None:
        """Some have fallen off the log."""
        self._starts.start_again(self.log.state)
        self._schedule_world()

    def resume_reading(self, cursor: Cursor) -> None:
        """A connection that was behind has read on."""
        self._starts.resume(cursor, self.log.state)
        self._schedule_world()

    def _detach(self, session: Session) -> None:
        session.peer = None
        self.detach(session)

    # ------------------------------------------------------------------ the world

    def begin_with_world(self, session: Session) -> None:
        """Let a player's program begin once more, with the world. Raises `Refused` ("no-world")."""
        try:
            self._starts.begin_with_world(session)
        finally:
            self._schedule_world()

    def without_world(self) -> str:
        """Why who comes now does not see what the others see: a sentence."""
        return self._starts.without_world()

    def save_world(self, session: Session, saved: SavedWorld, now: float) -> None:
        """Take a program's answer to `save`, or a piece of it."""
        if session.knows_world and (verdict := self._worlds.answer(session.id, saved, now)) is not None:
            self._take_world(verdict, now)

    def _sweep_world(self, now: float) -> None:
        if (verdict := self._worlds.judge_late(now)) is not None:
            self._take_world(verdict, now)
        self._asking.sweep(now)
        self._schedule_world()

    def _take_world(self, verdict: Verdict, now: float) -> None:
        if (difference := self._asking.take(verdict)) is not None:
            self._propose(Desync, "", now, difference)
        self._settle_starts(now)

    def _settle_starts(self, now: float) -> None:
        if self._starts.wanting:
            self._starts.settle(self.log.state, now)
            self._schedule_world()

    def _schedule_world(self) -> None:
        """Where a world is due, the next flush asks for it."""
        if self.log.last >= self._worlds.due:
            self._schedule_flush()
