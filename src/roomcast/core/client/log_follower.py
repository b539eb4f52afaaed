"""Follows the room's log as a client receives it: which entries have come, where to go on, what of ours is in them."""

from __future__ import annotations

from collections import deque
from typing import Final

from roomcast.core.client.client_events import Answered, Event, Joined
from roomcast.core.client.outbox import Outbox
from roomcast.core.client.settlement import Settlement
from roomcast.core.protocol.messages import Error, Skipped, Snapshot, Turn
from roomcast.core.protocol.turn_effects import NULL
from roomcast.errors import ProtocolError


class LogFollower:
    """`outbox`: what we have sent, until it is in the log."""

    __slots__ = ("_outbox", "events", "holding", "knows_world", "log", "seen", "settlement", "unasked")

    def __init__(self, events: deque[Event], outbox: Outbox) -> None:
        self.events: Final = events  # what has arrived: the shell takes it from the left
        self.seen = 0  # seq of the last entry received
        self.log = 0  # which log that is in: a new session, or a loss, begins another
        self.holding = False  # the program begins once more: nothing is to be run until the answer comes
        self.unasked: Final[deque[None]] = deque(maxlen=1)  # holds one while the server has not been asked
        self.knows_world = False  # all that the world is made of has come: since one, or since the room's beginning
        self.settlement: Final = Settlement()
        self._outbox = outbox

    @property
    def awaits_answer(self) -> bool:
        """Whether the server has been asked to begin once more, so that the next start is the answer."""
        return self.holding and not self.unasked

    def ask_by_hello(self) -> bool:
        """Whether the hello that is being made has to ask to begin once more; it counts as asked then."""
        holding = self.holding  # looked at once: the program, in its thread, may want that at any moment
        if holding:
            self.unasked.clear()
        return holding

    def start_at(
        self,
        me: str,
        seq: int,
        snapshot: Snapshot,
        *,
        upto: int,
        world: str,
        lost: str = "",
        dropped: int = 0,
        before: int = 0,
    ) -> None:
        """Go on from a snapshot, in another log or at another place of it. The arguments are as in `Joined`."""
        self.seen = seq
        self.log += 1
        self.knows_world = bool(world) or seq == 0
        again = self.awaits_answer
        self.events.append(Joined(me, seq, snapshot, lost, dropped, self.log, upto, world, before, again=again))
        if again:
            self.holding = False  # after the event: who sees that has the answer

    def skip(self, skipped: Skipped) -> None:
        """Entries are skipped: go on after them."""
        self.seen = skipped.last
        self.knows_world = bool(skipped.world)
        self.events.append(skipped)
        if skipped.upto:
            self.settlement.expect(skipped.upto, skipped.n)
        else:
            self._report_unanswered(self.settlement.skipped(skipped.last, skipped.n))

    def reject_hole(self, seq: int) -> None:
        """Refuse an entry that does not follow the last one: it would run too early, and again after the resume."""
        raise ProtocolError("bad-message", f"entry {seq} came after {self.seen}: the order has a hole")

    def take_own(self, turn: Turn) -> None:
        """Take a turn in which there are messages of ours; after it come the answers to those that asked."""
        answered = []
        results = {one.n: one.r for one in turn.re}
        for n in turn.ok:
            if self.settlement.may_come(n, turn.s):
                answer = self._outbox.answer_to(n)
                self._outbox.acknowledge(n)
                if answer is not None:
                    answer.resolve(results.get(n, NULL).copy(), turn.s)
                    answered.append(Answered(answer))
        self.events.append(turn)
        self.seen = turn.s
        self.events.extend(answered)
        if self.settlement.pending:
            self.settle()

    def settle(self) -> None:
        """Tell the program of our messages that should be among the entries up to here, and are not."""
        self._report_unanswered(self.settlement.reached(self.seen))

    def _report_unanswered(self, taken: int) -> None:
        """The server has received our messages up to number `taken`: those not acknowledged by now never will be."""
        message = "the server has had it, but what became of it was not heard"
        waiting = {n: answer for n in self._outbox.numbers(taken) if (answer := self._outbox.answer_to(n)) is not None}
        for n in self._outbox.settle(taken):
            answer = waiting.get(n)
            if answer is None:
                self.events.append(Error("unanswered", message, n))
            else:
                answer.fail("unanswered", message)
                self.events.append(Answered(answer))
