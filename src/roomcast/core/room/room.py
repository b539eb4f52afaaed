"""A room: players come and go, commands get their place in its order, its state is the fold of its log."""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final, cast

from roomcast.core.protocol import codec, names
from roomcast.core.protocol.limits import Limits, exceeded
from roomcast.core.protocol.messages import (
    Act,
    AnyEntry,
    Away,
    Back,
    Check,
    Desync,
    Do,
    Entry,
    Join,
    Json,
    Leave,
    Put,
    Set,
    Skipped,
    Snapshot,
)
from roomcast.core.room.command_trace import CommandTracer
from roomcast.core.room.commit_log import Journal, Level, SavedRoom, SavedSession
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.desync import Checks
from roomcast.core.room.feed import Cursor, Feed
from roomcast.core.room.fold import EMPTY, apply, patched, restore, snapshot
from roomcast.core.room.log import Log
from roomcast.core.room.session import PeerHandle, Session, TokenBucket
from roomcast.errors import BadArgument, ProtocolError, Refused

SNAPSHOT_EVERY_BYTES: Final = 8 * 1024 * 1024  # of lines; or as many entries as the journal says, if that is less

_MOST_COMMANDS: Final = 1000  # whose names are kept
_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class Room:
    """One room. Every method that changes it takes `now` (seconds) and appends to the log.

    `changed` is called with the room when it has something to flush and had nothing before;
    `clock` gives the Unix time in milliseconds at a `now`.
    """

    def __init__(
        self,
        name: str,
        limits: Limits,
        now: float,
        *,
        changed: Callable[[Room], None],
        clock: Callable[[float], int],
        journal: Journal | None = None,
        saved: SavedRoom | None = None,
        broken: Callable[[Room, str], None] = lambda room, why: None,
    ) -> None:
        self.name = name
        self.limits = limits
        self.log = Log()
        self.state = EMPTY
        self.sessions: dict[str, Session] = {}  # by player id: all who may act or come back
        self.feed = Feed(self.log, self._skip, (limits.kept_entries, limits.kept_bytes))
        self.empty_since: float | None = now  # None: somebody is here
        self.flushed_at = float("-inf")
        self._dirty = False
        self._changed = changed
        self._clock = clock
        self.watcher: CommandTracer | None = None  # who follows the six steps here; None: nobody watches
        self._state_sizes: dict[str, int] = {}  # bytes at most, by owner: a player's id, or "" for the room
        self.epoch = 1
        self._bases = {1: 0}  # by epoch: the seq after which it began
        self._checks = Checks(self._connected)
        self._commands: dict[str, str] = {}  # names found good, each kept once for all entries that have it
        self._journal = journal
        self._full = journal is not None and journal.level is Level.FULL
        self._shown = EMPTY  # in a full room: the state at the last entry that anyone may have seen
        self._shown_upto = 0
        self._awaiting: list[tuple[int, Callable[[], None]]] = []  # what waits for an entry to be on disk
        self._since_snapshot = [0, 0]  # entries and their bytes
        if journal is not None:
            journal.listen(lambda _: self._mark(), lambda why: broken(self, why))
        if saved is not None:
            self._restore(saved, now)

    # ------------------------------------------------------------------ coming and going

    def join(self, name: str, secret: str, now: float, wanted_id: str | None = None) -> Session:
        """Give a new player a seat.

        Raises `Refused` ("room-full") and `BadArgument` (the name).
        """
        self._check_seats()
        name = names.clean_name(name, "a player's name", self.limits) if name else "player"
        player = names.new_id(wanted_id or name, self.sessions)
        session = Session(player, name, secret, TokenBucket(self.limits.rate, self.limits.burst, now))
        self.sessions[player] = session
        self.empty_since = None
        self._write_down(session)
        self._append(Join(self.log.last + 1, player, self._clock(now), name))
        return session

    def attach(self, session: Session, peer: PeerHandle, connection: Connection, wire: Wire, seq: int) -> None:
        """Let a connection speak for the session, and have the log after `seq`."""
        session.peer = peer
        session.cursor = Cursor(connection, wire, session.id, seq)
        self.feed.add(session.cursor)
        self._mark()

    def come_back(self, session: Session, now: float) -> None:
        """The session has a connection again; an older one that it still has is told and let go.

        Raises `Refused` ("room-full") if the seat was given up and there is no other.
        """
        if session.id not in self.state.players:
            self._check_seats()
        if session.peer is not None:
            peer = session.peer
            self._detach(session)
            peer.replaced()
        at = self._clock(now)
        record = self.state.players.get(session.id)
        if record is None:
            state = session.left_state or {}
            self._append(Join(self.log.last + 1, session.id, at, session.name, state))
            self._state_sizes[session.id] = len(codec.encode(state))
            session.left_state = None
            self._write_down(session)
        elif not record.here:
            self._append(Back(self.log.last + 1, session.id, at))
        self.empty_since = None

    def drop(self, session: Session, now: float) -> None:
        """The session's connection is gone; the player may come back."""
        self._detach(session)
        session.since = now
        if session.id in self.state.players:
            self._append(Away(self.log.last + 1, session.id, self._clock(now)))

    def leave(self, session: Session, now: float, why: str = "left") -> None:
        """The player leaves for good."""
        self._detach(session)
        del self.sessions[session.id]
        self._forget(session)
        self._give_up_seat(session, now, why)

    def sweep(self, now: float) -> list[Session]:
        """Once a second or so: give up seats and sessions whose time is over; returns the latter."""
        self._tell_difference(now)
        over = []
        for session in list(self.sessions.values()):
            if session.peer is not None:
                continue
            gone_for = now - session.since
            if gone_for >= self.limits.seat_kept and session.id in self.state.players:
                session.left_state = self.state.players[session.id].state
                self._write_down(session)
                self._give_up_seat(session, now, "timeout")
            if gone_for >= self.limits.resume_window:
                del self.sessions[session.id]
                self._forget(session)
                over.append(session)
        return over

    def exclude_downtime(self, seconds: float) -> None:
        """For so long, nobody could come back."""
        for session in self.sessions.values():
            session.since += seconds
        if self.empty_since is not None:
            self.empty_since += seconds

    def _check_seats(self) -> None:
        taken = len(self.state.players)
        if taken >= self.limits.room_players:
            what = f"the room {self.name!r} is full"
            raise Refused("room-full", exceeded("room_players", self.limits, taken, what))

    def mute(self, session: Session) -> None:
        """Its connection is about to end: let it have no more entries."""
        if session.cursor is not None:
            self.feed.remove(session.cursor)
            session.cursor = None

    def _detach(self, session: Session) -> None:
        session.peer = None
        self.mute(session)

    def _give_up_seat(self, session: Session, now: float, why: str) -> None:
        if session.id in self.state.players:
            self._append(Leave(self.log.last + 1, session.id, self._clock(now), why))
            self._state_sizes.pop(session.id, None)
        if not self.state.players:
            self.empty_since = now

    # ------------------------------------------------------------------ commands and shared state

    def do(self, session: Session, act: Act, now: float) -> int:
        """Give a command its place in the order; returns its seq (0: it was here before).

        Raises `Refused`; the number is used up by that, as it is by success.
        """
        if act.n == session.n + 1:
            session.n = act.n
        else:
            return _again(session, act.n)
        command = self._commands.get(act.c) or self._new_command(act)
        if _first_byte(act.a)[0] not in _ARRAY_OR_OBJECT:
            raise Refused("bad-argument", f"{act.c}: arguments are a JSON array or object", act.n)
        if act.to is not None:
            if len(act.to) > self.limits.room_players:
                what = f"{act.c} is for more players than a room has"
                raise Refused("bad-argument", exceeded("room_players", self.limits, len(act.to), what), act.n)
            for who in act.to:
                if who not in self.state.players:
                    raise Refused("bad-argument", f"{act.c}: no player {names.quoted(who)} is in this room", act.n)
        seq = self.log.last + 1
        line = codec.encode(Do(seq, session.id, self._clock(now), command, act.a, act.n, act.to))
        private = None
        if act.to is not None:
            line, private = codec.hidden(seq), line
        self.log.append(seq, line, private)
        if self._journal is not None:
            self._keep(self._journal, seq, line, private, session.secret, act.n)
        if not self._dirty and not self._full:  # in a full room, when it is on disk
            self._mark()
        return seq

    def _new_command(self, act: Act) -> str:
        """The name of a command that this room has not seen, if it is a good one. Raises `Refused`."""
        try:
            name = names.check_command(act.c, self.limits)
        except BadArgument as error:
            raise Refused("bad-name", str(error), act.n) from None
        if len(self._commands) < _MOST_COMMANDS:
            self._commands[name] = name
        return name

    def set(self, session: Session, put: Put, now: float) -> int:
        """Patch shared state; returns the entry's seq (0: it was here before). Raises `Refused`."""
        if put.n == session.n + 1:
            session.n = put.n
        else:
            return _again(session, put.n)
        if put.of == "me":
            owner, limit = session.id, "player_state"
        elif put.of == "room":
            owner, limit = "", "room_state"
        else:
            raise Refused("bad-argument", f"state is of 'me' or of 'room', not of {names.quoted(put.of)}", put.n)
        self._check_state_size(owner, limit, put)
        seq = self.log.last + 1
        self._append(Set(seq, session.id, self._clock(now), put.of, put.p, put.whole, put.n), session.secret)
        return seq

    def check(self, session: Session, check: Check, now: float) -> None:
        """Compare the hash of a program's state with those of the others."""
        if 0 < check.s <= self.log.last and len(check.d) <= 64:
            self._checks.add(session.id, check.s, check.d, now)
            self._tell_difference(now)

    def _connected(self) -> list[str]:
        return [session.id for session in self.sessions.values() if session.peer is not None]

    def _tell_difference(self, now: float) -> None:
        found = self._checks.find(now)
        if found is not None:
            self._append(Desync(self.log.last + 1, "", self._clock(now), found[0], tuple(found[1])))

    def _check_state_size(self, owner: str, limit: str, put: Put) -> None:
        """Sizes are bounds that grow with each patch; only one over the limit is measured again."""
        most = getattr(self.limits, limit)
        size = self._state_sizes.get(owner, 2) + len(codec.encode(put.p))
        if size > most:
            record = self.state.players.get(owner)
            old: dict[str, Json] = record.state if record else ({} if owner else self.state.shared)
            size = len(codec.encode(patched(old, put.p, whole=put.whole)))
            if size > most:
                what = "shared state of the room" if put.of == "room" else "shared state of a player"
                raise Refused("state-full", exceeded(limit, self.limits, size, what), put.n)
        self._state_sizes[owner] = size

    # ------------------------------------------------------------------ the log, and who reads it

    def snapshot(self) -> tuple[int, Snapshot]:
        """What a newcomer needs to start, and the seq after which: nothing that nobody may see yet is in it."""
        if self._full:
            return self._shown_upto, snapshot(self._shown)
        return self.log.last, snapshot(self.state)

    def _skip(self, cursor: Cursor) -> Skipped:
        seq, state = self.snapshot()
        session = self.sessions[cursor.player]
        return Skipped(cursor.seq + 1, seq, state, session.shown_n if self._full else session.n)

    def common(self, epoch: int) -> int:
        """Up to which seq the log of an epoch is this log: after a crash, it may have gone on differently."""
        if epoch > self.epoch:
            return 0
        return min((base for later, base in self._bases.items() if later > epoch), default=self.log.last)

    def when_committed(self, seq: int, run: Callable[[], None]) -> None:
        """Run something when the entry at `seq` may be seen: at once, but for what must be on disk first."""
        if self._full and seq > self.feed.flushed:
            self._awaiting.append((seq, run))
        else:
            run()

    @property
    def settled(self) -> bool:
        """Whether all is on disk that is to be there."""
        return self._journal is None or self._journal.saved_upto >= self.log.last

    def close(self) -> None:
        """The room is no longer needed in memory."""
        if self._journal is not None:
            self._journal.close()

    def flush(self, now: float) -> None:
        """Write what is new, and may be seen, to everyone."""
        self._dirty = False
        self.flushed_at = now
        after, upto = self.feed.flushed, self.log.last
        if self._full and self._journal is not None:
            upto = min(upto, self._journal.saved_upto)
            for entry in self.log.entries(after, upto):
                self._shown, self._shown_upto = apply(self._shown, entry), entry.s
                if isinstance(entry, Do | Set) and entry.by in self.sessions:
                    self.sessions[entry.by].shown_n = entry.n
                while self._awaiting and self._awaiting[0][0] <= entry.s:
                    self._awaiting.pop(0)[1]()  # here, so that what comes after this entry is not passed over
        self.feed.flush(upto)
        if self.watcher is not None:
            self.watcher.flushed(self, after, upto, now)

    def _append(self, entry: AnyEntry, secret: str = "") -> None:
        """Add an entry that changes the state; those that do not are commands, see `do`."""
        line = codec.encode(entry)
        self.state = apply(self.state, entry)
        self.log.append(entry.s, line)
        if self._journal is not None:
            self._keep(self._journal, entry.s, line, None, secret, entry.n if type(entry) is Set else 0)
        if not self._dirty and not self._full:
            self._mark()

    def _keep(self, journal: Journal, seq: int, line: bytes, private: bytes | None, secret: str, n: int) -> None:
        """Write down an entry that was added, and the state now and then."""
        journal.entry(seq, line, private, secret, n)
        since = self._since_snapshot
        since[0] += 1
        since[1] += len(line)
        if since[0] >= journal.snapshot_every or since[1] >= SNAPSHOT_EVERY_BYTES:
            journal.snapshot(seq, snapshot(self.state))
            self._since_snapshot = [0, 0]

    # ------------------------------------------------------------------ written down, and taken up again

    def _write_down(self, session: Session) -> None:
        if self._journal is not None and session.secret:
            self._journal.session(SavedSession(session.secret, session.id, session.name, session.n, session.left_state))

    def _forget(self, session: Session) -> None:
        if self._journal is not None and session.secret:
            self._journal.forget(session.secret)

    def _restore(self, saved: SavedRoom, now: float) -> None:
        """Go on where the room ended: everyone is away, and may come back."""
        self.epoch, self._bases = saved.epoch, saved.bases
        first = saved.last - len(saved.lines) + 1
        texts = [saved.private.get(first + place, line) for place, line in enumerate(saved.lines)]
        entries = self._entries_of(texts, first)
        after = entries[max(0, saved.snapshot_seq - first + 1) :]
        self._since_snapshot = [len(after), sum(map(len, saved.lines[len(entries) - len(after) :]))]
        self.log.restore(saved.lines, saved.private, saved.last)
        self.state = restore(saved.snapshot)
        for entry in after:
            self.state = apply(self.state, entry)
        self._shown, self._shown_upto = self.state, saved.last
        self.feed.flushed = saved.last
        for one in saved.sessions:
            session = Session(one.player, one.name, one.secret, TokenBucket(self.limits.rate, self.limits.burst, now))
            session.n = session.shown_n = one.n
            session.left_state, session.since = one.left_state, now
            self.sessions[one.player] = session
        self._state_sizes = {who: len(codec.encode(record.state)) for who, record in self.state.players.items()}
        self._state_sizes[""] = len(codec.encode(self.state.shared))
        at = self._clock(now)
        for who, record in list(self.state.players.items()):
            if who not in self.sessions:
                self._append(Leave(self.log.last + 1, who, at, "lost"))
            elif record.here:
                self._append(Away(self.log.last + 1, who, at))
        self.empty_since = None if self.state.players else now

    def _entries_of(self, texts: list[bytes], first: int) -> list[AnyEntry]:
        """Read what is kept. Raises `Refused` ("disk") where it makes no log."""
        try:
            entries = [codec.decode_server(text) for text in texts]
        except ProtocolError:
            entries = []
        seqs = [entry.s for entry in entries if isinstance(entry, Entry)]
        if seqs != list(range(first, first + len(texts))):
            raise Refused("disk", f"the room {self.name!r} cannot be opened: what is kept of it is damaged")
        return cast(list[AnyEntry], entries)

    def _mark(self) -> None:
        if not self._dirty:
            self._dirty = True
            self._changed(self)


def _again(session: Session, n: int) -> int:
    """A message whose number is not the next one: 0 if it was used before. Raises `Refused` ("gap")."""
    if 0 < n <= session.n:
        return 0  # sent again after a reconnect; done once
    raise Refused("gap", f"message {n} came after {session.n}: the next one is {session.n + 1}", n)
