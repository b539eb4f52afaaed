"""Sending players out, and closing rooms: for those who have the token."""

from typing import Any

import pytest

from roomcast.core.protocol.codec import encode
from roomcast.core.protocol.messages import Bye, Do, Error, Join, Leave, Report
from roomcast.core.protocol.observer_messages import Close, Kick, Watch, Watching
from roomcast.core.server.peer import Stage
from tests.core.fakes import House
from tests.core.looking import TOKEN, Looking, look

# ---------------------------------------------------------------------- with the token


@pytest.mark.parametrize("message", [Kick("Ada"), Close()])
def test_without_the_token_nobody_is_sent_away(message: Any) -> None:
    house = House(token=TOKEN)
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    eve.say(message)
    ada.say(message)
    for program in (ada, eve):
        (error,) = program.hear_errors()
        assert error.code == "not-allowed"
    assert not ada.connection.ended
    assert not eve.connection.ended


def test_a_kicked_player_is_told_and_so_are_the_others() -> None:
    house = House(token=TOKEN)
    ada, alan = house.join("Ada"), house.join("Alan")
    admin = look(house, token=TOKEN)
    admin.hear()
    admin.say(Kick("Ada"))
    house.flush()
    bye = ada.hear_bye()
    assert (bye.code, bye.again) == ("kicked", None)
    assert bye.message == "you were sent out of the room 'dots' by whoever runs the server"
    assert ada.connection.closed == (1008, "kicked")
    for program in (alan, admin):
        (leave,) = [message for message in program.hear() if isinstance(message, Leave)]
        assert (leave.by, leave.why) == ("Ada", "kicked")
    ada.do("move")
    ada.gone()
    house.flush()
    assert alan.hear() == []


def test_who_is_sent_out_has_heard_all_before_it() -> None:
    house = House(token=TOKEN)
    ada, alan, admin = house.join("Ada"), house.join("Alan"), look(house, token=TOKEN)
    for message in (Kick("Alan"), Close()):
        ada.do("move")
        admin.say(message)
        heard = (alan if isinstance(message, Kick) else ada).hear()
        assert [type(one) for one in heard if not isinstance(one, Report)][-2:] == [Do, Bye]


def test_a_kicked_player_cannot_come_back_as_itself_nor_by_an_accident_as_another() -> None:
    house = House(token=TOKEN, resume_window=20)
    ada, away = house.join("Ada"), house.join("Alan")
    away.gone()
    admin = look(house, token=TOKEN)
    for who in ("Ada", "Alan"):
        admin.say(Kick(who))
    for program in (ada, away):
        again = house.come_back(program)
        assert again.hear_bye().code == "kicked"
    assert house.room().state.players == {}
    house.wait(25)
    assert house.directory.revoked_sessions._ended == {}
    house.join("Ada")


def test_a_starter_client_is_kicked_with_a_line_that_says_so() -> None:
    house = House(token=TOKEN)
    joan = house.join_by_lines(("Joan",))
    joan.hear()
    look(house, token=TOKEN).say(Kick("Joan"))
    assert joan.hear() == ["error server you were sent out of the room 'dots' by whoever runs the server"]
    assert joan.connection.closed is not None


def test_kicking_one_who_is_not_there_says_so() -> None:
    house = House(token=TOKEN)
    for room in ("dots", "chess"):
        admin = look(house, room, TOKEN)
        house.join("Ada")
        admin.hear()
        admin.say(Kick("Alan"))
        (error,) = admin.hear_errors()
        assert error.code == "bad-argument"
        assert f"no player 'Alan' is in the room '{room}'" in error.message


def test_a_closed_room_sends_everyone_away_and_begins_anew() -> None:
    house = House(token=TOKEN)
    ada, joan, away = house.join("Ada"), house.join_by_lines(("Joan",)), house.join("Alan")
    ada.set("room", {"level": 9})
    away.gone()
    house.flush()
    joan.hear()
    admin = look(house, token=TOKEN)
    admin.hear()
    admin.say(Close())
    assert ada.hear_bye().message == "the room 'dots' was closed by whoever runs the server"
    assert joan.hear() == ["error server the room 'dots' was closed by whoever runs the server"]
    assert house.come_back(away).hear_bye().code == "room-closed"
    assert [leave.why for leave in admin.all(Leave)] == ["room-closed"] * 3
    assert house.directory.rooms == {}
    assert house.join("Ada").state.shared == {}
    assert [type(message) for message in admin.hear()] == [Watching, Join]
    admin.say(Close(), Close())
    assert admin.hear_errors() == []


