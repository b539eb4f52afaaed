"""Rooms are opened while nobody waits but those who asked for them."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import Do, Hello, Join, Welcome
from roomcast.core.protocol.room_codes import candidates
from roomcast.core.room.commit_log import Level
from roomcast.core.server.peer import Stage
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, act, codes
from tests.core.keeping import KEPT, house_of
from tests.core.left_over import nothing_is_left
from tests.core.opening import opened, waiting, waiting_by_lines


@pytest.fixture(params=KEPT)
def house(request: pytest.FixtureRequest) -> House:
    """Its disk opens rooms when `opened` is called."""
    house, _ = house_of(request.param)
    house.held = True
    return house


def only_the_room_is_left(house: House) -> bool:
    assert list(house.directory.rooms) == ["dots"]
    room = house.room()
    return not (room.sessions or room.state.players or house.directory.peers or len(house.directory._waiting))


# ---------------------------------------------------------------------- who waits


def test_a_player_is_welcomed_when_its_room_is_open(house: House) -> None:
    ada = waiting(house)
    house.flush()
    assert ada.hear() == []
    assert house.directory.rooms == {}
    opened(house)
    assert [type(message) for message in ada.hear()] == [Welcome]
    assert ada.state.players.keys() == {"Ada"}


def test_what_is_sent_meanwhile_is_handled_afterwards_in_order(house: House) -> None:
    ada = house.knock()
    ada.say(Hello("dots", "Ada"), act(1, "one"), act(2, "two"))
    assert ada.peer.receive(b'{"t":"do","n":3,"c":"three"}', house.now) > 0, "it should wait before it reads on"
    ada.say(act(4, "four"))
    house.flush()
    assert ada.hear() == []
    opened(house)
    house.flush()
    heard = ada.hear()
    assert isinstance(heard[0], Welcome)
    assert [message.c for message in heard if isinstance(message, Do)] == ["one", "two", "three", "four"]


def test_who_asks_to_wait_is_asked_again_soon_and_until_the_room_is_open(house: House) -> None:
    ada = waiting(house)
    wait = ada.peer.receive(b'{"t":"do","n":1,"c":"one"}', house.now)
    for _ in range(100):
        assert 0 < wait <= 0.05
        house.now += wait
        wait = ada.peer.read_on(house.now)
    opened(house)
    assert ada.peer.read_on(house.now) == 0
    house.flush()
    assert ada.hear_commands() == ["Ada: one []"]


def test_nonsense_that_comes_meanwhile_ends_the_connection_when_its_turn_comes(house: House) -> None:
    ada = waiting(house)
    assert ada.peer.receive(b"x" * 70_000, house.now) > 0
    assert not ada.connection.ended
    opened(house)
    assert ada.connection.closed == (1008, "too-big")
    assert list(house.room().state.players) == ["Ada"], "what came before is done"


def test_several_players_wait_for_one_room_and_come_in_in_their_order(house: House) -> None:
    programs = [waiting(house, name) for name in ("Ada", "Alan", "Eve")]
    opened(house)
    for program in programs:
        program.hear()
    assert [program.me for program in programs] == ["Ada", "Alan", "Eve"]
    assert [entry.by for entry in house.room().log.entries(0, 3) if isinstance(entry, Join)] == ["Ada", "Alan", "Eve"]
    assert all(list(program.state.players) == ["Ada", "Alan", "Eve"] for program in programs)
    assert house.room().log.epoch == 1, "it was opened once"


def test_who_finds_no_seat_when_the_room_is_open_is_told_and_the_others_are_not_hindered() -> None:
    house, _ = house_of(Level.FULL, room_players=1)
    house.held = True
    ada, alan = waiting(house, "Ada"), waiting(house, "Alan")
    opened(house)
    assert [type(message) for message in ada.hear()] == [Welcome]
    assert codes(alan) == ["Error room-full", "Bye room-full"]
    assert list(house.room().state.players) == ["Ada"]


def test_rooms_open_each_for_itself(house: House) -> None:
    assert house.store is not None
    ada, alan = waiting(house, "Ada", "dots"), waiting(house, "Alan", "chess")
    house.store.save(1)
    house.poll()
    assert list(house.directory.rooms) == ["dots"]
    assert ada.peer.stage is Stage.PRESENT
    assert alan.peer.stage is Stage.OPENING
    opened(house)
    assert [program.me for program in (ada, alan) if program.hear()] == ["Ada", "Alan"]


def test_other_rooms_go_on_meanwhile() -> None:
    house, _ = house_of(Level.RELAXED)
    eve = house.join("Eve", room="chess")
    house.held = True
    waiting(house)
    eve.do("move")
    house.flush()
    assert eve.hear_commands() == ["Eve: move []"]


def test_one_who_comes_back_waits_as_well_and_comes_back_as_itself(house: House) -> None:
    ada = waiting(house)
    opened(house)
    ada.hear()
    house.restart()
    house.held = True
    again = house.come_back(ada)
    again.say(act(1, "one"))
    assert again.peer.stage is Stage.OPENING
    opened(house)
    house.flush()
    assert "Ada: one []" in again.hear_commands()
    assert again.welcome is not None
    assert again.welcome.resumed
    assert again.me == "Ada"


def test_who_may_wait_for_a_room_waits_longer_than_for_a_hello(house: House) -> None:
    ada, stranger = waiting(house), house.knock()
    house.wait(30)
    assert stranger.hear_bye().code == "hello-late"
    assert not ada.connection.ended


# ---------------------------------------------------------------------- line clients


def test_a_starter_client_is_greeted_when_its_room_is_open_and_its_lines_come_after(house: House) -> None:
    ada = waiting(house)
    old = waiting_by_lines(house, "Joan")
    assert old.say("move 5 0\nju") > 0
    old.say("mp\n")
    house.flush()
    assert old.hear() == []
    opened(house)
    house.flush()
    assert old.hear() == ["newPlayer Ada", "myIDis Joan "]
    assert ada.hear_commands() == ['Joan: move ["5","0"]', "Joan: jump []"]


def test_starter_clients_that_wait_for_one_room_get_different_names(house: House) -> None:
    programs = [waiting_by_lines(house, "Ada", "Alan") for _ in range(3)]
    opened(house)
    assert [program.hear()[-1 - (2 - at)] for at, program in enumerate(programs)] == [
        "myIDis Ada ",
        "myIDis Alan ",
        "myIDis Ada2 ",
    ]


def test_a_starter_client_that_finds_no_seat_is_told_in_a_line() -> None:
    house, _ = house_of(Level.FULL, room_players=1)
    house.held = True
    waiting(house)
    old = waiting_by_lines(house, "Joan")
    opened(house)
    (line,) = old.hear()
    assert line.startswith("error server the room 'dots' is full")
    assert old.connection.closed == (1001, "room-full")


# ---------------------------------------------------------------------- who goes away meanwhile


@pytest.mark.parametrize("clean", [True, False])
def test_a_player_that_goes_away_meanwhile_leaves_nothing_behind(house: House, clean: bool) -> None:
    ada = waiting(house)
    ada.say(act(1, "move"))
    ada.gone(clean=clean)
    opened(house)
    assert only_the_room_is_left(house)
    assert house.room().log.last == 0
    house.wait(house.directory.limits.empty_room + 2)
    assert nothing_is_left(house)


@pytest.mark.parametrize("clean", [True, False])
def test_a_starter_client_that_goes_away_meanwhile_leaves_nothing_behind(house: House, clean: bool) -> None:
    old = waiting_by_lines(house, "Joan")
    old.gone(clean=clean)
    opened(house)
    assert only_the_room_is_left(house)
    house.wait(house.directory.limits.empty_room + 2)
    assert nothing_is_left(house)


def test_when_one_goes_away_the_others_still_come_in(house: House) -> None:
    ada, alan = waiting(house, "Ada"), waiting(house, "Alan")
    ada.gone()
    opened(house)
    alan.hear()
    assert list(alan.state.players) == ["Alan"]


@pytest.mark.parametrize("by_lines", [False, True])
def test_who_is_disconnected_meanwhile_does_not_come_in_when_the_room_is_open(house: House, by_lines: bool) -> None:
    program = waiting_by_lines(house, "Ada") if by_lines else waiting(house)
    program.peer.disconnect("closing", "the server is closing")
    program.hear()
    opened(house)
    assert program.hear() == []
    assert program.peer.stage is Stage.OVER
    assert house.room().state.players == {}
    assert house.room().sessions == {}


def test_a_server_that_closes_says_so_to_those_who_wait(house: House) -> None:
    ada = waiting(house)
    house.directory.close("the server is closing", house.now)
    assert ada.hear_bye().code == "closing"
    opened(house)
    assert ada.hear() == []


# ---------------------------------------------------------------------- limits and codes


def test_rooms_that_are_being_opened_count_as_rooms() -> None:
    house, store = house_of(Level.FULL, rooms=2)
    house.join("Ada", room="one")
    house.held = True
    waiting(house, "Alan", "two")
    waiting(house, "Eve", "two")
    stranger = house.knock()
    stranger.hello("three", "Grace")
    bye = stranger.hear_bye()
    assert bye.code == "rooms-full"
    assert "2 where the limit is 2 rooms (setting: rooms)" in bye.message
    store.fail("the disk is full")
    store.recover()
    house.poll()
    assert house.directory.rooms == {}, "the disk failed for the open one, too"
    waiting(house, "Grace", "three")  # what was not opened has no place any more
    waiting(house, "Grace", "four")


def test_a_room_that_is_being_opened_is_found_by_its_code(house: House) -> None:
    ada = waiting(house)
    alan = waiting(house, "Alan", house.directory.code("dots"))
    opened(house)
    for program in (ada, alan):
        program.hear()
    assert list(house.directory.rooms) == ["dots"]
    assert alan.welcome is not None
    assert alan.welcome.room == "dots"


def test_a_room_that_is_being_opened_and_is_named_like_a_code_keeps_its_name() -> None:
    house = House(store=MemoryStore(levels={"dots": Level.NONE}))
    house.held = True
    wanted = next(candidates("", "dots"))
    eve = waiting(house, "Eve", wanted)
    ada = house.join("Ada", "dots")  # opens at once
    late = waiting(house, "Late", wanted)
    opened(house)
    assert list(house.directory.rooms["dots"].sessions) == [ada.me]
    for program in (eve, late):
        program.hear()
    assert list(house.directory.rooms[wanted].sessions) == ["Eve", "Late"]
    assert house.directory.code(wanted) == wanted
    assert house.directory.code("dots") != wanted
