"""A room with rules: whatever happens in it is decided by a behaviour, and what that did becomes entries.

Each cause goes one way: `decide`, the room's checks, then `keep` or `undo`, and `_close`, which makes an entry of the
open batch. Whatever gives an entry its place closes the batch first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from struct import Struct
from typing import Any, ClassVar, Final

from msgspec import Raw

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.limits import Limits, command_weight, exceeded
from roomcast.core.protocol.messages import (
    NO_STATE,
    AnyEntry,
    Away,
    Back,
    Check,
    DoRequest,
    Join,
    Leave,
    SetRequest,
    Turn,
)
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import Cause, Command, Dropped, Joining, Left, Opened, Returned, StatePatch
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.decisions import Decided, Decision, Emitted, Rejected, Turned
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import RoomState, apply
from roomcast.core.room.room import Room
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.shadows import Seen, Shadows
from roomcast.core.room.shared_state import HELD, ROOM, VIEWS, StateTotal
from roomcast.core.room.views import make_turn
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from
_CAUSES: Final[dict[type[AnyEntry], Callable[..., Cause]]] = {
    Join: lambda player, name, *_: Joining(player, name),
    Leave: Left,
    Away: Dropped,
    Back: Returned,
}
"""Of entries by which players come and go: the cause, made of the player and of the entry's fields."""


class RuledRoom(Room):
    """A room whose `behaviour` decides. It is in memory: what it did is not kept on disk.

    Raises `Refused` where the behaviour rejects its opening.
    """

    __slots__ = ("_behaviour", "_greetings", "_refusals", "_shadows", "_taken", "_to_greet", "_why_out")

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
        state_total: StateTotal | None = None,
        told: int = 0,
    ) -> None:
        super().__init__(
            name, limits, now, flushes=flushes, clock=clock, commits=commits, seed=seed, state_total=state_total,
            told=told,
        )  # fmt: skip
        self._behaviour: Final = behaviour
        self._shadows = Shadows(behaviour, limits) if behaviour.has_views or behaviour.has_own_fields else None
        if self._shadows is not None:
            self._starts.state_of = self._shadows.state_of
        self._greetings: dict[
            str, tuple[int, tuple[Emitted, ...]]
        ] = {}  # by player: what was said to it when it joined
        self._why_out = ""  # why the player who was sent out last was
        self._to_greet: list[Emitted] = []  # what those who have begun to read are to be told
        self._taken: dict[str, list[int]] = {}  # by player: numbers of the commands in the open batch
        self._refusals: deque[tuple[int, Session, Refused]] = deque()  # with the seq whose commit each waits for
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
        decision = behaviour.decide(cause, self.log.time(now), self.log.last + 1)
        if type(decision) is Decided and (decision.sizes or decision.held or decision.weight):
            decision = self._checked(decision)
        if type(decision) is Decided:
            behaviour.keep()
        elif type(decision) is Rejected:
            behaviour.undo()
        return decision

    def _checked(self, decision: Decided) -> Decided | Rejected:
        """The decision, or its rejection where it would take the room over a limit."""
        limits, sizes = self.limits, self.state_sizes
        for owner, size in decision.sizes.items():
            name = "player_state" if owner else "room_state"
            if size > getattr(limits, name):
                what = f"shared state of the player {owner}" if owner else "shared state of the room"
                return Rejected("state-full", exceeded(name, limits, size, what))
            if not sizes.has_room_for(owner, size):
                return Rejected("state-full", exceeded("state_total", limits, size, "shared state of all rooms"))
        if decision.held > limits.room_state or not sizes.has_room_for(HELD, decision.held):
            return Rejected("state-full", exceeded("room_state", limits, decision.held, "what the room's rules keep"))
        if decision.weight > limits.message_size:
            what = "what the room's rules said to one command"
            return Rejected("too-big", exceeded("message_size", limits, decision.weight, what))
        if decision.held:
            sizes.measure(HELD, decision.held)
        return decision

    def _close(self, now: float, kind: type[AnyEntry] = Turn, by: str = "", fields: tuple[Any, ...] = ()) -> None:
        """Make an entry of what the open batch did; as a turn, only where there is something.

        Raises `RoomBroken`: nobody knows then what the behaviour believes.
        """
        log = self.log
        try:
            turned, taken, self._taken = self._behaviour.close(), self._taken, {}
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
            self.seats.weight = command_weight(len(turn.state.players))
        if kind is Join and turned.events:
            self._greetings[by] = (
                seq,
                tuple(
                    Emitted(one.event, frozenset((by,)))
                    for one in turned.events
                    if one.readers is None or by in one.readers
                ),
            )
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
        self._greetings.pop(player, None)
        self._why_out = why
        session = self.sessions.get(player)
        if session is None:
            return
        self.flush(now)  # the last that it hears is the bye, after all that came before
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
        if self.log.last:  # what was done when the room opened belongs to its first entry
            self._close(now)
        cause = _CAUSES.get(kind)
        if cause is None:
            super()._propose(kind, by, now, fields, secret, n)
            return
        if kind is Leave:
            self._greetings.pop(by, None)
        decision = self._decide(cause(by, *fields), now)
        if kind is Join and isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message)
        if kind is Join and type(decision) is Decided:
            fields = (fields[0], NO_STATE, *fields[2:])  # what it had when its seat was given up; rules give it another
        self._close(now, kind, by, fields)

    def come_back(self, session: Session, now: float, address: str = "") -> None:
        """As `Room.come_back`. Raises `Refused` ("kicked") where the rules send it out as it comes."""
        super().come_back(session, now, address)
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
        decision = self._decide(Command(session.id, request, asks, not session.secret), now)
        if type(decision) is Decided:
            if session.secret:  # else it is a line client, and waits for no word of it
                self._taken.setdefault(session.id, []).append(request.n)
            if decision.says:
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
        """Tell the sender, once all that it was judged by is committed: a crash must not undo what it was told."""
        refused = Refused(decision.code, decision.message, n)
        if self.commits.committed == self.log.last:
            raise refused
        self._refusals.append((self.log.last, session, refused))

    def flush(self, now: float) -> None:
        if self._to_greet:
            self._greet(now)
        super().flush(now)
        refusals = self._refusals
        while refusals and refusals[0][0] <= self.commits.committed:
            _, session, refused = refusals.popleft()
            if session.peer is not None:
                session.peer.refuse(refused.code, refused.message, refused.n)

    # ------------------------------------------------------------------ who reads

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        session.start = ""  # state is whole at each seq: everyone begins with the newest
        return super().start(session, peer)

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        super().attach(session, connection, wire, seq)
        joined, events = self._greetings.pop(session.id, (0, ()))
        if seq >= joined:  # it begins after its own join, and does not read what was said there
            self._to_greet += events

    def _greet(self, now: float) -> None:
        """Tell those who have begun to read what the rules said to them when they joined, as a turn of its own."""
        self._close(now)
        log, events, self._to_greet = self.log, tuple(self._to_greet), []
        at = log.time(now)
        log.propose_turn(make_turn(Turn, (log.last + 1, "", at), Turned(events=events), {}, log.state), at)

    def begin_with_world(self, session: Session) -> None:
        raise Refused("no-world", f"the room {self.name!r} has rules: what is true in it, they keep")

    def check(self, session: Session, check: Check, now: float) -> None:
        """Programs may see different things here: there is nothing to compare."""
