"""Starts the readers of a room, and restarts those who fell off the log: each with a snapshot, once it is committed.

A snapshot is that of the newest state, which may be ahead of what is committed; so one state is enough. It is taken at
once (states are immutable) and sent by the flush that finds its seq committed, before the entries after it.
"""

from __future__ import annotations

from collections import deque

from roomcast.core.protocol.messages import Skipped
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.fold import RoomState, snapshot
from roomcast.core.room.log import Log
from roomcast.core.room.seats import Seats
from roomcast.core.room.session import PeerHandle, Session, Start


class ReaderStarts:
    """Starts the readers of one room."""

    __slots__ = ("_commits", "_feed", "_log", "_seats", "waiting")

    def __init__(self, log: Log, feed: Feed, seats: Seats, commits: CommitLog) -> None:
        self._log = log
        self._feed = feed
        self._seats = seats
        self._commits = commits
        self.waiting: deque[tuple[Start, Session, PeerHandle | Cursor]] = deque()  # for the commit, in order of seq

    def start(self, session: Session, reader: PeerHandle | Cursor, state: RoomState) -> Start | None:
        """Where a reader starts, if that is committed; else None, and a later `begin` starts it."""
        start = Start(self._log.last, snapshot(state), session.n)
        if self._commits.committed >= start.seq:
            return start
        self.waiting.append((start, session, reader))
        return None

    def begin(self, upto: int, now: float) -> None:
        """All up to a seq is committed: start those who wait for that, before the entries after it are fed."""
        while self.waiting and self.waiting[0][0].seq <= upto:
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
        skipped = Skipped(cursor.seq + 1, start.seq, start.snapshot, start.n)
        cursor.seq = start.seq
        cursor.connection.write(cursor.wire.skipped(skipped, cursor.player))
        self._feed.add_again(cursor)
