"""A room: players come and go, what they send gets its place in the room's one order, its state is the fold of its log.

What happens becomes an entry in `order`; how that reaches the readers is below, in `fed_room`.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import ClassVar, Final

from msgspec import Raw

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.limits import Limits, command_weight, exceeded
from roomcast.core.protocol.messages import (
    NO_STATE,
    Away,
    Back,
    Check,
    Desync,
    DoRequest,
    Join,
    Leave,
    Set,
    SetRequest,
)
from roomcast.core.room.clock import Clock
from roomcast.core.room.commands import CommandNames, Readers
from roomcast.core.room.commit_log import CommitLog, SavedRoom
from roomcast.core.room.desync import StateChecks
from roomcast.core.room.fed_room import FedRoom
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.meeting import NO_BOARD, OPEN_TO_ALL, Meeting, SeatBoard
from roomcast.core.room.operations import bytes_compared, work_out
from roomcast.core.room.parties import ALONE, Claim
from roomcast.core.room.recovery import joins, recover
from roomcast.core.room.session import Session
from roomcast.core.room.shared_state import ROOM, StateTotal, owner_of, state_of
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class Room(FedRoom):
    """One room. Methods that change it take `now` (seconds, monotonic) and propose entries.

    `saved`: what is kept of it, where it was open before; raises `Refused` ("disk") where that is damaged. `seed` draws
    the seed for the dice of a new log; "": they follow from the room's name. `told`: the room's time, as it was told in
    this process before: Unix milliseconds. `meeting`: how it was made; `board`: where it says that a seat is free.
    """

    __slots__ = ("_checks", "_claimed", "_commands", "_readers", "asks_who", "empty_since", "seed", "spectators")

    ruled: ClassVar[bool] = False  # it has rules, which decide on commands
    _JUDGES: ClassVar[bool] = False  # patches of shared state may be rejected

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
        seed: Callable[[], str] = str,
        state_total: StateTotal | None = None,
        told: int = 0,
        board: SeatBoard[Room] = NO_BOARD,
        meeting: Meeting = OPEN_TO_ALL,
    ) -> None:
        super().__init__(
            name, limits, flushes=flushes, clock=clock, commits=commits, state_total=state_total, board=board
        )
        self.meeting = meeting
        self.spectators = True  # people may look on who are no players
        self.asks_who = False  # its rules say who may come in: nobody watches it whom they have not let in
        self.seed: Final = seed
        self.empty_since: float | None = now  # None: somebody is here
        self._checks = StateChecks()
        self._commands = CommandNames(limits)
        self._readers = Readers(limits)
        self.log.at = told
        if saved is not None:
            at_snapshot = recover(self.log, name, saved, now)
            self._points.restart(saved.snapshot_seq, at_snapshot, saved.snapshot.at, gone=self.log.gone)
            self._continue(saved, now)
            self.log.set_time(now)
            self.state_sizes.check_total(name)
            if saved.world is not None:
                self._asking.restore(saved.world)
        self.log.mark(now)

    def _continue(self, saved: SavedRoom, now: float) -> None:
        """Continue from what is kept: every player has been away since the room was left, and may come back."""
        self.feed.flushed = saved.last
        joined = joins(saved) if any(one.began is None for one in saved.sessions) else {}
        for one in saved.sessions:
            session = self.seats.restore(one, now)
            if one.began is None:
                session.began = joined.get(session.id, 1) - 1
            self.state_sizes.measure_left(session)
        self.state_sizes.changed(ROOM, self.log.state)
        for player, record in list(self.log.state.players.items()):
            self.state_sizes.changed(player, self.log.state)
            if player not in self.sessions:
                self._propose(Leave, player, now, ("lost",))
            elif record.here:
                self._propose(Away, player, now)
        self.empty_since = None if self.log.state.players else now

    # ------------------------------------------------------------------ coming and going

    def join(self, name: str, secret: str, now: float, wanted_id: str | None = None, address: str = "",
             claim: Claim = ALONE, auth: bytes = b"") -> Session:  # fmt: skip
        """Give a new player a seat; where none is free, another may have to give up its own.

        `address`: what counts as one. `auth`: what is known of the player, as in `Session`. Raises `Refused`
        ("room-full") and `BadArgument` (the name).
        """
        self._free_seat(address, now, claim=claim)
        session = self.seats.add(name, secret, now, wanted_id, self.log.last)
        session.address, session.auth = address, auth
        session.ticket = "" if claim.party is None else claim.party.ticket
        self.empty_since = None
        self._set_time(now)
        party = None if claim is ALONE else self.seats.parties.claim(claim)
        self._claimed = claim, party
        try:
            self._join(session, NO_STATE, now)
        except Refused:
            self._take_back_claim()
            raise
        return session

    def _take_back_claim(self) -> None:
        """Who joined last has not come in after all."""
        self.seats.parties.take_back(*self._claimed)
        self._board.changed(self)

    def look_on(self, now: float, address: str = "") -> Session:
        """Let somebody read what happens, without a seat; no entry tells of it.

        Raises `Refused` ("no-room", "not-allowed", "watch-full").
        """
        if not self.log.last:
            raise Refused("no-room", f"nobody is in the room {self.name!r}: there is nothing to see")
        if not self.spectators:
            raise Refused("not-allowed", f"the rules of the room {self.name!r} let nobody look on")
        many = sum(session.looks_on for session in self.sessions.values())
        if many >= self.limits.room_observers:
            what = f"the room {self.name!r} has spectators enough"
            raise Refused("watch-full", exceeded("room_observers", self.limits, many, what))
        session = self.seats.add("spectator", "", now, None, self.log.last)
        session.looks_on, session.address = True, address
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
            self._after(lambda: self._seated_again(session))
        elif not record.here:
            self._propose(Back, session.id, now)
        self.empty_since = None

    def _seated_again(self, session: Session) -> None:
        if session.id in self.log.state.players:
            self.state_sizes.changed(session.id, self.log.state)
            self.seats.save(session)

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
        if self.seats.parties.seats and self.seats.parties.sweep(now):
            self._board.changed(self)
        self._report_desync(now)
        self._sweep_world(now)
        for session in self.seats.away():
            if self.held:
                break  # the next sweep goes on
            if not self.is_open_to(session):
                continue  # one whose seat was given up just now had a hook that has sent it out
            gone_for = now - session.since
            if gone_for >= self.limits.seat_kept and session.id in self.log.state.players:
                self._vacate(session, now)
            if gone_for >= self.limits.resume_window and not self.held:
                self.seats.remove(session)
                self.state_sizes.forget(session.id)
        self.subscriptions.sweep(now)

    def _set_time(self, now: float) -> None:
        """Somebody is about to come: while nobody is here, the clock may have been set, or the computer suspended."""
        for one in self.log.state.players.values():  # nearly always, the first is here
            if one.here:
                return
        self.log.set_time(now)

    def _free_seat(self, address: str, now: float, *, returning: bool = False, claim: Claim = ALONE) -> None:
        """Let there be a free seat. Raises `Refused`: "room-locked", "room-full" where nobody gives up its own."""
        if self.meeting.locked:
            raise Refused("room-locked", f"the room {self.name!r} lets nobody in any more: look for another one")
        most = self.most_players
        if claim is not ALONE and self.seats.is_kept_for(claim, self.log.state, most):
            return
        giving = self.seats.giving_way(self.log.state, address, now, most, returning=returning)
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
        self._after(lambda: self.state_sizes.measure_left(session))

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
        if self.ruled:
            self._after(lambda: self.state_sizes.forget(session.id))
        else:
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
        if self._JUDGES:
            self._judge_patch(session, request, now)
        self._propose(Set, session.id, now, (patch.of, patch.p, patch.whole, patch.n), session.secret, patch.n)
        self.state_sizes.changed(owner, self.log.state)
        return self.log.last

    def _judge_patch(self, session: Session, request: SetRequest, now: float) -> None:
        """Before a patch is proposed. Raises `Refused`."""

    def ask(self, session: Session, request: AskRequest, now: float) -> None:
        """A command that wants an answer. Raises `Refused`: there is nobody here to answer."""
        if request.n != session.n + 1:
            session.check_repeated(request.n)
            return
        session.n = request.n
        why = f"the room {self.name!r} has no rules that could answer: is its name right? Else send a command"
        raise Refused("no-rules", why, request.n)

    def bytes_compared(self, session: Session, request: SetRequest) -> int:
        """How much of the state `set` may decode for an operation."""
        state = state_of(session.id if request.of == "me" else ROOM, self.log.state)
        return bytes_compared(request, state, self.limits)

    def check(self, session: Session, check: Check, now: float) -> None:
        """Compare the hash of a program's state with those of the others."""
        if 0 < check.s <= self.log.last and len(check.d) <= 64:
            self._checks.add(session.id, check.s, check.d, now)
            self._report_desync(now)

    def _report_desync(self, now: float) -> None:
        if (found := self._checks.find(now, self.seats.connected)) is not None:
            self._propose(Desync, "", now, (found[0], tuple(found[1])))
