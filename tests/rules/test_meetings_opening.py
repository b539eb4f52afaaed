"""Who looks for a room and waits until it is opened: what it is then decides whether it comes into it."""

from __future__ import annotations

import msgspec
import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, codes
from tests.core.opening import opened
from tests.rules.duels import Duel, room_of, seeks
from tests.rules.houses import RuledHouse


def test_those_who_come_at_once_share_the_rooms_that_are_being_opened() -> None:
    house = House(store=MemoryStore(), room_players=2)
    house.held = True
    programs = [seeks(house, "chat") for _ in range(5)]
    assert len(house.directory._waiting) == 3
    opened(house)
    rooms = [room_of(program) for program in programs]
    assert rooms[0] == rooms[1]
    assert rooms[2] == rooms[3]
    assert len(set(rooms)) == 3
    assert all(len(house.room(name).state.players) <= 2 for name in rooms)


def test_who_has_given_up_while_a_room_was_opened_takes_no_seat_there() -> None:
    house = House(store=MemoryStore(), room_players=2)
    house.held = True
    first = seeks(house, "chat")
    first.gone()
    second, third = seeks(house, "chat"), seeks(house, "chat")
    opened(house)
    assert room_of(second) == room_of(third)


class Once(Duel):
    """One player at a time."""

    max_players = 8

    def on_join(self, player: object) -> None:
        self.lock()


def test_who_waits_for_a_room_that_is_locked_meanwhile_gets_another() -> None:
    house = RuledHouse(Once, store=MemoryStore())
    house.held = True
    programs = [seeks(house, "once") for _ in range(3)]
    assert len(house.directory._waiting) == 1
    opened(house)
    assert len({room_of(program) for program in programs}) == 3


class Hides(Duel):
    """A room that nobody is to be brought into, which its rules say when it is made."""

    max_players = 8

    def on_create(self, options: dict[str, object]) -> None:
        self.private = True


def test_who_waits_for_a_room_that_hides_as_it_is_made_gets_another() -> None:
    house = RuledHouse(Hides, store=MemoryStore())
    house.held = True
    programs = [seeks(house, "hides") for _ in range(3)]
    opened(house)
    assert len({room_of(program) for program in programs}) == 3


@pytest.mark.parametrize("kept", ["private", "password", "options", "locked"])
def test_who_waits_for_a_room_that_is_kept_as_another_than_it_seemed_gets_another(kept: str) -> None:
    house = RuledHouse(Duel, store=MemoryStore())
    ada = house.knock()
    options = msgspec.Raw(b'{"mode":"ranked"}' if kept == "options" else b"{}")
    ada.say(Hello("duel", "Ada", VERSIONS, meet=Meet("new", options, password="a fish" if kept == "password" else "")))
    room = room_of(ada)
    if kept == "private":
        ada.do("hide", True)
    if kept == "locked":
        ada.do("lock")
    house.flush()
    ada.hear()
    house.crash()
    house.held = True
    again, stranger = house.knock(), house.knock()
    again.seq, again.state = ada.seq, ada.state
    again.hello(room, "", ada.back)
    stranger.say(Hello("duel", "Eve", VERSIONS, meet=Meet("any", msgspec.Raw(b'{"mode":"fun"}'))))
    lax = seeks(house)  # without options: it waits for the room that is being opened
    opened(house)
    assert codes(again) == []
    assert house.room(room).state.players.keys() == ({"Ada", "player"} if kept == "options" else {"Ada"})
    assert room_of(stranger) != room
    assert room_of(lax) == room if kept == "options" else room_of(lax) != room


class Shut(Duel):
    def on_create(self, options: dict[str, object]) -> None:
        self.lock()


def test_a_kind_whose_new_rooms_are_locked_refuses_and_does_not_make_rooms_for_ever() -> None:
    house = RuledHouse(Shut)
    program = seeks(house, "shut")
    assert codes(program) == ["Error room-locked", "Bye room-locked"]
    assert len(house.directory.rooms) == 1