# ---------------------------------------------------------------------- guessing the token


class Guesses:
    """Programs that say a token each, all from one address."""

    def __init__(self, house: House, address: str = "10.0.0.7") -> None:
        self.house = house
        self.address = address

    def wait(self, *tokens: str) -> float:
        """The seconds until a program that says these, in one frame, is told that the first is wrong; 0: it is in."""
        if overdrawn := self.house.directory.accounts.of(self.address, self.house.now).wait(self.house.now):
            self.house.now += overdrawn + 0.01  # else it would be heard later
        program = Looking(self.house, self.address)
        self.house.directory.enter(program.peer)
        wait = program.peer.receive(b"\n".join(encode(Watch("dots", token)) for token in tokens), self.house.now)
        if wait == 0.0 and program.peer.stage is Stage.WATCHING:
            program.peer.gone(self.house.now, clean=True)
            return -1.0
        if wait:
            assert program.hear() == []
            assert program.peer.read_on(self.house.now + wait / 2) == pytest.approx(wait / 2)
            assert program.peer.receive(encode(Watch("dots", TOKEN)), self.house.now) == pytest.approx(wait)
            program.peer.read_on(self.house.now + wait)
        error, bye = program.hear()
        assert isinstance(error, Error)
        assert isinstance(bye, Bye)
        assert error.code == bye.code == "bad-token"
        assert program.connection.closed is not None
        return wait


def test_wrong_tokens_are_answered_ever_later_and_the_right_one_at_once() -> None:
    house = House(token=TOKEN)
    pupil = Guesses(house)
    assert [pupil.wait(f"guess {number}") for number in range(12)] == [0.0] * 5 + [1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert pupil.wait(TOKEN) == pupil.wait(f" {TOKEN} ") == -1.0, "from the same address, too"
    assert Guesses(house, "10.0.0.8").wait("guess") == 0.0
    house.wait(60)
    assert pupil.wait("guess") == 0.0, "they are forgotten"


def test_many_guesses_in_one_frame_are_one() -> None:
    house = House(token=TOKEN)
    pupil = Guesses(house)
    assert [pupil.wait(*["guess"] * 100, TOKEN) for _ in range(7)] == [0.0] * 5 + [1.0, 2.0]


def test_all_of_a_household_guess_together() -> None:
    house = House(token=TOKEN)
    waits = [Guesses(house, f"2001:db8::{number}").wait("guess") for number in range(7)]
    assert waits == [0.0] * 5 + [1.0, 2.0]
    assert Guesses(house, "2001:db8:0:1::1").wait("guess") == 0.0


def test_guesses_are_charged_and_those_who_guess_are_in_the_log() -> None:
    house = House(token=TOKEN)
    told: list[str] = []
    house.directory._admin_token._log = told.append
    began = house.now
    for _ in range(200):
        Guesses(house).wait("guess")
    assert house.now > began, "in between, the address had nothing left to spend"
    assert told == ["6 wrong admin tokens came from 10.0.0.7: it is answered later each time"]


def test_guesses_from_however_many_addresses_take_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.server.guesses._MAX_ADDRESSES", 3)
    house = House(token=TOKEN)
    for number in range(10):
        Guesses(house, f"10.0.1.{number}").wait("guess")
    assert list(house.directory._admin_token._guesses._forgotten) == ["10.0.1.7", "10.0.1.8", "10.0.1.9"]


def test_a_server_without_a_token_lets_nobody_act() -> None:
    (error, _) = look(House(), token="anything").hear()
    assert isinstance(error, Error)
    assert error.code == "bad-token"
    assert "--token" in error.message
