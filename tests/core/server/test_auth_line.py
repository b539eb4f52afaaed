"""Who may come in is asked before there is a seat: so many at once, one address after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello, Resume
from roomcast.core.protocol.observer_messages import Watch, Watching
from roomcast.core.server.failures import Failures
from roomcast.core.server.guesses import FREE, LONGEST
from roomcast.core.server.prices import AUTH, WRONG_CREDENTIAL
from roomcast.core.server.rules_change import change_rules
from roomcast.core.server.stage import Stage
from roomcast.rules.auth_run import AuthRun
from roomcast.server import Player, Room
from tests.core.fakes import BURST, Program, codes
from tests.rules.clubs import ADA, ALAN, Club
from tests.rules.houses import RuledHouse


class Runs:
    """Runs that begin and end when a test says so."""

    def __init__(self) -> None:
        self.running: list[AuthRun] = []
        self.stopped: list[AuthRun] = []
        self.fails = False

    def start(self, run: AuthRun, /) -> None:
        if self.fails:
            raise RuntimeError("can't start new thread")
        self.running.append(run)

    def stop(self, run: AuthRun, /) -> None:
        self.stopped.append(run)


class Door:
    """A server at whose door a club asks who comes."""

    def __init__(self, *classes: type[Room], **options: Any) -> None:
        self.runs = Runs()
        options = BURST | {"token": "a token"} | options
        self.house = RuledHouse(*(classes or (Club,)), auth_runs=self.runs, **options)
        self.line = self.house.directory.auth

    def comes(self, credential: str | None = ADA, address: str = "10.0.0.1", **hello: Any) -> Program:
        program = self.house.knock(address)
        program.say(
            Hello(hello.pop("room", "club"), hello.pop("name", "red"), VERSIONS, credential=credential, **hello)
        )
        return program

    def answer(self) -> None:
        """All are asked, and those who are in line then."""
        while self.runs.running:
            self.answer_one()

    def answer_one(self, place: int = 0) -> None:
        run = self.runs.running.pop(place)
        run.run()
        self.line.ended(run, self.house.now)
        self.house.flush()

    def names(self, room: str = "club") -> list[str]:
        return [one.name for one in self.house.room(room).state.players.values()]


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    yield made
    assert made.house.failed == []


def test_there_is_no_seat_and_no_room_before_the_rules_have_answered(door: Door) -> None:
    ada = door.comes()
    assert ada.peer.stage is Stage.OPENING
    assert door.house.directory.rooms == {}
    door.answer()
    assert codes(ada) == []
    assert ada.peer.stage is Stage.PRESENT
    assert door.names() == ["Ada"]
    assert ada.peer._hello.credential is None, "it is forgotten"


def test_what_is_said_meanwhile_is_not_lost(door: Door) -> None:
    ada = door.comes()
    ada.do("rank")
    door.answer()
    ada.peer.read_on(door.house.now)
    door.house.flush()
    assert ada.peer.session is not None
    assert ada.peer.session.n == 1


def test_so_many_are_asked_for_at_once_and_one_address_has_no_more_than_its_share() -> None:
    door = Door(auth_at_once=16, address_share=0.75)
    crowd = [door.comes(name=f"crowd{number}") for number in range(30)]
    others = [door.comes(address=f"10.0.1.{number}", name=f"other{number}") for number in range(8)]
    assert door.line.running == 16
    assert len(door.line) == 38
    asked = [run._args[0] for run in door.runs.running]
    assert asked == [f"crowd{number}" for number in range(12)] + [f"other{number}" for number in range(4)]
    door.answer_one()
    door.answer_one()
    assert [run._args[0] for run in door.runs.running][-2:] == ["crowd12", "other4"], "addresses take turns"
    while door.runs.running:
        door.answer_one()
    assert all(one.peer.stage is Stage.PRESENT for one in (*crowd, *others))
    assert (door.line.running, len(door.line)) == (0, 0)


def test_who_goes_away_gives_up_its_place_and_its_run_counts_until_it_has_ended() -> None:
    door = Door(auth_at_once=1)
    ada, alan, grace = door.comes(), door.comes(), door.comes(ALAN)
    alan.gone()
    assert (len(door.line), door.line.running) == (2, 1)
    ada.gone()
    (run,) = door.runs.running
    assert door.runs.stopped == [run]
    assert (len(door.line), door.line.running) == (1, 1), "a thread cannot be stopped"
    door.answer_one()
    door.answer_one()
    assert door.names() == ["red"]
    assert codes(grace) == []
    assert (len(door.line), door.line.running) == (0, 0)


def test_who_was_told_that_it_took_too_long_does_not_come_in_by_it_later(door: Door) -> None:
    ada = door.comes()
    (run,) = door.runs.running
    door.line.late(run)
    assert codes(ada) == ["Error auth-late", "Bye auth-late"]
    door.answer_one()
    assert door.house.directory.rooms == {}
    assert codes(ada) == []
    ((sentence, _),) = door.house.failed
    assert "Club.on_auth was stopped" in sentence
    assert "auth-time" in sentence
    door.house.failed.clear()


def test_who_is_in_line_for_too_long_is_told_so() -> None:
    door = Door(auth_at_once=1, auth_time=10)
    door.comes()
    alan = door.comes(ALAN)
    door.house.directory.exclude_downtime(3600, door.house.now)
    door.house.directory.sweep(door.house.now)
    assert codes(alan) == []
    door.house.now += 11
    door.house.directory.sweep(door.house.now)
    assert codes(alan) == ["Error auth-late", "Bye auth-late"]
    assert len(door.line) == 1


def test_where_nothing_can_be_run_who_comes_is_told_to_try_again() -> None:
    door = Door(failures=Failures(lambda what, error: None))
    door.runs.fails = True
    assert codes(door.comes()) == ["Error server-error", "Bye server-error"]
    assert (len(door.line), door.line.running) == (0, 0)


def test_wrong_credentials_are_answered_late_and_are_charged(door: Door) -> None:
    account = door.house.directory.accounts.of("10.0.9.9", door.house.now)
    answered = []
    for number in range(FREE + 2):
        before = account._full_at
        program = door.comes(f"a guess {number}", "10.0.9.9")
        door.answer()
        answered.append(codes(program))
        price = (AUTH + WRONG_CREDENTIAL) * 1e-6 / door.house.directory.limits.address_time
        assert account._full_at - max(before, door.house.now) >= price
    refused = ["Error auth-refused", "Bye auth-refused"]
    assert answered == [refused] * FREE + [[], []]
    ada = door.comes(ADA, "10.0.9.9")
    door.answer()
    assert codes(ada) == [], "who knows one is let in at once"
    door.house.now += LONGEST
    door.house.directory.sweep(door.house.now)
    assert codes(program) == refused
    assert any("wrong credentials came from 10.0.9.9" in line for line in door.house.logged)
    assert "guess" not in " ".join(door.house.logged)


def test_who_says_no_credential_has_guessed_nothing(door: Door) -> None:
    for _ in range(FREE + 2):
        program = door.comes(None)
        door.answer()
        assert codes(program) == ["Error auth-refused", "Bye auth-refused"]


def test_a_session_that_nobody_has_is_no_way_around_it(door: Door) -> None:
    guess = Resume("secret-1", 0)
    program = door.comes(None, resume=guess)
    assert door.house.directory.rooms == {}
    door.answer()
    assert codes(program) == ["Error auth-refused", "Bye auth-refused"]
    door.comes()
    door.answer()
    program = door.comes(None, resume=Resume("secret-99", 0))
    door.answer()
    assert codes(program) == ["Error auth-refused", "Bye auth-refused"]
    assert door.names() == ["Ada"]


def test_who_has_a_session_is_not_asked(door: Door) -> None:
    ada = door.comes()
    door.answer()
    ada.hear()
    ada.gone()
    again = door.house.knock()
    again.seq, again.state = ada.seq, ada.state
    again.hello("club", "", ada.back)
    door.house.flush()
    assert codes(again) == []
    assert again.peer.stage is Stage.PRESENT
    assert not door.runs.running


@pytest.mark.parametrize("meet", [Meet("any"), Meet("new"), Meet("new", private=True), Meet(spectate=True)])
def test_however_somebody_comes_it_is_asked(door: Door, meet: Meet) -> None:
    ada = door.comes()
    door.answer()
    program = door.comes("a guess", meet=meet)
    assert len(door.runs.running) == 1
    door.answer()
    assert codes(program) == ["Error auth-refused", "Bye auth-refused"]
    assert list(door.house.directory.rooms) == ["club"]
    program = door.comes(ALAN, meet=meet)
    door.answer()
    assert codes(program) == []
    assert program.peer.stage is Stage.PRESENT
    assert codes(ada) == []


def test_a_code_is_as_good_as_a_name_and_no_better(door: Door) -> None:
    door.comes()
    door.answer()
    code = door.house.directory.code("club")
    program = door.comes("a guess", room=code)
    door.answer()
    assert codes(program) == ["Error auth-refused", "Bye auth-refused"]
    program = door.comes(ALAN, room=code.lower())
    door.answer()
    assert codes(program) == []
    assert door.names() == ["Ada", "red"]


def test_nobody_watches_such_a_room_without_the_servers_token(door: Door) -> None:
    early = door.house.knock()
    early.say(Watch("club", v=VERSIONS))
    door.comes()
    door.answer()
    assert codes(early) == ["Bye not-allowed"]
    late, admin = door.house.knock(), door.house.knock()
    late.say(Watch("club", v=VERSIONS))
    assert codes(late) == ["Error not-allowed", "Bye not-allowed"]
    admin.say(Watch("club", v=VERSIONS, token="a token"))
    assert any(isinstance(one, Watching) for one in admin.hear())


def test_line_clients_say_no_credential(door: Door) -> None:
    line = door.house.join_by_lines(("Cleo",), "club")
    assert line.peer.stage is Stage.OPENING
    door.answer()
    assert "they ask who you are" in " ".join(line.hear())
    assert door.house.directory.rooms == {}


def test_line_clients_are_let_in_by_rules_that_want_none() -> None:
    class Open(Room):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> dict[str, Any]:
            return {"guest": credential is None}

        def on_join(self, player: Player, auth: dict[str, Any]) -> None:
            player["guest"] = auth["guest"]

    door = Door(Open)
    line = door.house.join_by_lines(("Cleo",), "open")
    door.answer()
    assert door.house.room("open").state.players["Cleo"].state.decoded() == {"guest": True}
    line.gone()
    assert door.house.room("open").state.players == {}


def test_rooms_without_it_are_open_meanwhile(door: Door) -> None:
    door.comes()
    assert door.house.join("Grace", "chat").me == "Grace"


def test_new_rules_ask_who_comes_later_and_send_nobody_out() -> None:
    class Open(Room):
        kind = "club"

    door = Door(Open)
    ada = door.comes(None)
    assert door.names() == ["red"]
    watcher = door.house.knock()
    watcher.say(Watch("club", v=VERSIONS))
    watcher.hear()
    door.house.kinds.take({"club": Club})
    assert change_rules(door.house.directory, door.house.now) == {"club": ""}
    assert codes(watcher) == ["Bye not-allowed"]
    alan = door.comes("a guess")
    door.answer()
    assert codes(alan) == ["Error auth-refused", "Bye auth-refused"]
    assert codes(ada) == []
    assert door.names() == ["red"]
    door.house.kinds.take({"club": Open})
    change_rules(door.house.directory, door.house.now)
    assert codes(door.comes(None)) == []
    assert len(door.names()) == 2


def test_who_waits_while_the_rules_change_has_to_pass_the_new_ones() -> None:
    class Open(Room):
        kind = "club"

    class Asking(Open):
        @staticmethod
        def on_auth(name: str, credential: str | None, options: dict[str, Any]) -> bool:
            return True

    door = Door(Asking)
    program = door.comes("a guess", meet=Meet("any"))
    door.house.kinds.take({"club": Open})
    door.answer()
    assert codes(program) == []
    assert not door.runs.running


@pytest.mark.parametrize("credential", [b"4711", b"null", b'["open sesame"]', b'{"password":"open sesame"}', b"true"])
def test_what_is_no_text_is_no_message_and_is_quoted_nowhere(door: Door, credential: bytes) -> None:
    program = door.house.knock()
    program.say(b'{"t":"hello","room":"club","v":[1,2],"credential":%s}' % credential)
    door.answer()
    heard = program.hear_errors()
    code = "auth-refused" if credential == b"null" else "bad-message"
    assert [one.code for one in heard] == [code]
    assert "sesame" not in heard[0].message
    assert "4711" not in heard[0].message
