"""Who comes, at random: nobody gets in whom the rules have not let in, and what is known is of who it is, and secret.

Eight mistakes that are made on purpose are found.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Bye, Hello, Resume
from roomcast.core.room.room import Room as CoreRoom
from roomcast.core.server.auth_line import AuthLine
from roomcast.core.server.auth_runs import Known
from roomcast.core.server.hello_peer import HelloPeer
from roomcast.core.server.stage import Stage
from roomcast.rules.auth_run import AuthRun
from roomcast.rules.known_players import KnownPlayers
from roomcast.server import Player, Reject, Room
from tests.core.fakes import Program
from tests.core.server.test_auth_line import Door
from tests.rules.planted import is_found

pytestmark = pytest.mark.takes(15)

Patch = pytest.MonkeyPatch
AT_ONCE, SHARE = 12, 9
STEPS: Final = 60
MEETS: Final = (None, None, Meet("any"), Meet("new"), Meet("new", private=True), Meet(spectate=True))
PASSED_BY: Final = {"auth-late", "rejected", "room-full", "no-room", "replaced", "bad-message"}
"""Why somebody may not come in whom the rules know."""


class Marked(Room):
    kind = "club"
    max_players = 4

    @staticmethod
    def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any] | bool:
        return {"mark": f"known-{credential}"} if credential and credential.startswith("right") else False

    def on_join(self, player: Player, auth: dict[str, Any]) -> None:
        if auth.get("mark", "").endswith(("3", "7")):
            raise Reject("not today")


class Comer:
    """One program, over all its connections."""

    def __init__(self, program: Program, credential: str | None) -> None:
        self.program = program
        self.credential = credential
        self.heard: list[str] = []
        self.is_gone = False


class Evening:
    """A door at which people come and go."""

    def __init__(self, seed: int) -> None:
        self.door = Door(Marked, auth_at_once=AT_ONCE, seat_kept=5.0, resume_window=20.0)
        self.random = random.Random(seed)
        self.comers: list[Comer] = []
        self.by_session: dict[str, str | None] = {}  # by which credential somebody came in
        for _ in range(STEPS):
            self.random.choice(
                (self.come, self.come, self.answer, self.answer, self.late, self.go, self.wait, self.crowd)
            )()
            self.check()
        self.door.answer()
        self.check()
        self.check_end()

    def come(self) -> None:
        gone = [one for one in self.comers if one.is_gone and one.program.welcome is not None]
        if gone and self.random.random() < 0.4:
            comer = self.random.choice(gone)
            before, comer.is_gone = comer.program, False
            self.hello(comer, Hello("club", comer.program.me, VERSIONS, before.back, credential=comer.credential))
            return
        self.come_new(f"10.0.{self.random.randrange(3)}.1")

    def crowd(self) -> None:
        """A school, behind one router."""
        if self.random.random() < 0.2:
            for _ in range(AT_ONCE):
                self.come_new("10.0.9.1")

    def come_new(self, address: str) -> None:
        number, name = len(self.comers), self.random.choice(("red", "blue"))
        credential = self.random.choice((f"right-{number}", f"right-{number}", f"wrong-{number}", None))
        resume = self.random.choice((None, None, Resume("guess", 0), Resume("guess", 0, fresh=True)))
        comer = Comer(self.door.house.knock(address), credential)
        self.comers.append(comer)
        meet = self.random.choice(MEETS)
        comer.program._fresh = resume is not None and resume.fresh
        comer.program.say(Hello("club", name, VERSIONS, resume, meet=meet, credential=credential))

    def hello(self, comer: Comer, hello: Hello) -> None:
        before, comer.program = comer.program, self.door.house.knock(comer.program.peer.address)
        comer.program.welcome, comer.program.seq, comer.program.state = before.welcome, before.seq, before.state
        comer.program.say(hello)

    def answer(self) -> None:
        if running := self.door.runs.running:
            self.door.answer_one(self.random.randrange(len(running)))

    def late(self) -> None:
        if (running := self.door.runs.running) and self.random.random() < 0.3:
            self.door.line.late(self.random.choice(running))

    def go(self) -> None:
        here = [one for one in self.comers if not one.is_gone]
        if here:
            comer = self.random.choice(here)
            comer.is_gone = True
            comer.program.gone()

    def wait(self) -> None:
        self.door.house.now += self.random.choice((0.5, 6.0, 12.0))
        self.door.house.directory.sweep(self.door.house.now)

    # ------------------------------------------------------------------ what is promised

    def check(self) -> None:
        self.door.house.flush()
        for comer in self.comers:
            self.listen(comer)
        self.check_line()
        for room in self.door.house.directory.rooms.values():
            for player in room.state.players:
                self.check_player(room, player)

    def listen(self, comer: Comer) -> None:
        program = comer.program
        written = b"".join(program.connection.writes)
        assert b"known-" not in written, "what is known is sent to nobody"
        assert b"right-" not in written
        comer.heard += [one.code for one in program.hear() if isinstance(one, Bye)]
        came_in = program.peer.stage is Stage.PRESENT
        if came_in and program.welcome is not None and program.welcome.session:
            self.by_session.setdefault(program.welcome.session, comer.credential)
        assert not came_in or (comer.credential or "").startswith("right"), "the rules have let nobody else in"

    def check_line(self) -> None:
        line = self.door.line
        assert line.running == len(self.door.runs.running) <= AT_ONCE
        assert max(Counter(line._running_of).values(), default=0) <= SHARE
        waiting = [one for one in self.comers if one.program.peer.stage is Stage.OPENING]
        assert len(line) == len([one for one in waiting if not one.is_gone])

    def check_player(self, room: CoreRoom, player: str) -> None:
        credential = self.by_session[room.sessions[player].secret]
        known = self.door.house.behaviour(room.name).room.players[player].auth
        assert known == {"mark": f"known-{credential}"}, "of each player is known what the rules have said of it"

    def check_end(self) -> None:
        assert (len(self.door.line), self.door.line.running) == (0, 0)
        assert not [one for one in self.comers if one.program.peer.stage is Stage.OPENING and not one.is_gone]
        for comer in self.comers:
            if (comer.credential or "").startswith("right"):
                assert set(comer.heard) <= PASSED_BY, "who is known is let in"


@pytest.mark.parametrize("seed", range(60))
def test_nobody_gets_in_whom_the_rules_have_not_let_in(seed: int) -> None:
    Evening(seed)


def test_many_come_in_and_for_all_reasons_some_do_not() -> None:
    evenings = [Evening(seed) for seed in range(60)]
    assert sum(len(one.by_session) for one in evenings) > 60
    heard = {code for one in evenings for comer in one.comers for code in comer.heard}
    assert heard >= {"auth-refused", "auth-late", "rejected", "room-full", "no-room"}


# ---------------------------------------------------------------- mistakes, on purpose


def answers_go_to_another(patch: Patch) -> None:
    real = AuthLine.ended

    def ended(self: AuthLine, run: AuthRun, now: float) -> None:
        running = list(self._running.values())
        if len(running) > 1 and (mine := self._running.get(run)) is not None:
            other = next(one for one in running if one is not mine)
            if mine.peer is not None and other.peer is not None:
                mine.peer, other.peer = other.peer, mine.peer
                self._of_peer[mine.peer], self._of_peer[other.peer] = mine, other
        real(self, run, now)

    patch.setattr(AuthLine, "ended", ended)


def sessions_of_nobody_are_believed(patch: Patch) -> None:
    real = HelloPeer._asks_rules
    patch.setattr(HelloPeer, "_asks_rules", lambda self, *given: self._hello.resume is None and real(self, *given))


def onlookers_are_not_asked(patch: Patch) -> None:
    real = HelloPeer._asks_rules

    def asks(self: HelloPeer, room: str, now: float) -> bool:
        meet = self._hello.meet
        return not (meet is not None and meet.spectate) and real(self, room, now)

    patch.setattr(HelloPeer, "_asks_rules", asks)


def what_is_refused_comes_in(patch: Patch) -> None:
    patch.setattr(AuthRun, "outcome", lambda self: Known())


def what_was_known_before_is_known_of_the_next(patch: Patch) -> None:
    """A player's answer stays in the room under its id, for whoever is called so next."""
    real = KnownPlayers._add
    kept: dict[str, Any] = {}

    def add(self: KnownPlayers, player: Player) -> Any:
        box = real(self, player)
        player._auth = kept.setdefault(player.id, box)
        return box

    patch.setattr(KnownPlayers, "_add", add)


def nothing_is_known_at_another_seat(patch: Patch) -> None:
    real = CoreRoom._vacate

    def vacate(self: CoreRoom, session: Any, now: float) -> None:
        real(self, session, now)
        session.auth = b"{}"

    patch.setattr(CoreRoom, "_vacate", vacate)


def who_is_gone_stays_in_line(patch: Patch) -> None:
    patch.setattr(AuthLine, "forget", lambda self, peer: None)


def an_address_has_no_share(patch: Patch) -> None:
    patch.setattr("roomcast.core.server.auth_line.share_of", lambda many, limits: many)


FAULTS: Final[list[Callable[[Patch], None]]] = [
    answers_go_to_another,
    sessions_of_nobody_are_believed,
    onlookers_are_not_asked,
    what_is_refused_comes_in,
    what_was_known_before_is_known_of_the_next,
    nothing_is_known_at_another_seat,
    who_is_gone_stays_in_line,
    an_address_has_no_share,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_mistake_is_found(fault: Callable[[Patch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    fault(monkeypatch)
    assert is_found(Evening, errors=(AssertionError, KeyError))
