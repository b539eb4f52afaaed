"""Who looks for a room comes into one with a free seat, in the step in which that is taken; else a new one is made."""

from __future__ import annotations

import msgspec
import pytest

from roomcast.core.protocol.made_names import read_made_name
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from tests.core.fakes import BURST, House, codes
from tests.rules.duels import Duel, found, room_of, seeks
from tests.rules.houses import RuledHouse, state_of


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Duel)


# ---------------------------------------------------------------------- which room


def test_two_meet_in_one_room_and_the_third_gets_another(house: RuledHouse) -> None:
    first, second, third = found(house), found(house), found(house)
    assert first == second
    assert third != first
    assert read_made_name(first) == ("duel", False)
    assert len(house.room(first).state.players) == 2


def test_the_options_are_those_of_the_room(house: RuledHouse) -> None:
    fun, ranked = found(house, mode="fun"), found(house, mode="ranked")
    assert fun != ranked
    assert found(house, mode="ranked") == ranked
    assert found(house) == fun, "who asks for no option takes any room"
    assert found(house, mode="fun", rounds=3) not in (fun, ranked), "a room without the option has it not"


def test_a_rooms_rules_are_given_the_options(house: RuledHouse) -> None:
    program = seeks(house, mode="ranked")
    room_of(program)
    assert state_of(program) == {"mode": "ranked"}


def test_a_new_room_is_always_new(house: RuledHouse) -> None:
    assert len({found(house, how="new") for _ in range(5)}) == 5


def test_strangers_are_brought_into_new_public_rooms_too(house: RuledHouse) -> None:
    new = found(house, how="new", mode="fun")
    assert found(house, mode="fun") == new


def test_nobody_is_brought_into_a_private_room(house: RuledHouse) -> None:
    private = found(house, how="new", private=True)
    assert read_made_name(private) == ("duel", True)
    assert found(house) != private
    ada = house.join("Ada", private)
    assert ada.state.players.keys() == {"player", "Ada"}, "who knows the name comes in"


def test_who_wants_a_private_room_is_given_a_new_one(house: RuledHouse) -> None:
    public = found(house)
    assert found(house, private=True) != public


def test_a_private_room_is_joined_by_its_code(house: RuledHouse) -> None:
    program = seeks(house, how="new", private=True)
    name = room_of(program)
    assert program.welcome is not None
    assert len(program.welcome.code) == 6
    friend = house.join("Ada", program.welcome.code.lower())
    assert friend.welcome is not None
    assert friend.welcome.room == name


def test_nobody_is_brought_into_a_room_whose_name_somebody_has_chosen(house: RuledHouse) -> None:
    house.join("Ada", "duel")
    house.join("Alan", "duel-friday")
    assert found(house) not in ("duel", "duel-friday")


def test_nobody_is_brought_into_a_room_that_everyone_has_left(house: RuledHouse) -> None:
    ada = seeks(house)
    first = room_of(ada)
    ada.gone()
    assert first in house.directory.rooms
    assert found(house) != first, "Ada is away, and nobody else is there"


def test_nobody_is_brought_into_a_room_that_everyone_has_left_for_good(house: RuledHouse) -> None:
    ada = seeks(house)
    first = room_of(ada)
    ada.gone(clean=True)
    assert first in house.directory.rooms
    assert found(house) != first


def test_a_seat_that_somebody_has_left_is_given_to_the_next(house: RuledHouse) -> None:
    ada, alan = seeks(house), seeks(house)
    first = room_of(ada)
    assert room_of(alan) == first
    assert found(house) != first
    alan.gone(clean=True)
    rooms = {found(house), found(house)}
    assert first in rooms


# ---------------------------------------------------------------------- locks


def test_nobody_comes_into_a_locked_room_but_who_has_a_seat_there(house: RuledHouse) -> None:
    ada = seeks(house)
    room = room_of(ada)
    ada.do("lock")
    house.flush()
    assert found(house) != room
    bob = house.knock()
    bob.hello(room, "Bob")
    assert codes(bob) == ["Error room-locked", "Bye room-locked"]
    line = house.join_by_lines(("Cleo",), room)
    assert "lets nobody in any more" in " ".join(line.hear())
    ada.hear()
    ada.gone()
    again = house.knock()
    again.seq, again.state = ada.seq, ada.state
    again.hello(room, "", ada.back)
    house.flush()
    assert codes(again) == []
    assert house.room(room).state.players["player"].here


def test_who_has_lost_its_seat_does_not_come_back_into_a_locked_room(house: RuledHouse) -> None:
    ada, bob = seeks(house), seeks(house)
    room = room_of(ada)
    assert room_of(bob) == room
    ada.do("lock")
    bob.hear()
    bob.gone()
    house.wait(house.directory.limits.seat_kept + 2)
    again = house.knock()
    again.say(Hello(room, "", VERSIONS, bob.back))
    assert codes(again) == ["Error room-locked", "Bye room-locked"]


def test_an_unlocked_room_is_given_to_strangers_again(house: RuledHouse) -> None:
    ada = seeks(house)
    room = room_of(ada)
    ada.do("lock")
    assert found(house, how="new") != room
    assert found(house) != room
    ada.do("unlock")
    assert found(house) == room


