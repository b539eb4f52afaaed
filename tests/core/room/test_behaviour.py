"""A behaviour decides what becomes an entry: what it rejects leaves no trace but the error to its sender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import AnyEntry, Do, DoRequest, Set, SetRequest
from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.causes import Cause, Command, Joining, Opened, StatePatch
from roomcast.core.room.clock import Clock
from roomcast.core.room.decisions import ACCEPT, Decision, Rejected
from roomcast.core.room.relay import RELAY, Relay
from roomcast.core.room.room import Room
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.core.room.session import Session
from roomcast.errors import Refused
from roomcast.storage.memory import MemoryCommitLog
from tests.core.entries import raw
from tests.core.fakes import act

NO_CHEATING = Rejected("not-allowed", "nobody may cheat here")
STATE_IS_CLOSED = Rejected("not-allowed", "only the game sets the state of the room")


class Rules(Relay):
    """Rejects the command `cheat` and patches of the room's state. It notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, DoRequest | SetRequest]] = []
        self.causes: list[Cause] = []

    def decide(self, cause: Cause, at: int, seq: int) -> Decision:
        self.causes.append(cause)
        if isinstance(cause, Command | StatePatch):
            self.asked.append((cause.player, cause.request))
        if isinstance(cause, Command) and cause.request.c == "cheat":
            return NO_CHEATING
        return STATE_IS_CLOSED if isinstance(cause, StatePatch) and cause.request.of == "room" else ACCEPT


class Nobody:
    """Nobody drives these rooms: what they have to flush stays."""

    def schedule(self, room: Room) -> None:
        pass


class Kept(MemoryCommitLog):
    """A commit log that notes what it is given, and under which numbers."""

    def __init__(self) -> None:
        super().__init__("dots")
        self.numbers: list[int] = []

    def append(self, seq: int, line: bytes, private: bytes | None = None, secret: str = "", n: int = 0) -> None:
        super().append(seq, line, private, secret, n)
        self.numbers.append(n)

    def append_turn(
        self, seq: int, line: bytes, turn: Any, truth: Any, numbers: Mapping[str, int], over: Any = ()
    ) -> None:
        super().append_turn(seq, line, turn, truth, numbers)
        self.numbers.append(max(numbers.values(), default=0))


def room_of(behaviour: Behaviour = RELAY, **limits: int) -> tuple[Room, Session, Kept]:
    """A room with that behaviour, and a player in it."""
    commits = Kept()
    room = RuledRoom(
        "dots", Limits(**limits), 0.0, flushes=Nobody(), clock=Clock(), commits=commits, behaviour=behaviour
    )  # fmt: skip
    return room, room.join("Ada", "secret-1", 0.0), commits


@pytest.fixture
def rules() -> Rules:
    return Rules()


def entries(room: Room, after: int = 1) -> list[AnyEntry]:
    """What came after the join."""
    return room.log.entries(after, room.log.last)


def say(room: Room, session: Session, message: DoRequest | SetRequest) -> int:
    return room.do(session, message, 1.0) if isinstance(message, DoRequest) else room.set(session, message, 1.0)


def refusal(room: Room, session: Session, message: DoRequest | SetRequest) -> Refused:
    with pytest.raises(Refused) as refused:
        say(room, session, message)
    return refused.value


# ---------------------------------------------------------------------- what is rejected


def test_a_rejected_command_leaves_nothing_in_the_log_and_is_answered_under_its_number(rules: Rules) -> None:
    room, ada, commits = room_of(rules)
    state = room.state
    refused = refusal(room, ada, act(1, "cheat"))
    assert (refused.code, refused.message, refused.n) == ("not-allowed", "nobody may cheat here", 1)
    assert room.log.last == 1
    assert room.state is state
    assert commits.numbers == [0], "the join alone"


@pytest.mark.parametrize("whole", [False, True])
def test_a_rejected_patch_changes_no_state(rules: Rules, whole: bool) -> None:
    room, ada, commits = room_of(rules)
    state = room.state
    refused = refusal(room, ada, SetRequest(1, "room", raw({"level": 2}), whole))
    assert (refused.code, refused.n) == ("not-allowed", 1)
    assert room.state is state
    assert room.log.last == 1
    assert commits.numbers == [0]


