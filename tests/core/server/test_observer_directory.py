"""Which rooms are watched, open or not, and who may watch them."""

import pytest

from roomcast.core.protocol.messages import Bye, Do, Error, Join
from roomcast.core.protocol.observer_messages import Counts, Watch, Watching
from tests.core.fakes import House
from tests.core.looking import TOKEN, Looking, look, reports, tick

# ---------------------------------------------------------------------- rooms that open and go


def test_watching_a_room_that_is_not_there_does_not_make_it() -> None:
    house = House()
    eve = look(house, room=" dots ")
    assert eve.one(Watching) == Watching("dots", 0, int(house.now * 1000))
    assert house.directory.rooms == {}
    tick(house)
    assert eve.one(Counts) == Counts(0, int(house.now * 1000), 1.0, 0, 0, 0)
    ada = house.knock()
    ada.hello("dots", "Ada")
    house.flush()
    assert [type(message) for message in eve.hear()] == [Watching, Join]
    assert reports(ada) == [1]


def test_an_observer_stays_when_the_room_is_forgotten_and_comes_anew() -> None:
    house = House(empty_room=1, resume_window=2, seat_kept=1)
    ada = house.join("Ada")
    eve = look(house)
    ada.gone(clean=True)
    house.wait(5)
    assert house.directory.rooms == {}
    assert eve.all(Watching)[-1].players == ()
    house.join("Alan").do("move")
    house.flush()
    told = eve.hear()
    assert [type(message) for message in told if not isinstance(message, Counts)] == [Watching, Join, Do]


def test_when_all_observers_are_gone_nothing_is_left_of_them() -> None:
    house = House()
    house.join("Ada")
    for eve in [look(house), look(house, room="chess"), look(house, room="chess")]:
        eve.gone()
    assert house.directory._observers._rooms == {}


# ---------------------------------------------------------------------- who may watch


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Watch(""), "bad-name"),
        (Watch("a/b"), "bad-name"),
        (Watch("dots", v=(7,)), "version"),
        (Watch("dots", "wrong"), "bad-token"),
    ],
)
def test_what_is_wrong_with_a_watch_ends_the_connection(message: Watch, code: str) -> None:
    house = House(token=TOKEN)
    eve = Looking(house, "10.0.0.7")
    house.directory.enter(eve.peer)
    eve.say(message)
    error, bye = eve.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert (error.code, bye.code, bye.again) == (code, code, None)
    assert eve.connection.closed == (1008, code)
    eve.gone()


def test_a_room_has_only_so_many_observers_but_always_place_for_the_token() -> None:
    house = House(room_observers=2, token=TOKEN)
    first = look(house)
    look(house)
    bye = look(house).one(Bye)
    assert bye.code == "watch-full"
    assert bye.again is not None
    assert "2 where the limit is 2 observers (setting: room-observers)" in bye.message
    assert look(house, token=TOKEN).one(Watching).admin
    look(house, room="chess").one(Watching)
    first.gone()
    look(house, token=TOKEN).one(Watching)


def test_a_server_may_let_nobody_watch() -> None:
    assert look(House(room_observers=0)).one(Bye).code == "watch-full"


def test_one_address_keeps_its_share_of_the_observers_when_another_wants_to_watch() -> None:
    house = House(room_observers=16)
    many = [look(house, address="10.6.6.6") for _ in range(16)]
    for one in many:
        one.one(Watching)
    assert look(house, address="10.6.6.6").one(Bye).code == "watch-full"
    for number in range(4):
        look(house, address=f"10.0.1.{number}").one(Watching)
    assert look(house, address="10.0.2.1").one(Bye).code == "watch-full"
    byes = [one.all(Bye) for one in many]
    assert [bool(heard) for heard in byes] == [False] * 12 + [True] * 4
    assert byes[-1][0].message.endswith("more than their share (setting: address-share)")
    for one in many:
        one.gone()
    look(house, address="10.6.6.6").one(Watching)


def test_observers_with_the_token_do_not_give_way() -> None:
    house = House(room_observers=10, token=TOKEN)
    admins = [look(house, token=TOKEN, address="10.6.6.6") for _ in range(10)]
    assert look(house, address="10.0.1.1").one(Bye).code == "watch-full"
    assert not any(one.connection.ended for one in admins)
