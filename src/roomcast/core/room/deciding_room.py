"""A room with rules: how what its behaviour decides becomes entries, and reaches the readers.

Each cause goes one way: `decide`, the room's checks, then `keep` or `undo`, and `_close`, which makes an entry of the
open batch. Whatever gives an entry its place closes the batch first. What players may do is above, in `ruled_room`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from roomcast.core.protocol.limits import Limits, command_weight
from roomcast.core.protocol.messages import AnyEntry, Join, Leave, Turn
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import CANNOT_BE_REJECTED, Cause
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import CommitLog, SavedRoom
from roomcast.core.room.decision_checks import checked
from roomcast.core.room.decisions import Decided, Decision, Outcome, Rejected, Turned, Waits
from roomcast.core.room.due_causes import DueCauses
from roomcast.core.room.flush_queue import FlushQueue
from roomcast.core.room.fold import RoomState, apply, without_players
from roomcast.core.room.greetings import Greetings
from roomcast.core.room.order import Order
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_order import RuledOrder
from roomcast.core.room.rules_fold import BoxChange, Truth
from roomcast.core.room.shadows import Seen, Shadows
from roomcast.core.room.shared_state import HELD, VIEWS
from roomcast.core.room.turn_costs import TurnCosts
from roomcast.core.room.views import MadeTurn, make_turn
from roomcast.core.room.waiting_refusals import WaitingRefusals
from roomcast.errors import ProtocolError, Refused


class DecidingRoom(Room):
    """A room whose `behaviour` decides.

    Raises `Refused` where what is kept of it is not of a room with rules.
    """

    __slots__ = ("_advancing", "_behaviour", "_costs", "_decided_at", "_due", "_gathered", "_greetings", "_order",
                 "_refusals", "_shadows", "_taken", "_token", "_why_out")  # fmt: skip

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
        self._behaviour = behaviour
        self._shadows = Shadows(behaviour, limits) if behaviour.has_views or behaviour.own_fields else None
        self._greetings: Final = Greetings(kept=commits.kept)
        self._costs: Final = TurnCosts()
        self._why_out = ""  # why the player who was sent out last was
        self._taken: dict[str, list[int]] = {}  # by player: numbers of the commands in the open batch
        self._refusals = WaitingRefusals()
        self._advancing = False  # what is due is being decided
        self._token: object | None = None  # of the handler for which it waits: nothing is decided meanwhile
        self._gathered = False  # something was decided that is in no entry yet
        self._decided_at = now  # when that was
        super().__init__(name, limits, now, flushes=flushes, clock=clock, commits=commits, seed=seed, **others)
        behaviour.parties = self.seats.parties
        if self._shadows is not None:
            self._starts.state_of = self._shadows.state_of
        if self.log.last:
            self._due.find()
            self._schedule_flush()  # for what came to be due while the room was closed

    def _make_order(self, commits: CommitLog, clock: Clock) -> Order:
        self._order = RuledOrder(commits, clock, self._behaviour, self._greetings, self._shadows)
        self._due = DueCauses(self._behaviour, self._order)
        return self._order

    def _continue(self, saved: SavedRoom, now: float) -> None:
        if saved.last:
            self.state_sizes.measure(HELD, self._order.restore_rules(saved))
            self.meeting = self._behaviour.meeting
            if self._shadows is not None:
                self.state_sizes.measure(VIEWS, self._shadows.size)
            self._due.find()  # what was due, and waited, when the room was left: before players are away
        super()._continue(saved, now)

    @property
    def behaviour(self) -> Behaviour:
        """What decides in it."""
        return self._behaviour

    def change_behaviour(self, behaviour: Behaviour, now: float) -> None:
        """Go on with another behaviour, which takes over all that this one holds. Nobody in the room is disturbed.

        Raises `Refused` where it cannot; then all is as before.
        """
        before = self._behaviour
        if (behaviour.has_views, behaviour.own_fields) != (before.has_views, before.own_fields):
            raise Refused("rules-failed", "who sees what is another question now, and its readers have what they have")
        self._advance(now)
        self._close_gathered()
        try:
            held = behaviour.restore(Truth(before.save()), self.log.state.players.values())
        except ProtocolError as error:
            raise Refused("rules-failed", error.message) from None
        self._behaviour = self._order.behaviour = behaviour
        behaviour.parties = self.seats.parties
        self.state_sizes.measure(HELD, held)
        self.meeting = behaviour.meeting
        self._due = DueCauses(behaviour, self._order)
        self._due.step_while(self._is_somebody_here, now)
        if self._shadows is not None:
            self._shadows.behaviour = behaviour
            self._show_anew(now)
        self._schedule_flush()

    @property
    def _is_somebody_here(self) -> bool:
        return any(one.here for one in self._order.players.values())

    def _show_anew(self, now: float) -> None:
        """What views show may be another thing now: as a turn, that says what is different."""
        log, turned = self.log, Turned(unseen=True)
        try:
            seen = self._look(Turn, turned)
            turn = make_turn(Turn, (log.last + 1, "", log.time(now)), turned, {}, None, seen)
        except Exception as error:
            raise RoomBroken(self.commits) from error
        self._append(turn, log.time(now), {}, {}, ())

    # ------------------------------------------------------------------ the one way

    def _decide(self, cause: Cause, now: float) -> Decision:
        """Let the behaviour decide; what it did stands, or is undone."""
        self._decided_at = now
        decision = self._behaviour.decide(cause, self.log.time(now), self.log.last + 1)
        return decision if isinstance(decision, Waits) else self._judge(cause, decision)

    def _finish(self, token: object, cause: Cause, now: float) -> Outcome:
        """As `_decide`, of a handler that has ended."""
        self._decided_at = now
        return self._judge(cause, self._behaviour.finish(token, self.log.time(now)))

    def _judge(self, cause: Cause, decision: Outcome) -> Outcome:
        """What was decided stands, where it stays within limits, or is undone."""
        behaviour = self._behaviour
        if type(decision) is Decided and (decision.sizes or decision.held or decision.weight or decision.works):
            decision = checked(decision, self.limits, self.state_sizes)
        if type(decision) is Decided:
            self._keep()
        elif type(decision) is Rejected:
            behaviour.undo()
            if type(cause) in CANNOT_BE_REJECTED:
                behaviour.pass_over(cause, decision.message)
                self._keep()
        return decision

    def _forget_costs(self) -> None:
        """What has happened since the last time was caused by nobody, or is charged otherwise."""
        self._costs.clear()
        self._behaviour.take_effort()

    def _keep(self) -> None:
        behaviour, due = self._behaviour, self._due
        behaviour.keep()
        if behaviour.meeting is not self.meeting:
            self.meeting = behaviour.meeting
            self._board.changed(self)
        self._gathered = True
        if behaviour.next_due != due.next_due and due.decided() and self.log.last:
            self._schedule_flush()  # which asks for the next one at the new time

    def _advance(self, now: float) -> None:
        """Decide on what was due by now, each at its time. Before whatever happens next."""
        raise NotImplementedError

    def _close(self, now: float, kind: type[AnyEntry] = Turn, by: str = "", fields: tuple[Any, ...] = ()) -> None:
        """Make an entry of what the open batch did; as a turn, only where there is something.

        Raises `RoomBroken`: nobody knows then what the behaviour believes.
        """
        log = self.log
        try:
            changes = self._behaviour.changes() if self.commits.kept else {}
            turned, taken, self._taken, self._gathered = self._behaviour.close(), self._taken, {}, False
            if kind is Turn and not taken and turned.is_empty and not changes:
                if turned.works:
                    self._have_done(turned.works)
                return
            seq, at, state = log.last + 1, log.time(now), None
            if kind is not Turn or turned.sent_out:
                state = self._moved(kind, (seq, by, at, *fields), turned)
            seen = None if self._shadows is None else self._look(kind, turned, state)
            turn = make_turn(kind, (seq, by, at, *fields), turned, taken, state, seen)
            if kind is Join:
                self._greetings.joined(by, seq, turned.events)
            elif kind is Leave:
                self._greetings.forget(by)
            for player in turned.sent_out:
                self._greetings.forget(player)
            self._append(turn, at, changes, taken, turned.sent_out)
            self._costs.add_lines(turn.line, turn.private, self.feed.caught_up)
        except RoomBroken:
            raise
        except Exception as error:
            raise RoomBroken(self.commits) from error
        if turned.works:
            self._have_done(turned.works)
        if state is not None:
            if kind is Join or kind is Leave or turned.sent_out:
                self.seats.weight = command_weight(len(state.players))
                self._board.changed(self)
            self._due.step_while(self._is_somebody_here, now)
        if self.commits.committed == seq:
            self._schedule_flush()
        for player, why in turned.sent_out.items():
            self._end_stay(player, why, now)

    def _have_done(self, works: Sequence[object]) -> None:
        """A turn asks for work beside the order, which is to begin once the newest entry is committed."""

    def _moved(self, kind: type[AnyEntry], fields: tuple[Any, ...], turned: Turned) -> RoomState:
        """The room once somebody has come or gone, before what the rules have set in that turn."""
        state = self.log.state
        if kind is not Turn:
            entry: Callable[..., AnyEntry] = kind
            state = apply(state, entry(*fields))
        return without_players(state, turned.sent_out) if turned.sent_out else state

    def _look(self, kind: type[AnyEntry], turned: Turned, state: RoomState | None = None) -> Seen:
        """What a turn changes for each reader. `state`: as in `make_turn`."""
        assert self._shadows is not None
        present = (self._order.players if state is None else state.players).keys()
        seen = self._shadows.turn(turned, present, moved=kind is not Turn or bool(turned.sent_out))
        self.state_sizes.measure(VIEWS, self._shadows.size)
        self._costs.looked += self._shadows.looked
        self._shadows.looked = 0
        return seen

    def _append(
        self,
        turn: MadeTurn,
        at: int,
        changes: Mapping[str, BoxChange],
        taken: Mapping[str, list[int]],
        sent_out: Collection[str],
    ) -> None:
        """Give a turn its place; where the room is on disk, with what it changes there."""
        if not self.commits.kept:
            self._order.propose_turn(turn, at)
            return
        sessions = self.sessions
        numbers = {sessions[player].secret: max(one) for player, one in taken.items() if player in sessions}
        over = [sessions[player].secret for player in sent_out if player in sessions]
        self._order.propose_turn(turn, at, changes, numbers, over)

    def _end_stay(self, player: str, why: str, now: float) -> None:
        """The rules have sent a player out, and the log says so."""
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

    def _set_time(self, now: float) -> None:
        super()._set_time(now)
        self._due.find()

    def _close_gathered(self) -> None:
        """Somebody is to be told which of its commands are in the log: all that were decided."""
        if self._gathered:
            self._close(self._decided_at)

    # ------------------------------------------------------------------ what is written

    def flush(self, now: float) -> None:
        """Let happen what is due, and write as `Room.flush`. Raises `RoomBroken`."""
        self._advance(now)
        self._write(now)
        when = self._due.when
        if when < self.ticks.scheduled and self._token is None:
            self.ticks.scheduled = when
            self._flushes.schedule_at(self, when)

    def _write(self, now: float) -> None:
        if self._greetings.due and self._token is None:
            self._greet(now)
        super().flush(now)
        if self._refusals.waiting:
            nothing_waits = self.commits.committed == self.log.last and not self._gathered  # it may come to nothing
            self._refusals.tell(self.log.last + 1 if nothing_waits else self.commits.committed)

    def _greet(self, now: float) -> None:
        """Tell those who have begun to read what the rules said to them when they joined, as a turn of its own."""
        self._close(now)
        log, at, events = self.log, self.log.time(now), self._greetings.take()
        if events or self.commits.kept:  # there, it is written down that nobody waits any more
            turn = make_turn(Turn, (log.last + 1, "", at), Turned(events=events), {})
            self._append(turn, at, {}, {}, ())
