"""The sessions of a room, and the seats that players take in it."""

from __future__ import annotations

from collections.abc import Iterator

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.room.commit_log import CommitLog, SavedSession
from roomcast.core.room.fold import RoomState
from roomcast.core.room.session import Session
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.errors import Refused


class Seats:
    """The sessions of one room. A player who lost its connection keeps its seat for a while, its session longer."""

    def __init__(self, room: str, limits: Limits, commits: CommitLog) -> None:
        self._room = room
        self._limits = limits
        self._commits = commits
        self.sessions: dict[str, Session] = {}  # by player id: all who may act or come back
        self._by_secret: dict[str, Session] = {}

    def find(self, secret: str) -> Session | None:
        """The session with a secret."""
        return self._by_secret.get(secret)

    def check_free(self, state: RoomState) -> None:
        """Raises `Refused` ("room-full") where no seat is free."""
        taken = len(state.players)
        if taken >= self._limits.room_players:
            what = f"the room {self._room!r} is full"
            raise Refused("room-full", exceeded("room_players", self._limits, taken, what))

    def add(self, name: str, secret: str, now: float, wanted_id: str | None) -> Session:
        """A session for a new player. Raises `BadArgument` (the name)."""
        name = names.clean_name(name, "a player's name", self._limits) if name else "player"
        player = names.new_id(wanted_id or name, self.sessions)
        session = self._session(player, name, secret, now)
        self.save(session)
        return session

    def restore(self, saved: SavedSession, now: float) -> None:
        """A session that was kept: its player is away, and may come back."""
        session = self._session(saved.player, saved.name, saved.secret, now)
        session.n, session.left_state, session.since = saved.n, saved.left_state, now

    def save(self, session: Session) -> None:
        """Keep a session as it is now, if it may come back."""
        if session.secret:
            self._commits.save_session(
                SavedSession(session.secret, session.id, session.name, session.n, session.left_state)
            )

    def remove(self, session: Session) -> None:
        """A session is over, and cannot be resumed."""
        del self.sessions[session.id]
        if session.secret:
            del self._by_secret[session.secret]
            self._commits.forget_session(session.secret)

    def away(self) -> Iterator[Session]:
        """The sessions without a connection; they may be removed meanwhile."""
        return (session for session in list(self.sessions.values()) if session.peer is None)

    def connected(self) -> list[str]:
        """The ids of the players who have a connection."""
        return [session.id for session in self.sessions.values() if session.peer is not None]

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend the deadlines of those who are away by them."""
        for session in self.sessions.values():
            session.since = min(session.since + seconds, now)

    def _session(self, player: str, name: str, secret: str, now: float) -> Session:
        session = Session(player, name, secret, TokenBucket(self._limits.rate, self._limits.burst, now))
        self.sessions[player] = session
        if secret:
            self._by_secret[secret] = session
        return session
