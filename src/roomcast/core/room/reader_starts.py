"""Starts the readers of a room, and restarts those who fell off the log: each with a snapshot, once it is committed.

A snapshot is that of the newest state, which may be ahead of what is committed; so one state is enough. It is taken at
once and sent by the flush that finds its seq committed, before the entries after it. Only who asks for the beginning,
or for the world, gets an older one, and the log from there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Begin, Skipped
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.fold import RoomState, presence, snapshot
from roomcast.core.room.order import Order
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.starting_points import StartingPoints
from roomcast.core.room.worlds import Worlds

TRIES: Final = 3  # how often somebody who needs a world waits for the next one, before it begins without
WORLD: Final = "world"  # of `Session.start`; the others are "beginning" and ""


@dataclass(slots=True)
class _Wanting:
    """One who waits for a world that is being asked for."""

    session: Session
    reader: PeerHandle | Cursor
    requested: bool  # it reads already, and has asked to begin once more
    tries: int = TRIES


class ReaderStarts:
    """Starts the readers of one room."""

    __slots__ = ("_commits", "_feed", "_log", "_seats", "_worlds", "points", "waiting", "wanting")

    def __init__(
        self, log: Order, feed: Feed, seats: Seats, commits: CommitLog, points: StartingPoints, worlds: Worlds
    ) -> None:
        self._log = log
        self._feed = feed
        self._seats = seats
        self._commits = commits
        self._worlds = worlds
        self.points: Final = points
        self.waiting: deque[tuple[Start, Session, PeerHandle | Cursor]] = deque()  # for the commit, in order of `upto`
        self.wanting: list[_Wanting] = []

    def start(
        self, session: Session, reader: PeerHandle | Cursor, state: RoomState, *, waits: bool = True
    ) -> Start | None:
        """Where a reader starts, if that is committed; else None, and a later `begin` starts it.

        `waits`: where it needs a world and there is none, a later `settle` starts it.
        """
        session.knows_world = False
        again = isinstance(reader, Cursor)
        if session.start and (earlier := self._earlier(session, again=again)) is not None:
            return earlier if again else self._when_committed(earlier, session, reader)
        if session.start == WORLD and waits and self._worlds.want():
            self.wanting.append(_Wanting(session, reader, requested=False))
            return None
        last = self._log.last
        taken = snapshot(state, self._log.at) if session.secret else presence(state)
        return self._when_committed(Start(last, taken, session.n, last), session, reader)

    def _when_committed(self, start: Start, session: Session, reader: PeerHandle | Cursor) -> Start | None:
        """The start, if all up to the log's end is committed, the reader's own join with it; else it waits for that."""
        if self._commits.committed >= start.upto:
            return start
        self.waiting.append((start, session, reader))
        return None

    def _earlier(self, session: Session, *, again: bool) -> Start | None:
        """Where a session begins that asks for the beginning, or for the world. None: with the newest state.

        `again`: it has read, and what it has missed is forgotten.
        """
        log, n = self._log, session.n
        if session.start == WORLD:
            world = self._worlds.newest
            if world is not None and world.seq >= log.gone:
                self._let_know(session)
                return Start(world.seq, world.snapshot, n, log.last, world.text)
            if log.gone == 0:
                self._let_know(session)
        point = None if again else self.points.earliest(log.gone, self._commits.committed)
        if point is None or (session.start == WORLD and point.seq > 0):
            return None
        return Start(point.seq, snapshot(point.state, point.at), n, log.last)

    def _let_know(self, session: Session) -> None:
        session.knows_world = True
        self._worlds.knows()

    def begin_with_world(self, session: Session, *, waits: bool = True) -> int | None:
        """Let a session that reads begin once more, with the world. Returns the bytes of that; None: there is none.

        0: one is being asked for; a later `settle` starts it.
        """
        cursor, session.start = session.cursor, WORLD
        if cursor is None:
            return 0
        start = self._earlier(session, again=False)
        if start is None:
            if waits and self._worlds.want():
                self.wanting.append(_Wanting(session, cursor, requested=True))
                return 0
            return None
        begin = Begin(start.seq, start.snapshot, start.n, start.upto, start.world)
        self._feed.remove(cursor)
        cursor.seq = start.seq
        line = codec.encode(begin)
        cursor.connection.write(cursor.wire.pack([line]))
        self._feed.add_again(cursor)
        return len(line) + self._log.size_after(start.seq)

    def settle(self, state: RoomState, now: float) -> list[Session]:
        """Start those who wait for a world, where there is one now, or none will come.

        Returns the sessions among them that read on without one.
        """
        wanting, self.wanting, without = self.wanting, [], []
        for one in wanting:
            session, reader = one.session, one.reader
            if reader not in (session.peer, session.cursor):
                continue
            one.tries -= 1
            waits = one.tries > 0
            if one.requested:
                if self.begin_with_world(session, waits=waits) is None:
                    without.append(session)
            elif (start := self.start(session, reader, state, waits=waits)) is not None:
                self._begin(start, session, reader, now)
                if isinstance(reader, Cursor) and not session.knows_world:
                    without.append(session)
            if self.wanting and self.wanting[-1].session is session:
                self.wanting[-1].tries = one.tries
        return without

    def begin(self, upto: int, now: float) -> None:
        """All up to a seq is committed: start those who wait for that, before the entries after it are fed."""
        while self.waiting and self.waiting[0][0].upto <= upto:
            self._begin(*self.waiting.popleft(), now)

    def resume(self, cursor: Cursor, state: RoomState) -> None:
        """A connection that was behind has read on: bring it up to date, by a snapshot where the log has forgotten.

        At once, and not with the next flush: what comes until then would be left out for it as well.
        """
        self._feed.resume(cursor)
        if self._feed.stranded:
            self.start_again(state)

    def _begin(self, start: Start, session: Session, reader: PeerHandle | Cursor, now: float) -> None:
        """A start is committed: let the reader have it, if it still reads for that session."""
        if isinstance(reader, Cursor):
            if session.cursor is reader:
                self._skip(start, reader)
        elif session.peer is reader:
            reader.begin(start, now)

    def start_again(self, state: RoomState) -> None:
        """The log has forgotten what these need."""
        stranded, self._feed.stranded = self._feed.stranded, []
        for cursor in stranded:
            session = self._seats.sessions.get(cursor.player)
            if session is None or session.cursor is not cursor:
                continue
            start = self.start(session, cursor, state)
            if start is not None:
                self._skip(start, cursor)

    def _skip(self, start: Start, cursor: Cursor) -> None:
        upto = start.upto if start.upto > start.seq else 0
        skipped = Skipped(cursor.seq + 1, start.seq, start.snapshot, start.n, upto, start.world)
        cursor.seq = start.seq
        cursor.connection.write(cursor.wire.skipped(skipped, cursor.player))
        self._feed.add_again(cursor)
