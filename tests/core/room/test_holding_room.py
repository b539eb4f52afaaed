"""A room that waits for a handler, which is a token here: nothing else is decided; what was deferred comes after."""

from __future__ import annotations

from typing import Any

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import DoRequest, SetRequest
from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.causes import Cause, Command, Joining, Left, Opened, StatePatch, TimerDue
from roomcast.core.room.clock import Clock
from roomcast.core.room.decisions import Decided, Decision, Outcome, Rejected, Waits
from roomcast.core.room.handler_runs import RoomHeld
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.session import Session
from roomcast.errors import Refused
from tests.core.entries import raw
from tests.core.room.test_behaviour import Kept, Nobody, Rules

TOKEN = "a token"


class Slow(Rules):
    """Its handler of `wait` waits, and comes to `outcome`."""

    def __init__(self) -> None:
        super().__init__()
        self.outcome: Outcome = Decided()
        self.finished: list[tuple[object, int]] = []

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        self.causes.append(cause)
        if isinstance(cause, TimerDue):
            self.next_due = float("inf")
        waits = isinstance(cause, Command) and cause.request.c == "wait"
        return Waits(TOKEN) if waits else Decided()

    def finish(self, token: object, at: int) -> Outcome:
        self.finished.append((token, at))
        return self.outcome


class Runs:
    """Notes what it is to run; the test says when that has ended."""

    def __init__(self) -> None:
        self.started: list[object] = []
        self.abandoned: list[object] = []

    def start(self, room: Any, token: object, /) -> None:
        self.started.append(token)

    def abandon(self, token: object, /) -> None:
        self.abandoned.append(token)


class Peer:
    """Notes what it is refused."""

    def __init__(self) -> None:
        self.refused: list[tuple[str, int]] = []
        self.woken = 0

    def go_on(self, now: float) -> None:
        self.woken += 1

    def refuse(self, code: str, message: str, n: int = 0) -> None:
        self.refused.append((code, n))


class Held:
    """A room in which Ada's first command waits, and Alan is, too."""

    def __init__(self) -> None:
        self.rules, self.runs, self.commits = Slow(), Runs(), Kept()
        self.room = RuledRoom(
            "dots", Limits(), 0.0, flushes=Nobody(), clock=Clock(), commits=self.commits, behaviour=self.rules,
            runs=self.runs,
        )  # fmt: skip
        self.ada = self.room.join("Ada", "secret-1", 0.0)
        self.alan = self.room.join("Alan", "secret-2", 0.0)
        self.ada.peer = self.peer = Peer()  # type: ignore[assignment]  # as much as is used
        self.do(self.ada, 1, "wait", 1.0)

    def do(self, session: Session, n: int, command: str, now: float) -> int:
        return self.room.do(session, DoRequest(n, command, raw([])), now)


@pytest.fixture
def held() -> Held:
    return Held()


def test_the_handler_is_started_and_the_room_is_held_until_it_has_ended(held: Held) -> None:
    room = held.room
    assert held.runs.started == [TOKEN]
    assert room.held
    assert not room.settled
    room.finished(TOKEN, 2.0)
    assert not room.held
    assert room.settled
    assert held.rules.finished == [(TOKEN, 2000)]


def test_a_number_is_used_once_it_is_decided(held: Held) -> None:
    last = held.room.log.last
    assert held.ada.n == 0
    held.room.finished(TOKEN, 2.0)
    assert held.ada.n == 1
    assert held.room.log.last == last + 1


def test_a_rejection_reaches_its_sender_and_leaves_nothing(held: Held) -> None:
    last, held.rules.outcome = held.room.log.last, Rejected("rejected", "no")
    held.room.finished(TOKEN, 2.0)
    held.room.flush(2.0)
    assert (held.ada.n, held.room.log.last) == (1, last)
    assert held.peer.refused == [("rejected", 1)]


def test_nobody_has_anything_to_send_with_and_all_have_afterwards_what_they_had(held: Held) -> None:
    buckets = [held.ada.bucket, held.alan.bucket]
    assert not any(bucket.take(1.5) for bucket in buckets)
    held.room.finished(TOKEN, 2.0)
    for bucket in buckets:
        assert sum(bucket.take(2.0) for _ in range(10_000)) == Limits().burst


def test_who_leaves_has_left_after_it(held: Held) -> None:
    held.room.leave(held.alan, 1.5)
    assert not any(isinstance(cause, Left) for cause in held.rules.causes)
    held.room.finished(TOKEN, 2.0)
    assert held.rules.causes[-1] == Left("Alan", "left")
    assert "Alan" not in held.room.state.players


def test_no_timer_runs_and_no_seat_is_given_up_meanwhile(held: Held) -> None:
    asked = len(held.rules.causes)
    held.rules.next_due = 1500.0
    held.room.flush(100.0)
    held.room.sweep(100.0)
    assert len(held.rules.causes) == asked
    held.room.finished(TOKEN, 100.0)
    held.room.flush(100.0)
    assert TimerDue() in held.rules.causes
    held.room.sweep(101.0)
    assert isinstance(held.rules.causes[-1], Left)


