"""The sessions of a room, and the seats that players take in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from roomcast.core.protocol import names
from roomcast.core.protocol.limits import Limits, exceeded, share_of
from roomcast.core.room.commit_log import CommitLog, SavedSession, hashed, is_hashed
from roomcast.core.room.fold import RoomState
from roomcast.core.room.giving_way import Giving, who_gives_way
from roomcast.core.room.parties import Claim, Parties
from roomcast.core.room.session import PeerHandle, Session
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
        self.parties: Final = Parties()
        self._used = False  # by one who is gone
        # Of a command to everyone: what it takes of its sender's rate. The room sets it; a session's own bucket follows
        # when its peer next charges for its commands.
        self.weight = 1.0

    def find(self, secret: str) -> Session | None:
        """The session with a secret. One that was kept is known by a hash of it, until it is found."""
        if is_hashed(secret):
            return None  # from somebody who has read the disk
        session = self._by_secret.get(secret)
        if session is None and (session := self._by_secret.pop(hashed(secret), None)) is not None:
            session.secret = secret
            self._by_secret[secret] = session
        return session

    def taken(self, state: RoomState) -> int:
        """How many seats somebody has, those included that are reserved for parties."""
        return len(state.players) + self.parties.seats

    def is_kept_for(self, claim: Claim, state: RoomState, most: int) -> bool:
        """Whether there is a seat, as somebody claims it. Raises `Refused` ("room-full"): not enough for its party."""
        held = self.parties.holds(claim.ticket)
        if claim.party is None:
            return held
        more = claim.party.left + (not held)
        if self.taken(state) + more > most:
            raise Refused("room-full", self.why_full(state, most, more))
        return True

    def giving_way(self, state: RoomState, address: str, now: float, most: int, *, returning: bool) -> Giving | None:
        """Who gives up its seat to a player from `address`; None: one is free. Raises `Refused` ("room-full").

        `most`: how many players there may be. A seat that is reserved by an address which has more than its share gives
        way before one in which somebody is. Where there are more than `most`, one seat less would not be a free one.
        """
        taken = self.taken(state)
        if taken < most:
            return None
        if taken > most:
            raise Refused("room-full", self.why_full(state, most))
        seated = [session for session in self.sessions.values() if session.id in state.players]
        share = share_of(most, self._limits)
        if (reserving := self._reserves_too_much(seated, address, share)) is not None:
            self.parties.give_way(reserving)
            return None
        giving = who_gives_way(seated, address, share, now, returning=returning)
        if giving is None:
            raise Refused("room-full", self.why_full(state, most))
        return giving

    def _reserves_too_much(self, seated: list[Session], address: str, share: int) -> str | None:
        """The address, other than this one, that has the most seats, and more than its share, some only reserved."""
        reserved = self.parties.addresses()
        seats = Counter(session.address for session in seated) + reserved
        too_many = [one for one in reserved if one != address and seats[one] > share]
        return max(too_many, key=lambda one: seats[one], default=None)

    def why_full(self, state: RoomState, most: int, more: int = 1) -> str:
        """The sentence for who finds no free seat. `more`: how many seats it wants."""
        limits, taken = self._limits, self.taken(state)
        what = f"the room {self._room!r} is full"
        if more > 1:
            what = f"the room {self._room!r} has no {more} free seats for your party"
        if most < limits.room_players:
            why = f"{what}: {taken} of {most} that its rules let in (max_players)"
        else:
            why = exceeded("room_players", limits, taken, what)
        reserved = self.parties.seats
        return why if not reserved else f"{why}; {reserved} of them reserved for others of a party"

    def add(self, name: str, secret: str, now: float, wanted_id: str | None, began: int) -> Session:
        """A session for a new player. `began`: as in `Session`. Raises `BadArgument` (the name)."""
        name = names.clean_name(name, "a player's name", self._limits) if name else "player"
        player = names.new_id(wanted_id or name, self.sessions)
        session = self._session(player, name, secret, now)
        session.since, session.began = now, began
        self.save(session)
        return session

    @property
    def used(self) -> bool:
        """Whether anybody has ever sent a command here, or set anything."""
        return self._used or any(session.n for session in self.sessions.values())

    def restore(self, saved: SavedSession, now: float) -> Session:
        """A session that was kept: its player is away, and may come back."""
        self._used = True
        session = self._session(saved.player, saved.name, saved.secret, now)
        session.n, session.left_state, session.since = saved.n, saved.left_state, now
        session.knows_world, session.began = None, saved.began or 0
        return session

    def save(self, session: Session) -> None:
        """Keep a session as it is now, if it may come back."""
        if session.secret:
            self._commits.save_session(
                SavedSession(session.secret, session.id, session.name, session.n, session.left_state, session.began)
            )

    def remove(self, session: Session) -> None:
        """A session is over, and cannot be resumed."""
        if session.n:
            self._used = True
        del self.sessions[session.id]
        if session.secret:
            del self._by_secret[session.secret]
            self._commits.forget_session(session.secret)

    def away(self) -> Iterator[Session]:
        """The sessions without a connection; they may be removed meanwhile."""
        return (session for session in list(self.sessions.values()) if session.peer is None)

    def connected(self) -> list[str]:
        """The ids of the players who have a connection."""
        return [one.id for one in self.sessions.values() if one.peer is not None and not one.looks_on]

    def abandon(self) -> list[PeerHandle]:
        """The room is broken off, whatever state it is in: nobody is sent anything any more. Returns who was here."""
        here = [peer for session in self.sessions.values() if (peer := session.peer) is not None]
        for session in self.sessions.values():
            session.peer = session.cursor = None
        return here

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend the deadlines of those who are away by them."""
        self.parties.exclude_downtime(seconds)
        for session in self.sessions.values():
            session.since = min(session.since + seconds, now)

    def _session(self, player: str, name: str, secret: str, now: float) -> Session:
        limits = self._limits
        session = Session(player, name, secret, TokenBucket(limits.rate, limits.burst, now, self.weight))
        self.sessions[player] = session
        if secret:
            self._by_secret[secret] = session
        return session
