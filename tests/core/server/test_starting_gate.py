"""Starter clients in a room whose port has a dialect: who hears what, and when."""

import pytest

from roomcast.core.protocol.line_codec import LineCodec
from roomcast.core.protocol.line_dialect import parse_dialect
from roomcast.core.protocol.observer_messages import TraceReport
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House
from tests.core.looking import look

NAMES = ("A", "B", "C", "D")


def house_of(dialect: str, store: MemoryStore | None = None) -> House:
    return House(store=store, lines=LineCodec(parse_dialect(dialect), NAMES))


@pytest.mark.parametrize("durable", [False, True], ids=["in memory", "on disk"])
def test_nobody_hears_anything_until_all_are_there(durable: bool) -> None:
    house = house_of("wait=3 start", MemoryStore() if durable else None)
    first, second = house.join_by_lines(NAMES), house.join_by_lines(NAMES)
    house.wait(5)
    assert first.hear() == second.hear() == []
    third = house.join_by_lines(NAMES)
    assert first.hear() == ["newPlayer B", "newPlayer C", "myIDis A ", "start"]
    assert second.hear() == ["newPlayer A", "newPlayer C", "myIDis B ", "start"]
    assert third.hear() == ["newPlayer A", "newPlayer B", "myIDis C ", "start"]
    first.say("move 5 0\n")
    house.flush()
    assert (first.hear(), second.hear(), third.hear()) == ([], ["move A 5 0"], ["move A 5 0"])


def test_what_is_said_too_early_is_said_when_they_begin() -> None:
    house = house_of("wait=2")
    first = house.join_by_lines(NAMES)
    assert first.say("move 1 0\nmove 2 0\n") > 0, "it is to be read later"
    assert house.room().log.last == 1, "only its join"
    second = house.join_by_lines(NAMES)
    first.peer.read_on(house.now)
    house.flush()
    assert second.hear() == ["newPlayer A", "myIDis B ", "move A 1 0", "move A 2 0"]


def test_the_others_in_the_room_see_who_waits() -> None:
    house = house_of("wait=2")
    red = house.join("red")
    first = house.join_by_lines(NAMES)
    red.hear()
    assert list(red.state.players) == ["red", "A"]
    red.do("move", 5, 0)
    house.flush()
    assert first.hear() == []
    house.join_by_lines(NAMES)
    assert first.hear() == ["newPlayer red", "newPlayer B", "myIDis A "]


def test_one_who_leaves_while_it_waits_is_not_waited_with() -> None:
    house = house_of("wait=2")
    house.join_by_lines(NAMES).gone()
    second = house.join_by_lines(NAMES)
    assert second.hear() == []
    third = house.join_by_lines(NAMES)
    assert second.hear() == ["newPlayer B", "myIDis A "]
    assert third.hear() == ["newPlayer A", "myIDis B "]


def test_one_whose_connection_is_ended_while_it_waits_is_not_counted() -> None:
    house = house_of("wait=2")
    first = house.join_by_lines(NAMES)
    first.peer.disconnect("kicked", "you were sent out")
    second = house.join_by_lines(NAMES)
    assert second.hear() == []


def test_who_comes_later_begins_at_once_and_the_next_round_waits_again() -> None:
    house = house_of("wait=2 start")
    players = [house.join_by_lines(NAMES) for _ in range(2)]
    late = house.join_by_lines(NAMES)
    assert late.hear() == ["newPlayer A", "newPlayer B", "myIDis C ", "start"]
    assert players[0].hear()[-1] == "newPlayer C"
    for player in (*players, late):
        player.gone()
    again = house.join_by_lines(NAMES)
    assert again.hear() == []
    house.join_by_lines(NAMES)
    assert again.hear() == ["newPlayer B", "myIDis A ", "start"]


def test_with_echo_all_hear_all_in_one_order() -> None:
    house = house_of("echo")
    first, second = house.join_by_lines(NAMES), house.join_by_lines(NAMES)
    red = house.join("red")
    first.hear()
    second.hear()
    first.say("move 5 0\n")
    second.say("move 0 5\n")
    red.do("whisper", "psst", to=("A",))
    house.flush()
    assert first.hear() == ["move A 5 0", "move B 0 5", "whisper red psst"]
    assert second.hear() == ["move A 5 0", "move B 0 5"], "what is private stays so"


def test_the_older_edition_meets_players_of_the_other_protocol() -> None:
    house = house_of("older")
    red = house.join("red")
    first, second = house.join_by_lines(NAMES), house.join_by_lines(NAMES)
    assert first.hear() == ["newPlayer 1 100 100", "newPlayer 2 100 100"]
    assert second.hear() == ["newPlayer 1 100 100", "newPlayer 0 100 100"]
    first.say("12 34\n")
    red.do("move", 5, 0)
    house.flush()
    assert second.hear() == ["playerMoved 0 12 34", "playerMoved 1 5 0"]
    assert red.hear_commands()[0] == '0: move ["12","34"]'
    first.gone()
    assert house.join_by_lines(NAMES).hear() == ["newPlayer 1 100 100", "newPlayer 2 100 100"]
    assert second.hear() == ["newPlayer 0 100 100"]


def test_who_watches_the_room_sees_the_line_that_the_others_read() -> None:
    house = house_of("older")
    first, _ = house.join_by_lines(NAMES), house.join_by_lines(NAMES)
    eve = look(house)
    first.say("12 34\n")
    house.flush()
    house.wait(3)
    report = eve.one(TraceReport)
    assert (report.came, report.line) == ("12 34", "playerMoved 0 12 34\n")


def test_who_fell_behind_is_told_of_new_players_in_its_dialect() -> None:
    house = House(unread=100, kept_entries=10, rate=1000, burst=1000, lines=LineCodec(parse_dialect("older")))
    red, old = house.join("red"), house.join_by_lines()
    old.hear()
    old.connection.stop_reading()
    for _ in range(2):
        for number in range(100):
            red.do("move", number, 0)
            house.flush()
    old.connection.read_on()
    house.flush()
    assert set(old.hear()[-12:]) <= {"newPlayer 1 100 100", *(f"playerMoved 1 {number} 0" for number in range(100))}
