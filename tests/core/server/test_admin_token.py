"""Sending players out, and closing rooms: for those who have the token."""

from typing import Any

import pytest

from roomcast.core.protocol.messages import (
    Bye,
    Close,
    Do,
    Error,
    Join,
    Kick,
    Leave,
    Report,
    Watching,
)
from tests.core.fakes import House
from tests.core.looking import TOKEN, look

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


def test_after_five_wrong_tokens_an_address_has_to_wait_even_with_the_right_one() -> None:
    house = House(token=TOKEN)

    def answer(token: str, address: str = "10.0.0.7") -> str:
        told = look(house, token=token, address=address).hear()[0]
        return told.message if isinstance(told, Error) else "in"

    for number in range(5):
        assert answer(f"guess {number}").startswith("that is not this server's token")
    refused = "too many wrong tokens came from 10.0.0.7: try again in 10 s"
    assert answer("guess 6") == refused
    assert answer(TOKEN) == refused
    assert answer(TOKEN, "10.0.0.8") == "in"
    house.now += 10
    assert answer(f" {TOKEN} ") == "in"
    for _ in range(5):
        answer("wrong")
    assert answer(TOKEN).startswith("too many")


def test_guesses_from_however_many_addresses_take_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.server.admin_token._MAX_ADDRESSES", 3)
    house = House(token=TOKEN)
    for number in range(10):
        look(house, token="guess", address=f"10.0.1.{number}")
    assert list(house.directory._admin_token._tries) == ["10.0.1.7", "10.0.1.8", "10.0.1.9"]


def test_a_server_without_a_token_lets_nobody_act() -> None:
    (error, _) = look(House(), token="anything").hear()
    assert isinstance(error, Error)
    assert error.code == "bad-token"
    assert "--token" in error.message