def test_a_rejected_private_command_is_told_to_nobody(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    room.join("Alan", "secret-2", 0.0)
    refusal(room, ada, act(1, "cheat", to=("Alan",)))
    assert room.log.last == 2
    assert room.log.private_lines == {}


def test_a_number_is_used_up_by_a_rejection(rules: Rules) -> None:
    room, ada, commits = room_of(rules)
    refusal(room, ada, act(1, "cheat"))
    assert room.do(ada, act(2, "move"), 1.0) == 2
    refusal(room, ada, SetRequest(3, "room", raw({"level": 2})))
    assert room.do(ada, act(4, "move"), 1.0) == 3
    assert commits.numbers == [0, 2, 4]


def test_what_was_rejected_and_is_sent_again_is_dropped_and_not_decided_anew(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    refusal(room, ada, act(1, "cheat"))
    refusal(room, ada, SetRequest(2, "room", raw({"level": 2})))
    assert room.do(ada, act(1, "cheat"), 2.0) == 0
    assert room.set(ada, SetRequest(2, "room", raw({"level": 2})), 2.0) == 0
    assert len(rules.asked) == 2


def test_one_players_rejection_is_no_concern_of_another(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    alan = room.join("Alan", "secret-2", 0.0)
    refusal(room, ada, act(1, "cheat"))
    assert room.do(alan, act(1, "move"), 1.0) == 3
    (entry,) = entries(room, after=2)
    assert isinstance(entry, Do)
    assert (entry.by, entry.c, entry.n) == ("Alan", "move", 1)


def test_rejected_patches_do_not_fill_the_state(rules: Rules) -> None:
    room, ada, _ = room_of(rules, room_state=100)
    for n in range(1, 50):
        assert refusal(room, ada, SetRequest(n, "room", raw({f"key{n}": "x" * 40}))).code == "not-allowed"


# ---------------------------------------------------------------------- what is accepted, and what is not asked


def test_what_is_accepted_becomes_an_entry_as_it_came(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    room.do(ada, act(1, "move", 5, {"x": 1}), 1.0)
    room.set(ada, SetRequest(2, "me", raw({"color": "red"}), True), 1.0)
    do, patch = entries(room)
    assert isinstance(do, Do)
    assert isinstance(patch, Set)
    assert (do.by, do.c, bytes(memoryview(do.a)), do.n) == ("Ada", "move", b'[5,{"x":1}]', 1)
    assert (patch.by, patch.of, bytes(patch.p), patch.whole, patch.n) == ("Ada", "me", b'{"color":"red"}', True, 2)
    assert room.state.players["Ada"].state == {"color": "red"}


def test_it_is_asked_once_for_each_with_the_player_that_sent_it(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    command, patch = act(1, "move"), SetRequest(2, "me", raw({"x": 1}))
    room.do(ada, command, 1.0)
    room.set(ada, patch, 1.0)
    assert rules.asked == [("Ada", command), ("Ada", patch)]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (act(1, "no spaces in names"), "bad-name"),
        (DoRequest(1, "move", msgspec.Raw(b"5")), "bad-argument"),
        (act(1, "move", to=("nobody",)), "bad-argument"),
        (act(2, "move"), "gap"),
        (SetRequest(1, "you", raw({})), "bad-argument"),
        (SetRequest(1, "me", raw({"x": "y" * 200})), "state-full"),
        (SetRequest(2, "me", raw({})), "gap"),
    ],
)
def test_it_is_not_asked_about_what_is_wrong_in_any_room(
    rules: Rules, message: DoRequest | SetRequest, code: str
) -> None:
    room, ada, _ = room_of(rules, player_state=100)
    assert refusal(room, ada, message).code == code
    assert rules.asked == []


def test_it_is_asked_about_everyone_who_comes_and_goes(rules: Rules) -> None:
    room, ada, _ = room_of(rules)
    room.drop(ada, 1.0)
    room.come_back(ada, 2.0)
    room.leave(ada, 3.0)
    assert room.log.last == 4
    assert rules.asked == []
    assert [type(cause).__name__ for cause in rules.causes] == ["Opened", "Joining", "Dropped", "Returned", "Left"]
    assert rules.causes[:2] == [Opened(), Joining("Ada", "Ada")]


def test_the_relay_accepts_everything() -> None:
    room, ada, _ = room_of()
    room.do(ada, act(1, "cheat"), 1.0)
    room.set(ada, SetRequest(2, "room", raw({"level": 2})), 1.0)
    room.set(ada, SetRequest(3, "me", raw({"level": 3})), 1.0)
    assert [type(entry) for entry in entries(room)] == [Do, Set, Set]
    assert codec.encode(room.state.shared) == b'{"level":2}'
