"""A room with rules: whatever happens in it is decided by a behaviour, and what that did becomes entries.

Each cause goes one way: `decide`, the room's checks, then `keep` or `undo`, and `_close`, which makes an entry of the
open batch. Whatever gives an entry its place closes the batch first.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any, ClassVar, Final

from msgspec import Raw

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.limits import Limits, command_weight
from roomcast.core.protocol.messages import (
    NO_STATE,
    AnyEntry,
    Check,
    DoRequest,
    Join,
    Leave,
    SetRequest,
    Turn,
)
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import CANNOT_BE_REJECTED, OF_ENTRIES, Cause, Command, Opened, StatePatch, Step
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.decision_checks import checked
from roomcast.core.room.decisions import Decided, Decision, Emitted, Rejected, Turned
from roomcast.core.room.due_causes import DueCauses
from roomcast.core.room.feed import Cursor
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import RoomState, apply
from roomcast.core.room.greetings import Greetings
from roomcast.core.room.room import Room
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.shadows import Seen, Shadows
from roomcast.core.room.shared_state import ROOM, VIEWS
from roomcast.core.room.views import make_turn
from roomcast.core.room.waiting_refusals import WaitingRefusals
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class RuledRoom(Room):
    """A room whose `behaviour` decides. It is in memory: what it did is not kept on disk.

    Raises `Refused` where the behaviour rejects its opening.
    """

    __slots__ = ("_advancing", "_behaviour", "_decided_at", "_due", "_gathered", "_greetings", "_refusals", "_shadows",
                 "_taken", "_why_out")  # fmt: skip

    _JUDGES: ClassVar[bool] = True

    def __init__(
        self,
        name: str,
        limits: Limits,
        now: float,
        *,
        behaviour: Behaviour,
        flushes: FlushQueue[Room],
        clock: Clock,
        commits: CommitLog,
        seed: Callable[[], str] = str,
        **others: Any,
    ) -> None:
        super().__init__(name, limits, now, flushes=flushes, clock=clock, commits=commits, seed=seed, **others)
        self._behaviour: Final = behaviour
        self._shadows = Shadows(behaviour, limits) if behaviour.has_views or behaviour.has_own_fields else None
        if self._shadows is not None:
            self._starts.state_of = self._shadows.state_of
        self._greetings = Greetings()
        self._why_out = ""  # why the player who was sent out last was
        self._taken: dict[str, list[int]] = {}  # by player: numbers of the commands in the open batch
        self._refusals = WaitingRefusals()
        self._due = DueCauses(behaviour, self.log)
        self._advancing = False  # what is due is being decided
        self._gathered = False  # something was decided that is in no entry yet
        self._decided_at = now  # when that was
        opened = self._decide(Opened(), now)
        if isinstance(opened, Rejected):
            raise Refused(opened.code, opened.message)

    @property
    def behaviour(self) -> Behaviour:
        """What decides in it."""
        return self._behaviour

    # ------------------------------------------------------------------ the one way

    def _decide(self, cause: Cause, now: float) -> Decision:
        """Let the behaviour decide; what it did stands, or is undone."""
        behaviour = self._behaviour
        self._decided_at = now
        decision = behaviour.decide(cause, self.log.time(now), self.log.last + 1)
        if type(decision) is Decided and (decision.sizes or decision.held or decision.weight):
            decision = checked(decision, self.limits, self.state_sizes)
        if type(decision) is Decided:
            self._keep()
        elif type(decision) is Rejected:
            behaviour.undo()
            if type(cause) in CANNOT_BE_REJECTED:
                behaviour.pass_over(cause, decision.message)
                self._keep()
        return decision

    def _keep(self) -> None:
        behaviour, due = self._behaviour, self._due
        behaviour.keep()
        self.meeting = behaviour.meeting
        self._gathered = True
        if behaviour.next_due != due.next_due and due.decided() and self.log.last:
            self._schedule_flush()  # which asks for the next one at the new time

    def _advance(self, now: float) -> None:
        """Decide on what was due by now, each at its time. Before whatever happens next."""
        due, log = self._due, self.log
        if now < due.near or self._advancing or not log.last:  # what opens a room belongs to its first entry
            return
        self._advancing = True
        try:
            for cause, when in due.causes(now):
                decision = self._decide(cause, when)
                log.at = log.time(when)
                if type(cause) is Step or not due.stepping or (type(decision) is Decided and decision.says):
                    self._close(when)
        except RoomBroken:
            raise
        except Exception as error:
            raise RoomBroken(self.commits) from error
        finally:
            self._advancing = False

    def _close(self, now: float, kind: type[AnyEntry] = Turn, by: str = "", fields: tuple[Any, ...] = ()) -> None:
        """Make an entry of what the open batch did; as a turn, only where there is something.

        Raises `RoomBroken`: nobody knows then what the behaviour believes.
        """
        log = self.log
        try:
            turned, taken, self._taken, self._gathered = self._behaviour.close(), self._taken, {}, False
            if kind is Turn and not taken and turned.is_empty:
                return
            seq, at, before = log.last + 1, log.time(now), log.state
            if kind is not Turn:
                before = apply(before, kind(seq, by, at, *fields))
            seen = None if self._shadows is None else self._look(kind, turned, before)
            turn = make_turn(kind, (seq, by, at, *fields), turned, taken, before, seen)
        except Exception as error:
            raise RoomBroken(self.commits) from error
        log.propose_turn(turn, at)
        for owner in turned.changed if seen is None else seen.changed:
            if owner == ROOM or owner in turn.state.players:
                self.state_sizes.changed(owner, turn.state)
        if kind is Join or kind is Leave or turned.sent_out:
            self._players_changed()
        if kind is not Turn or turned.sent_out:
            self._due.step_while(any(one.here for one in turn.state.players.values()), now)
        if kind is Join and turned.events:
            self._greetings.joined(by, seq, turned.events)
        if self.commits.committed == seq:
            self._schedule_flush()
        for player, why in turned.sent_out.items():
            self._end_stay(player, why, now)

    def _look(self, kind: type[AnyEntry], turned: Turned, before: RoomState) -> Seen:
        """What a turn changes for each reader."""
        assert self._shadows is not None
        present = {player: None for player in before.players if player not in turned.sent_out}
        seen = self._shadows.turn(turned, present, moved=kind is not Turn or bool(turned.sent_out))
        self.state_sizes.measure(VIEWS, self._shadows.size)
        return seen

    def _end_stay(self, player: str, why: str, now: float) -> None:
        """The rules have sent a player out, and the log says so."""
        self._greetings.forget(player)
        self._why_out = why
        session = self.sessions.get(player)
        if session is None:
            return
        self._write(now)  # the last that it hears is the bye, after all that came before
        peer = session.peer
        self._detach(session)
        self.seats.remove(session)
        self._give_up_seat(session, now, "kicked")
        if peer is not None:
            peer.disconnect("kicked", why)

    # ------------------------------------------------------------------ coming and going

    def _propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...] = (), secret: str = "", n: int = 0
    ) -> None:
        """As `Room._propose`: with what the rules do where players come and go. Raises `Refused` for a join."""
        self._advance(now)
        if self.log.last:  # what was done when the room opened belongs to its first entry
            self._close(now)
        cause = OF_ENTRIES.get(kind)
        if cause is None:
            super()._propose(kind, by, now, fields, secret, n)
            return
        if kind is Leave:
            self._greetings.forget(by)
        decision = self._decide(cause(by, *fields), now)
        if kind is Join and isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message)
        if kind is Join and type(decision) is Decided:
            fields = (fields[0], NO_STATE, *fields[2:])  # what it had when its seat was given up; rules give it another
        self._close(now, kind, by, fields)

    def _set_time(self, now: float) -> None:
        super()._set_time(now)
        self._due.find()

    def come_back(self, session: Session, now: float, address: str = "") -> None:
        """As `Room.come_back`. Raises `Refused` ("kicked") where the rules send it out as it comes."""
        super().come_back(session, now, address)
        self._close_gathered()
        if not self.is_open_to(session):
            if not self.log.state.players:
                self.empty_since = now
            raise Refused("kicked", self._why_out)

    def _join(self, session: Session, state: Raw, now: float) -> None:
        try:
            super()._join(session, state, now)
        except Refused:
            self.seats.remove(session)
            self.state_sizes.forget(session.id)
            if not self.log.state.players:
                self.empty_since = now
            raise

    # ------------------------------------------------------------------ commands and shared state

    def ask(self, session: Session, request: AskRequest, now: float) -> None:
        self.do(session, DoRequest(request.n, request.c, request.a), now, asks=True)

    def do(self, session: Session, request: DoRequest, now: float, *, asks: bool = False) -> int:
        """Let the rules decide on a command. Returns the seq of a command that is passed on as it came, else 0.

        `asks`: it wants an answer.
        """
        if request.n == session.n + 1:
            session.n = request.n
        else:
            return session.check_repeated(request.n)
        try:
            name = self._commands[request.c]
        except BadArgument as error:
            raise Refused("bad-name", error.message, request.n) from None
        if _first_byte(request.a)[0] not in _ARRAY_OR_OBJECT:
            raise Refused("bad-argument", f"{request.c}: arguments are a JSON array or object", request.n)
        readers = None
        if request.to is not None:
            readers = self._readers.of(session.id, request, self.log.state.players)
        self._advance(now)
        decision = self._decide(Command(session.id, request, asks, not session.secret), now)
        if type(decision) is Decided:
            if session.secret:  # else it is a line client, and waits for no word of it
                self._taken.setdefault(session.id, []).append(request.n)
            if decision.says or not self._due.stepping:
                self._close(now)
            return 0
        if isinstance(decision, Rejected):
            self._refuse(session, decision, request.n)
            return 0
        if asks:
            raise Refused("no-rules", f"{request.c} is passed on as it came, and nobody answers it", request.n)
        self._close(now)
        if readers is not None and session.bucket.weight > 1.0:
            session.bucket.give_back(command_weight(len(readers)))
        seq = self.log.propose_command(session, request, name, readers, now)
        if self.commits.committed == seq:
            self._schedule_flush()
        return seq

    def _judge_patch(self, session: Session, request: SetRequest, now: float) -> None:
        decision = self._decide(StatePatch(session.id, request), now)
        if isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message, request.n)

    def _refuse(self, session: Session, decision: Rejected, n: int) -> None:
        """Tell the sender, at once where all that it was judged by is committed."""
        refused = Refused(decision.code, decision.message, n)
        if self.commits.committed == self.log.last and not self._gathered:
            raise refused
        self._refusals.add(self.log.last + self._gathered, session, refused)

    def flush(self, now: float) -> None:
        """Let happen what is due, and write as `Room.flush`. Raises `RoomBroken`."""
        self._advance(now)
        self._write(now)
        when = self._due.when
        if when < self.ticks.scheduled:
            self.ticks.scheduled = when
            self._flushes.schedule_at(self, when)

    def _write(self, now: float) -> None:
        if events := self._greetings.take():
            self._greet(events, now)
        super().flush(now)
        nothing_waits = self.commits.committed == self.log.last and not self._gathered  # it may have come to nothing
        self._refusals.tell(self.log.last + 1 if nothing_waits else self.commits.committed)

    # ------------------------------------------------------------------ who reads

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        session.start = ""  # state is whole at each seq: everyone begins with the newest
        return super().start(session, peer)

    def _start_again(self) -> None:
        self._close_gathered()
        super()._start_again()

    def resume_reading(self, cursor: Cursor) -> None:
        self._close_gathered()
        super().resume_reading(cursor)

    def _close_gathered(self) -> None:
        """Somebody is to be told which of its commands are in the log: all that were decided."""
        if self._gathered:
            self._close(self._decided_at)

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        super().attach(session, connection, wire, seq)
        self._greetings.begins(session.id, seq)

    def _greet(self, events: tuple[Emitted, ...], now: float) -> None:
        """Tell those who have begun to read what the rules said to them when they joined, as a turn of its own."""
        self._close(now)
        log, at = self.log, self.log.time(now)
        log.propose_turn(make_turn(Turn, (log.last + 1, "", at), Turned(events=events), {}, log.state), at)

    def begin_with_world(self, session: Session) -> None:
        raise Refused("no-world", f"the room {self.name!r} has rules: what is true in it, they keep")

    def check(self, session: Session, check: Check, now: float) -> None:
        """Programs may see different things here: there is nothing to compare."""
