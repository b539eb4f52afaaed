"""Starts the readers of a room, and restarts those who fell off the log: each with a snapshot, once it is committed.

A snapshot is that of the newest state, which may be ahead of what is committed; so one state is enough. It is taken at
once and sent by the flush that finds its seq committed, before the entries after it. Only who asks for the beginning,
or for the world, gets an older one, and the log from there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
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
from roomcast.errors import Refused

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
    """Starts the readers of one room, whose name is `room`."""

    __slots__ = ("_commits", "_feed", "_log", "_room", "_seats", "_worlds", "points", "state_of", "waiting", "wanting")

    def __init__(
        self,
        room: str,
        log: Order,
        feed: Feed,
        seats: Seats,
        commits: CommitLog,
        points: StartingPoints,
        worlds: Worlds,
    ) -> None:
        self._room = room
        self._log = log
        self._feed = feed
        self._seats = seats
        self._commits = commits
        self._worlds = worlds
        self.points: Final = points
        self.waiting: deque[tuple[Start, Session, PeerHandle | Cursor]] = deque()  # for the commit, in order of `upto`
        self.wanting: list[_Wanting] = []
        self.state_of: Callable[[str, RoomState], RoomState] | None = None  # of a player and the public state: what it
        # may see; None: all may see all

    def start(
        self, session: Session, reader: PeerHandle | Cursor, state: RoomState, *, tries: int = TRIES
    ) -> Start | None:
        """Where a reader starts, if that is committed; else None, and a later `begin` starts it.

        `tries`: how often it waits for a world, where it needs one and there is none: then a later `settle` starts it.
        """
        session.knows_world = False
        again = isinstance(reader, Cursor)
        if session.start and (earlier := self._earlier(session, again=again)) is not None:
            return earlier if again else self._when_committed(earlier, session, reader)
        wanting = _Wanting(session, reader, requested=False, tries=tries)
        if session.start == WORLD and tries > 0 and self._waits_for_world(wanting):
            return None
        last = self._log.last
        if self.state_of is not None:
            state = self.state_of(session.id, state)
        is_told_all = session.secret or session.looks_on  # line clients are told who is there
        taken = snapshot(state, self._log.at) if is_told_all else presence(state)
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

    def _waits_for_world(self, one: _Wanting) -> bool:
        """Whether a world is asked for, so that one may wait for it: in place of what its session has waited for."""
        if not self._worlds.want():
            return False
        self.wanting = [other for other in self.wanting if other.session is not one.session]
        self.wanting.append(one)
        return True

    def begin_with_world(self, session: Session, tries: int = TRIES) -> None:
        """Let a session that reads begin once more, with the world; one that is behind, when it has read on.

        If a world is being asked for, a later `settle` starts it. Raises `Refused` ("no-world").
        """
        cursor, session.start = session.cursor, WORLD
        if cursor is None:
            return
        session.begins_again = cursor.connection.behind
        if session.begins_again:
            return
        start = self._earlier(session, again=False)
        if start is None:
            if tries > 0 and self._waits_for_world(_Wanting(session, cursor, requested=True, tries=tries)):
                return
            raise Refused("no-world", self.without_world())
        self.waiting = deque(one for one in self.waiting if one[1] is not session)  # it needs no other start
        self.wanting = [one for one in self.wanting if one.session is not session]
        begin = Begin(start.seq, start.snapshot, start.n, start.upto, start.world)
        self._feed.remove(cursor)
        self._restart(cursor, start.seq, cursor.wire.pack([codec.encode(begin)]))

    def without_world(self) -> str:
        """Why who comes now does not see what the others see: a sentence."""
        return (
            f"the room {self._room!r} is older than what this program sees of it: its log begins at entry "
            f"{self._log.first}, and there is no world since then from a program that was here before"
        )

    def settle(self, state: RoomState, now: float) -> None:
        """Start those who wait for a world, where there is one now, or none will come; the latter are told."""
        wanting, self.wanting = self.wanting, []
        for one in wanting:
            session, reader = one.session, one.reader
            if reader not in (session.peer, session.cursor):
                continue
            tries = one.tries - 1
            if one.requested:
                self._begin_again(session, tries)
            elif (start := self.start(session, reader, state, tries=tries)) is not None:
                self._begin(start, session, reader, now)

    def _begin_again(self, session: Session, tries: int = TRIES) -> None:
        try:
            self.begin_with_world(session, tries)
        except Refused as error:
            if session.peer is not None:
                session.peer.refuse(error.code, error.message)

    def begin(self, upto: int, now: float) -> None:
        """All up to a seq is committed: start those who wait for that, before the entries after it are fed."""
        while self.waiting and self.waiting[0][0].upto <= upto:
            self._begin(*self.waiting.popleft(), now)

    def resume(self, cursor: Cursor, state: RoomState) -> None:
        """A connection that was behind has read on: bring it up to date, by a snapshot where the log has forgotten.

        At once, and not with the next flush: what comes until then would be left out for it as well.
        """
        session = self._seats.sessions.get(cursor.player)
        if session is not None and session.cursor is cursor and session.begins_again:
            self._begin_again(session)
        self._feed.resume(cursor)
        if self._feed.stranded:
            self.start_again(state)

    def _begin(self, start: Start, session: Session, reader: PeerHandle | Cursor, now: float) -> None:
        """A start is committed: let the reader have it, if it still reads for that session."""
        if isinstance(reader, Cursor):
            if session.cursor is reader:
                self._skip(start, session, reader)
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
                self._skip(start, session, cursor)

    def _skip(self, start: Start, session: Session, cursor: Cursor) -> None:
        """Send the start in place of what was missed; who needs the world and does not get it is told so."""
        upto = start.upto if start.upto > start.seq else 0
        skipped = Skipped(cursor.seq + 1, start.seq, start.snapshot, start.n, upto, start.world)
        self._restart(cursor, start.seq, cursor.wire.skipped(skipped, cursor.player))
        if session.start == WORLD and not session.knows_world and session.peer is not None:
            session.peer.refuse("no-world", self.without_world())

    def _restart(self, cursor: Cursor, seq: int, data: bytes) -> None:
        """Send a reader that has no place in the feed a snapshot, and what follows `seq`."""
        cursor.seq = seq
        cursor.sent += len(data)
        cursor.connection.write(data)
        self._feed.add_again(cursor)