def test_what_is_deferred_is_called_in_order_and_waits_for_the_next_one_to_wait(held: Held) -> None:
    room, called = held.room, list[str]()
    room.defer(lambda now: called.append("first"))
    room.defer(lambda now: held.do(held.alan, 1, "wait", now))
    room.defer(lambda now: called.append("last"))
    room.finished(TOKEN, 2.0)
    assert called == ["first"]
    assert room.held
    room.finished(TOKEN, 3.0)
    assert called == ["first", "last"]
    assert not room.defer(lambda now: None)


def test_a_room_that_is_gone_abandons_its_handler(held: Held) -> None:
    called = list[float]()
    held.room.defer(called.append)
    held.room.abandon()
    assert held.runs.abandoned == [TOKEN]
    assert len(called) == 1
    held.room.finished(TOKEN, 2.0)
    assert not held.rules.finished


def test_where_nobody_can_run_it_the_room_cannot_go_on() -> None:
    room = RuledRoom("dots", Limits(), 0.0, flushes=Nobody(), clock=Clock(), commits=Kept(), behaviour=Slow())
    ada = room.join("Ada", "secret-1", 0.0)
    with pytest.raises(RoomBroken):
        room.do(ada, DoRequest(1, "wait", raw([])), 1.0)


def test_once_it_goes_on_players_are_heard_beginning_with_the_next(held: Held) -> None:
    heard = list[str]()
    for session in (held.ada, held.alan):
        peer = session.peer = Peer()  # type: ignore[assignment]  # as much as is used
        peer.go_on = lambda now, name=session.id: heard.append(name)  # type: ignore[misc]
    held.room.finished(TOKEN, 2.0)
    assert heard == ["Alan", "Ada"]


class SlowDoor(Slow):
    """It thinks about who comes and goes, about timers and about how it opens."""

    def __init__(self, waits: type[Any]) -> None:
        super().__init__()
        self.waits = waits

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        decision = super().decide(cause, at, seq)
        return Waits(TOKEN) if isinstance(cause, self.waits) else decision


def room_of(rules: Slow) -> RuledRoom:
    return RuledRoom(
        "dots", Limits(), 0.0, flushes=Nobody(), clock=Clock(), commits=Kept(), behaviour=rules, runs=Runs()
    )


def test_who_joins_is_in_the_room_once_that_is_decided() -> None:
    room = room_of(SlowDoor(Joining))
    ada = room.join("Ada", "secret-1", 1.0)
    assert room.held
    assert not room.state.players
    with pytest.raises(RoomHeld):
        room.join("Alan", "secret-2", 1.5)
    room.finished(TOKEN, 2.0)
    room.arrived(ada, 2.0)
    assert list(room.state.players) == ["Ada"]
    assert list(room.sessions) == ["Ada"]


def test_who_is_turned_away_hears_why_and_leaves_nothing() -> None:
    rules = SlowDoor(Joining)
    room, rules.outcome = room_of(rules), Rejected("rejected", "no")
    ada = room.join("Ada", "secret-1", 1.0)
    room.finished(TOKEN, 2.0)
    assert not room.sessions
    assert room.empty_since == 2.0
    with pytest.raises(Refused, match="no"):
        room.arrived(ada, 2.0)


def test_a_room_that_does_not_open_says_so_once_its_handler_has_ended() -> None:
    rules = SlowDoor(Opened)
    room, rules.outcome = room_of(rules), Rejected("rejected", "no")
    assert room.held
    with pytest.raises(Refused, match="no"):
        room.finished(TOKEN, 2.0)


def test_what_follows_from_a_leave_follows_once_it_is_decided() -> None:
    room = room_of(SlowDoor(Left))
    ada, alan = room.join("Ada", "secret-1", 1.0), room.join("Alan", "secret-2", 1.0)
    room.leave(ada, 2.0)
    room.leave(alan, 2.0)
    assert list(room.state.players) == ["Ada", "Alan"]
    room.finished(TOKEN, 3.0)
    assert list(room.state.players) == ["Alan"]
    assert room.empty_since is None
    room.finished(TOKEN, 4.0)
    assert not room.state.players
    assert room.empty_since == 4.0


def test_a_command_that_comes_after_a_timer_that_waits_is_decided_after_it() -> None:
    rules = SlowDoor(TimerDue)
    room = room_of(rules)
    ada = room.join("Ada", "secret-1", 1.0)
    rules.next_due = 1500.0
    room._due.find()
    assert room.do(ada, DoRequest(1, "move", raw([])), 2.0) == 0
    assert (room.held, ada.n) == (True, 0)
    room.finished(TOKEN, 3.0)
    assert ada.n == 1
    assert isinstance(rules.causes[-1], Command)
    assert isinstance(rules.causes[-2], TimerDue)


def test_a_patch_that_comes_after_a_timer_that_waits_is_judged_after_it() -> None:
    rules = SlowDoor(TimerDue)
    room = room_of(rules)
    ada = room.join("Ada", "secret-1", 1.0)
    rules.next_due = 1500.0
    room._due.find()
    assert room.set(ada, SetRequest(1, "me", raw({"x": 1})), 2.0) == 0
    assert (room.held, ada.n) == (True, 0)
    room.finished(TOKEN, 3.0)
    assert ada.n == 1
    assert isinstance(rules.causes[-1], StatePatch)
