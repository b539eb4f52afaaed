"""Rooms with a password: who comes says it; guesses are answered late, and nobody looks on who could not come in."""

from __future__ import annotations

import msgspec
import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from roomcast.core.protocol.observer_messages import Watch, Watching
from roomcast.core.server.guesses import FREE, LONGEST
from roomcast.core.server.room_passwords import MOST_CHARACTERS, hashed
from roomcast.core.server.stage import Stage
from roomcast.errors import CannotConnect, Refused
from roomcast.testing import playtest
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import BURST, Program, codes
from tests.core.opening import opened
from tests.rules.duels import Duel, found, room_of, seeks
from tests.rules.houses import RuledHouse

PASSWORD = "a fish called Wanda"


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Duel, token="a token", **(BURST | {"room_players": 64}))


def make(house: RuledHouse, room: str = "duel-friday") -> Program:
    return comes(house, PASSWORD, room=room)


def comes(house: RuledHouse, password: str, address: str = "10.0.0.1", room: str = "duel-friday") -> Program:
    program = house.knock(address)
    program.say(Hello(room, "", VERSIONS, meet=Meet(password=password)))
    house.flush()
    return program


def test_who_knows_the_password_comes_in(house: RuledHouse) -> None:
    make(house)
    assert codes(comes(house, PASSWORD)) == []
    assert len(house.room("duel-friday").state.players) == 2


@pytest.mark.parametrize("password", ["", "a fish", PASSWORD + " ", PASSWORD.upper()])
def test_who_does_not_stays_outside(house: RuledHouse, password: str) -> None:
    make(house)
    assert codes(comes(house, password)) == ["Error bad-password", "Bye bad-password"]
    assert len(house.room("duel-friday").state.players) == 1


def test_who_says_nothing_of_a_password_or_speaks_lines_stays_outside(house: RuledHouse) -> None:
    make(house)
    program = house.knock()
    program.hello("duel-friday")
    assert codes(program) == ["Error bad-password", "Bye bad-password"]
    line = house.join_by_lines(("Cleo",), "duel-friday")
    assert "has a password" in " ".join(line.hear())


def test_who_comes_back_needs_no_password(house: RuledHouse) -> None:
    ada = make(house)
    ada.hear()
    ada.gone()
    again = house.knock()
    again.seq, again.state = ada.seq, ada.state
    again.hello("duel-friday", "", ada.back)
    house.flush()
    assert codes(again) == []


def test_nobody_is_brought_into_a_room_with_a_password(house: RuledHouse) -> None:
    program = house.knock()
    program.say(Hello("duel", "", VERSIONS, meet=Meet("new", password=PASSWORD)))
    room = room_of(program)
    assert found(house) != room
    assert codes(comes(house, PASSWORD, room=room)) == []


def test_a_password_is_no_help_in_a_room_without_one(house: RuledHouse) -> None:
    room = room_of(seeks(house))
    assert codes(comes(house, PASSWORD, room=room)) == []
    assert house.room(room).meeting.password == ""


def test_rooms_without_rules_have_none(house: RuledHouse) -> None:
    assert codes(comes(house, PASSWORD, room="chat")) == ["Error bad-password", "Bye bad-password"]
    assert house.directory.rooms == {}


def test_it_is_kept_as_a_salted_hash(house: RuledHouse) -> None:
    make(house)
    make(house, "duel-monday")
    kept = [house.room(name).meeting.password for name in ("duel-friday", "duel-monday")]
    assert kept[0] != kept[1]
    assert all("fish" not in one for one in kept)
    with pytest.raises(Refused, match="may have 200"):
        hashed("x" * (MOST_CHARACTERS + 1), "salt")


def test_many_guesses_are_answered_late_and_are_charged(house: RuledHouse) -> None:
    make(house)
    account = house.directory.accounts.of("10.0.9.9", house.now)
    answered = []
    for _ in range(FREE + 2):
        before = account._full_at
        answered.append(codes(comes(house, "a guess", "10.0.9.9")) != [])
        assert account._full_at > before
    assert answered == [True] * FREE + [False] * 2
    assert codes(comes(house, PASSWORD, "10.0.9.9")) == [], "who knows it is let in at once"
    assert any("wrong passwords of rooms came from 10.0.9.9" in line for line in house.logged)


def test_guesses_are_answered_late_of_those_too_who_wait_until_the_room_is_open() -> None:
    house = RuledHouse(Duel, store=MemoryStore(), **(BURST | {"room_players": 64}))
    make(house)
    house.flush()
    house.crash()
    house.held = True
    guessing = [comes(house, f"guess {n}", "10.0.9.9") for n in range(FREE + 2)]
    assert all(one.peer.stage is Stage.OPENING for one in guessing)
    opened(house)
    assert [codes(one) != [] for one in guessing] == [True] * FREE + [False] * 2
    house.wait(LONGEST + 1)
    assert all(codes(one) == ["Error bad-password", "Bye bad-password"] for one in guessing[FREE:])
    assert house.room("duel-friday").state.players.keys() == {"player"}


def test_nobody_looks_on_but_with_the_servers_token(house: RuledHouse) -> None:
    watching = house.knock()
    watching.say(Watch("duel-friday", v=VERSIONS))
    make(house)
    assert "Bye bad-password" in codes(watching), "it was there before the room was"
    late = house.knock()
    late.say(Watch("duel-friday", v=VERSIONS))
    assert codes(late) == ["Error bad-password", "Bye bad-password"]
    admin = house.knock()
    admin.say(Watch("duel-friday", "a token", VERSIONS))
    house.wait(2)
    assert any(isinstance(message, Watching) for message in admin.hear())


def test_in_a_playtest() -> None:
    game = playtest(Duel)
    red = game.create("red", password=PASSWORD)
    with pytest.raises(CannotConnect, match="has a password"):
        game.join("blue", red.room.code)
    game.join("blue", red.room.code, password=PASSWORD)
    assert len(red.players) == 2
    assert not any(msgspec.json.encode(PASSWORD) in frame for frame in red.received)