def test_a_room_that_hides_is_given_to_nobody_until_it_shows_itself(house: RuledHouse) -> None:
    ada = seeks(house)
    room = room_of(ada)
    ada.do("hide", True)
    others = {found(house), found(house)}
    assert room not in others
    ada.do("hide", False)
    assert found(house) == room


# ---------------------------------------------------------------------- relays, refusals


def test_relays_are_found_by_free_seats_alone() -> None:
    house = House(room_players=2)
    first, second, third = (found(house, "chat") for _ in range(3))
    assert first == second != third
    assert read_made_name(first) == ("chat", False)
    private = found(house, "chat", how="new", private=True)
    assert house.room(private).meeting.private
    assert found(house, "chat") == third


def test_relays_take_no_options(house: RuledHouse) -> None:
    program = seeks(house, "chat", mode="fun")
    assert codes(program) == ["Error bad-argument", "Bye bad-argument"]
    assert house.directory.rooms == {}


@pytest.mark.parametrize("kind", ["", "a/b", "d" * 60])
def test_a_kind_is_a_name_and_leaves_room_for_letters(house: RuledHouse, kind: str) -> None:
    program = seeks(house, kind, how="new")
    assert codes(program) == ["Error bad-name", "Bye bad-name"]
    assert house.directory.rooms == {}


def test_options_that_are_too_long_make_no_room(house: RuledHouse) -> None:
    program = seeks(house, mode="x" * 1024)
    assert codes(program) == ["Error bad-argument", "Bye bad-argument"]
    assert house.directory.rooms == {}
    named = house.knock()
    named.say(Hello("duel-friday", "", VERSIONS, meet=Meet(options=msgspec.Raw(b"[]"))))
    assert codes(named) == ["Error bad-argument", "Bye bad-argument"]
    assert house.directory.rooms == {}


@pytest.mark.parametrize("number", ["1e15", "1E3", "5e-324"])
def test_options_that_are_too_long_as_they_are_kept_are_no_mistake_of_the_maker(house: RuledHouse, number: str) -> None:
    text = f'{{"a":[{",".join([number] * (1000 // (len(number) + 1)))}]}}'
    program = house.knock()
    program.say(Hello("duel", "", VERSIONS, meet=Meet("any", msgspec.Raw(text.encode()))))
    house.flush()
    assert codes(program) in ([], ["Error bad-argument", "Bye bad-argument"])
    assert house.failed == []


def test_looking_is_charged_by_the_rooms_that_are_looked_at() -> None:
    house = RuledHouse(Duel, **(BURST | {"connections_address": 1000}))
    for n in range(100):
        found(house, how="new", mode=f"mode {n}", address=f"10.0.{n}.1")

    def spent(address: str, mode: str) -> float:
        found(house, mode=mode, address=address)
        return house.directory.accounts.of(address, house.now)._full_at - house.now

    assert spent("10.1.0.1", "mode 0") < spent("10.2.0.1", "another")


def test_rooms_that_are_full_are_looked_at_once(house: RuledHouse) -> None:
    for _ in range(20):
        found(house)
    shelf = house.directory._meetings._may_have_seats["duel"]
    found(house)
    assert len(shelf) == 1, "the one that has a free seat now"


def test_a_room_that_was_made_is_no_slip_of_anothers_name(house: RuledHouse) -> None:
    house.join("Ada", "duel-cdfghjkn")
    program = house.knock()
    program.hello("duel-cdfghjkm", "Bob")
    house.flush()
    program.hear()
    assert program.welcome is not None
    assert program.welcome.near == ()


def test_private_rooms_are_not_named_to_those_who_come_near(house: RuledHouse) -> None:
    private = found(house, how="new", private=True)
    letters = "w" if private[-1] != "w" else "x"
    program = house.knock()
    program.hello(private[:-2] + letters * 3, "Bob")
    house.flush()
    program.hear()
    assert program.welcome is not None
    assert private not in program.welcome.near


# ---------------------------------------------------------------------- what becomes of rooms


def test_where_a_room_is_lost_it_is_made_again_as_it_was(house: RuledHouse) -> None:
    ada = seeks(house, mode="ranked")
    room = room_of(ada)
    house.crash()
    again = house.knock()
    again.say(Hello(room, "Ada", VERSIONS, meet=Meet(options=msgspec.Raw(b'{"mode":"ranked"}'))))
    house.flush()
    again.hear()
    assert state_of(again) == {"mode": "ranked"}
    assert found(house, mode="ranked") == room, "others are brought there, for its name says so"


def test_options_of_a_room_that_is_there_stay_as_they_are(house: RuledHouse) -> None:
    ada = seeks(house, mode="ranked")
    room = room_of(ada)
    bob = house.knock()
    bob.say(Hello(room, "Bob", VERSIONS, meet=Meet(options=msgspec.Raw(b'{"mode":"fun"}'))))
    house.flush()
    bob.hear()
    assert state_of(bob) == {"mode": "ranked"}


def test_closed_rooms_are_forgotten(house: RuledHouse) -> None:
    program = seeks(house)
    room_of(program)
    program.gone(clean=True)
    house.wait(house.directory.limits.empty_room + house.directory.limits.resume_window + 5)
    assert house.directory.rooms == {}
    meetings = house.directory._meetings
    assert (meetings._may_have_seats, meetings._wanted) == ({}, {})
