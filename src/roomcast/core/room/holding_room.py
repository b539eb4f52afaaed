"""A room with rules that waits for a handler: it is held until that has ended, so that nobody meets half a change.

Any cause may have a handler that waits: what follows from the decision is done once there is one. While the room is
held, nothing is decided. Players' commands wait where they are, since their buckets are paused; who comes waits in the
directory. What can wait nowhere else is deferred, in its order: who goes. The readers are fed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from roomcast.core.protocol.messages import NO_STATE, AnyEntry, Join, Leave
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import OF_ENTRIES, Cause, Command, Joining, Opened, Step, TimerDue
from roomcast.core.room.deciding_room import DecidingRoom
from roomcast.core.room.decisions import Decided, Decision, Outcome, Rejected, Waits
from roomcast.core.room.handler_runs import NO_RUNS, HandlerRuns, RoomHeld
from roomcast.core.room.session import Session
from roomcast.errors import Refused

_Then: TypeAlias = Callable[[Outcome, float], None]


class HoldingRoom(DecidingRoom):
    """`runs`: runs the handlers that wait.

    Raises `Refused` where the behaviour rejects its opening; where that waits, `finished` does.
    """

    __slots__ = ("_cause", "_deferred", "_is_new", "_put_off", "_rests", "_runs", "_spoke", "_then", "_turned_away")

    def __init__(self, *args: Any, runs: HandlerRuns = NO_RUNS, **others: Any) -> None:
        self._runs = runs
        self._cause: Cause | None = None  # whose handler it waits for
        self._then: _Then | None = None  # what follows from its decision
        self._rests: list[Callable[[], object]] = []  # and after that
        self._deferred: deque[Callable[[float], object]] = deque()
        self._is_new = False  # who came last never was here before
        self._spoke = ""  # the player whose command it has waited for last
        self._put_off = False  # what was to be decided last was deferred
        self._turned_away: dict[Session, Refused] = {}  # newcomers who do not know it yet
        super().__init__(*args, **others)
        if not self.log.last:
            self._decide_on(Opened(), self._decided_at, self._opened)

    def _opened(self, decision: Outcome, now: float) -> None:
        if isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message)

    @property
    def held(self) -> bool:
        return self._token is not None

    @property
    def settled(self) -> bool:
        return self._token is None and super().settled

    def defer(self, call: Callable[[float], object]) -> bool:
        if self._token is None:
            return False
        self._deferred.append(call)
        return True

    def _after(self, call: Callable[[], object]) -> None:
        if self._token is None:
            call()
        elif self._put_off:
            self._deferred.append(lambda now: call())
        else:
            self._rests.append(call)

    # ------------------------------------------------------------------ held, and released

    def _decide_on(self, cause: Cause, now: float, then: _Then) -> None:
        """Decide; `then` takes the decision, and the time at which there is one."""
        decision = self._decide(cause, now)
        if isinstance(decision, Waits):
            self._hold(decision.token, cause, then)
        else:
            then(decision, now)

    def _hold(self, token: object, cause: Cause, then: _Then) -> None:
        """Wait for a handler, of which nothing has run."""
        if self.log.last:  # else it belongs to the first entry, and nobody is here
            self._close_gathered()  # what was decided before is seen before, and kept
        self._token, self._cause, self._then, self._put_off = token, cause, then, False
        for session in self.sessions.values():
            session.bucket.pause()
        try:
            self._runs.start(self, token)
        except Exception as error:
            raise RoomBroken(self.commits) from error

    def finished(self, token: object, now: float) -> None:
        """The handler has ended: decide, then let happen what was deferred.

        Raises `RoomBroken`; and `Refused` where the room does not open.
        """
        cause, then = self._cause, self._then
        if token is not self._token or cause is None or then is None:
            return
        self._token = self._cause = self._then = None
        for one in self.sessions.values():
            one.bucket.go_on()
        decision: Outcome = self._finish(token, cause, now)
        try:
            then(decision, now)
        except Refused as refused:
            if not isinstance(cause, Joining):
                raise
            session = self.sessions[cause.player]
            self._turn_away(session, now)
            if self._is_new:
                self._take_back_claim()
            self._turned_away[session] = refused
        rests, self._rests = self._rests, []
        for rest in rests:
            rest()
        self._due.find()
        self._schedule_flush()
        self._advancing = True  # what was due comes after what has come: else timers that wait could let nobody through
        try:
            while self._deferred and self._token is None:
                self._deferred.popleft()(now)
            self._let_speak(now)
        finally:
            self._advancing = False

    def _let_speak(self, now: float) -> None:
        """Take what players have sent meanwhile, until one has the room wait again: then the next one is first."""
        sessions = list(self.sessions.values())
        first = next((i + 1 for i, one in enumerate(sessions) if one.id == self._spoke), 0)
        for session in sessions[first:] + sessions[:first]:
            if self._token is not None:
                return
            if session.peer is not None:
                session.peer.go_on(now)

    def abandon(self) -> None:
        """The room is gone: nothing more is decided in it, and what was deferred finds it so."""
        token, self._token, self._cause, self._then = self._token, None, None, None
        if token is not None:
            self._runs.abandon(token)
        while self._deferred:
            self._deferred.popleft()(self._decided_at)

    # ------------------------------------------------------------------ what is due

    def _advance(self, now: float) -> None:
        due, log = self._due, self.log
        # What opens a room belongs to its first entry.
        if now < due.near or self._advancing or not log.last or self._token is not None:
            return
        self._advancing = True
        try:
            for cause, when in due.causes(now):
                decision = self._decide(cause, when)
                log.at = log.time(when)
                if isinstance(decision, Waits):
                    self._hold(decision.token, cause, partial(self._was_due, cause))
                    return
                self._was_due(cause, decision, when)
        except RoomBroken:
            raise
        except Exception as error:
            raise RoomBroken(self.commits) from error
        finally:
            self._advancing = False
            self._forget_costs()

    def _was_due(self, cause: TimerDue | Step, decision: Decision, when: float) -> None:
        if type(cause) is Step or not self._due.stepping or (type(decision) is Decided and decision.says):
            self._close(when)

    # ------------------------------------------------------------------ who comes and goes

    def _propose(
        self, kind: type[AnyEntry], by: str, now: float, fields: tuple[Any, ...] = (), secret: str = "", n: int = 0
    ) -> None:
        """As `Room._propose`: with what the rules do where players come and go.

        Raises `Refused` for a join, and `RoomHeld`; of others, what has to wait is deferred.
        """
        self._advance(now)
        if self._token is not None:
            if kind is Join:
                raise RoomHeld
            self._put_off = True
            self._deferred.append(lambda later: self._propose(kind, by, later, fields, secret, n))
            return
        if self.log.last:  # what was done when the room opened belongs to its first entry
            self._close(now)
        if kind is Join:
            cause: Cause = Joining(by, fields[0], self.sessions[by].auth)
        elif kind not in OF_ENTRIES:
            super()._propose(kind, by, now, fields, secret, n)
            return
        elif by in self.log.state.players:
            cause = OF_ENTRIES[kind](by, *fields)
        else:
            return  # what was due has sent it out
        self._decide_on(cause, now, partial(self._moves, kind, by, fields))

    def _moves(self, kind: type[AnyEntry], by: str, fields: tuple[Any, ...], decision: Outcome, now: float) -> None:
        """Somebody comes or goes, as it was decided. Raises `Refused` for a join."""
        if kind is Join and isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message)
        if kind is Join and type(decision) is Decided:
            fields = (fields[0], NO_STATE, *fields[2:])  # what it had when its seat was given up; rules give it another
        self._close(now, kind, by, fields)
        if kind is Leave and not self.log.state.players:
            self.empty_since = now
        self._forget_costs()

    def _free_seat(self, address: str, now: float, **others: Any) -> None:
        super()._free_seat(address, now, **others)
        if self._token is not None:  # who gives up its seat has not left yet
            raise RoomHeld

    def let_happen(self, now: float) -> None:
        """Decide on what is due. The room may be held then."""
        self._advance(now)

    def come_in(self, now: float, *, is_new: bool) -> None:
        """Before somebody comes: what is due happens first. Raises `RoomHeld` where that waits."""
        self._is_new = is_new
        self._advance(now)
        if self._token is not None:
            raise RoomHeld

    def arrived(self, session: Session, now: float) -> None:
        """As `Room.arrived`."""
        refused = self._turned_away.pop(session, None)
        if refused is not None:
            raise refused
        self._close_gathered()
        if not self.is_open_to(session):
            if not self.log.state.players:
                self.empty_since = now
            raise Refused("kicked", self._why_out)

    def given_up(self, session: Session) -> None:
        """As `Room.given_up`."""
        self._turned_away.pop(session, None)

    def _join(self, session: Session, *others: Any) -> None:
        try:
            super()._join(session, *others)
        except Refused:
            self._turn_away(session, others[-1])
            raise

    def _turn_away(self, session: Session, now: float) -> None:
        """A join is refused."""
        self.seats.remove(session)
        self.state_sizes.forget(session.id)
        if not self.log.state.players:
            self.empty_since = now

    # ------------------------------------------------------------------ commands

    def _command_waits(self, session: Session, token: object, cause: Command) -> None:
        session.n -= 1  # its number is used once it is decided
        self._spoke = session.id
        self._hold(token, cause, partial(self._commanded, session, cause.request.n))

    def _commanded(self, session: Session, n: int, decision: Outcome, now: float) -> None:
        """The handler of a command has ended."""
        session.n = n
        if type(decision) is Decided:
            self._take(session, n, decision, now)
        elif isinstance(decision, Rejected):
            self._refusals.add(self.log.last, session, Refused(decision.code, decision.message, n))
        self._charge(session)

    def _take(self, session: Session, n: int, decision: Decided, now: float) -> None:
        """A command has done something: it is in the open batch."""
        if session.secret:  # else it is a line client, and waits for no word of it
            self._taken.setdefault(session.id, []).append(n)
        if decision.says or not self._due.stepping:
            self._close(now)

    def _charge(self, session: Session) -> None:
        """What has happened since the last time counts for one who has sent something."""
        costs = self._costs
        costs.handled += self._behaviour.take_effort()
        if costs:
            if session.peer is not None:
                session.peer.charge_turn(costs)
            costs.clear()

    # ------------------------------------------------------------------ what waits for that

    def leave(self, session: Session, now: float, why: str = "left") -> None:
        if not self.defer(partial(self.leave, session, why=why)) and self.is_open_to(session):
            super().leave(session, now, why)

    def sweep(self, now: float) -> None:
        if self._token is None:  # in a second, there is another one
            super().sweep(now)
