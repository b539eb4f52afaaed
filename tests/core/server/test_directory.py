"""All rooms of a server: which there are, when they are forgotten, and the end of the server."""

import gc
import weakref

import pytest

from roomcast.core.protocol.messages import Bye, Do
from roomcast.errors import BadArgument, Refused
from tests.core.fakes import House
from tests.core.left_over import nothing_is_left

# ---------------------------------------------------------------------- rooms


def test_two_spellings_of_a_name_are_one_room() -> None:
    house = House()
    house.join("Ada", room=" Zoe\u0308 ")
    house.join("Alan", room="Zoë")
    assert list(house.directory.rooms) == ["Zoë"]
    peer = house.knock().peer
    assert house.directory.open(" Zoe\u0308 ", peer, 0) is house.directory.open("Zoë", peer, 0) is house.room("Zoë")


def test_a_room_of_a_bad_name_is_not_made() -> None:
    house = House()
    peer = house.knock().peer
    for name in ("", "a/b", "a\nb"):
        with pytest.raises(BadArgument):
            house.directory.open(name, peer, 0)
    assert house.directory.rooms == {}


def test_rooms_know_nothing_of_each_other() -> None:
    house = House()
    ada, alan = house.join("Ada", room="dots"), house.join("Alan", room="chat")
    ada.do("move")
    ada.set("room", {"level": 2})
    house.flush()
    assert alan.hear() == []
    assert alan.state.shared == {}


def test_an_empty_room_is_forgotten_after_a_while_and_not_before() -> None:
    house = House(seat_kept=5, resume_window=20, empty_room=60)
    ada = house.join("Ada")
    ada.set("room", {"level": 2})
    ada.gone(clean=True)
    house.wait(59)
    assert "dots" in house.directory.rooms
    alan = house.join("Alan")
    assert alan.state.shared == {"level": 2}
    alan.gone(clean=True)
    house.wait(58)
    assert "dots" in house.directory.rooms
    house.wait(5)
    assert nothing_is_left(house)


def test_an_empty_room_does_not_end_because_the_server_stood_still() -> None:
    house = House(empty_room=60)
    house.join("Ada").gone(clean=True)
    house.now += 500
    house.directory.exclude_downtime(500, house.now)
    house.wait(50)
    assert "dots" in house.directory.rooms
    house.wait(15)
    assert nothing_is_left(house)


def test_standing_still_gives_nobody_time_whose_end_is_noticed_afterwards() -> None:
    house = House(seat_kept=5, resume_window=10, empty_room=10)
    ada, alan = house.join("Ada"), house.join("Alan")
    house.now += 500
    ada.gone()  # the loop hears of this before it comes to the sweep
    alan.gone(clean=True)
    house.directory.exclude_downtime(500, house.now)
    house.wait(7)
    assert house.room().state.players == {}
    house.wait(16)
    assert nothing_is_left(house)


def test_a_room_is_kept_as_long_as_somebody_may_come_back() -> None:
    house = House(seat_kept=5, resume_window=100, empty_room=1)
    ada = house.join("Ada")
    ada.gone()
    house.wait(99)
    assert "dots" in house.directory.rooms
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert again.welcome.resumed
    again.gone()
    house.wait(103)
    assert nothing_is_left(house)


def test_nothing_is_left_of_players_of_all_kinds_when_they_are_gone() -> None:
    house = House(seat_kept=5, resume_window=20, empty_room=30, room_players=6)
    for number in range(6):
        house.join(f"player {number}", room=f"room {number % 2}", address=f"10.0.0.{number}").do("move", number)
        house.join_by_lines(room=f"room {number % 2}").say("move 1\n")
    refused = house.join_by_lines(room="room 0")
    assert refused.hear()[-1].startswith("error server the room 'room 0' is full")
    assert refused.connection.closed == (1001, "room-full")
    for number, peer in enumerate(sorted(house.directory.peers, key=lambda peer: peer.address)):
        peer.gone(house.now, clean=number % 2 == 0)
    knocked = house.knock()
    knocked.say(b"nonsense")
    knocked.gone()
    house.wait(60)
    assert nothing_is_left(house)


def test_a_room_that_was_forgotten_is_garbage() -> None:
    house = House(empty_room=1, resume_window=2, seat_kept=1)
    house.join("Ada").gone(clean=True)
    room = weakref.ref(house.room())
    house.wait(5)
    gc.collect()
    assert room() is None


def test_copies_of_forgotten_rooms_still_count() -> None:
    house = House(empty_room=1, resume_window=2, seat_kept=1)
    ada = house.join("Ada")
    ada.do("move")
    house.flush()
    copies = house.room().feed.copies
    assert copies >= 1
    ada.gone(clean=True)
    house.wait(5)
    assert house.directory.copies >= copies
    assert house.directory.commands == 1


def test_all_logs_together_have_a_limit() -> None:
    house = House(kept_total=60_000, rate=10_000, burst=10_000)
    players = [house.join(f"P{number}", room=f"room {number}") for number in range(3)]
    for player in players:
        for _ in range(200):
            player.do("move")
    house.flush()
    assert sum(room.log.size for room in house.directory.rooms.values()) > 60_000
    house.directory.sweep(house.now)
    assert sum(room.log.size for room in house.directory.rooms.values()) <= 60_000 * 1.1


def test_a_bad_name_makes_no_room() -> None:
    house = House()
    house.knock("10.0.0.1").hello("new", "\u202e")
    assert house.directory.rooms == {}


def test_a_quiet_house_writes_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    writes = len(ada.connection.writes)
    house.wait(60)
    assert len(ada.connection.writes) == writes


# ---------------------------------------------------------------------- the end


def test_a_closing_server_lets_nobody_in() -> None:
    house = House()
    house.directory.close("the server is closing", house.now)
    with pytest.raises(Refused) as refused:
        house.knock()
    assert refused.value.code == "closing"


def test_a_closing_server_says_bye_after_all_that_was_still_to_be_written() -> None:
    house = House(pace=0.5)
    ada, alan = house.join("Ada"), house.join("Alan")
    old = house.join_by_lines()
    knocked = house.knock()
    ada.hear()
    old.hear()
    ada.do("move", 1)
    house.directory.close("the server is closing", house.now)
    for program in (ada, alan):
        heard = [message for message in program.hear() if isinstance(message, Do | Bye)]
        assert [type(message) for message in heard] == [Do, Bye]
        assert isinstance(heard[1], Bye)
        assert (heard[1].code, heard[1].message) == ("closing", "the server is closing")
        assert heard[1].again is not None
        assert program.connection.closed == (1001, "closing")
    assert knocked.hear_bye().code == "closing"
    assert old.hear() == ["move Ada 1"]
    assert old.connection.ended
