"""All rooms of a server: who may connect, when rooms are forgotten, and at what pace is written."""

import gc
import weakref

import pytest

from roomcast.core.protocol.messages import Bye, Do
from roomcast.core.server import directory
from roomcast.errors import BadArgument, Refused
from tests.core.fakes import House, Program


def nothing_is_left(house: House) -> bool:
    directory = house.directory
    return not (
        directory.peers
        or directory.rooms
        or directory._sessions
        or directory._addresses
        or directory._changed
        or directory._paced
    )


# ---------------------------------------------------------------------- who may connect


def test_a_full_server_lets_nobody_in_until_somebody_goes() -> None:
    house = House(connections=2)
    first = house.knock("10.0.0.1")
    house.knock("10.0.0.2")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.3")
    assert refused.value.code == "server-full"
    assert "2 where the limit is 2 connections (setting: connections)" in refused.value.message
    first.gone()
    house.knock("10.0.0.3")


def test_one_address_has_only_so_many_connections() -> None:
    house = House(connections_address=2)
    first = house.knock("10.0.0.1")
    house.knock("10.0.0.1")
    with pytest.raises(Refused) as refused:
        house.knock("10.0.0.1")
    assert refused.value.code == "server-full"
    assert "10.0.0.1: 2 where the limit is 2 connections (setting: connections-address)" in refused.value.message
    house.knock("10.0.0.2")
    first.gone()
    house.knock("10.0.0.1")


def test_who_was_not_let_in_takes_no_place_when_it_goes() -> None:
    house = House(connections=1)
    house.knock("10.0.0.1")
    for _ in range(3):
        with pytest.raises(Refused):
            house.knock("10.0.0.1")
    assert len(house.directory.peers) == 1
    assert house.directory._addresses == {"10.0.0.1": 1}


def test_a_closing_server_lets_nobody_in() -> None:
    house = House()
    house.directory.close("the server is closing", house.now)
    with pytest.raises(Refused) as refused:
        house.knock()
    assert refused.value.code == "closing"


# ---------------------------------------------------------------------- rooms


def test_two_spellings_of_a_name_are_one_room() -> None:
    house = House()
    assert house.directory.room(" Zoe\u0308 ", 0) is house.directory.room("Zoë", 0)


def test_a_room_of_a_bad_name_is_not_made() -> None:
    house = House()
    for name in ("", "a/b", "a\nb"):
        with pytest.raises(BadArgument):
            house.directory.room(name, 0)
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
    with pytest.raises(Refused):
        house.join_by_lines(room="room 0")
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


# ---------------------------------------------------------------------- pace


def test_a_lone_action_is_written_in_the_same_turn() -> None:
    house = House(pace=0.5)
    ada = house.join("Ada")
    ada.hear()
    house.now += 10
    woken = house.woken
    ada.do("move")
    assert house.woken == woken + 1
    assert house.directory.flush(house.now) is None
    assert ada.hear_commands() == ["Ada: move []"]


def test_a_busy_room_is_written_at_most_once_a_pace() -> None:
    house = House(pace=0.5, rate=10_000, burst=10_000)
    ada = house.join("Ada")
    house.now += 10
    start, writes = house.now, len(ada.connection.writes)
    again = None
    for _ in range(1000):  # an action every 10 ms, for 10 s
        ada.do("move")
        if again is None or house.now >= again:
            again = house.directory.flush(house.now)
        house.now += 0.01
    written = len(ada.connection.writes) - writes
    assert 20 <= written <= (house.now - start) / 0.5 + 1
    house.flush()
    assert len(ada.hear_commands()) == 1000


def test_the_time_that_a_flush_asks_for_is_late_enough() -> None:
    house = House(pace=0.004)
    ada = house.join("Ada")
    for _ in range(200):
        house.now += 1.0137
        ada.do("one")
        assert house.directory.flush(house.now) is None
        ada.do("two")
        again = house.directory.flush(house.now)
        assert again is not None
        assert again > house.now
        house.now = again
        assert house.directory.flush(house.now) is None, "asked to be called at a time, and did nothing then"


def test_a_pace_of_zero_writes_in_every_turn() -> None:
    house = House(pace=0)
    ada = house.join("Ada")
    ada.hear()
    for _ in range(3):
        ada.do("move")
        assert house.directory.flush(house.now) is None
        assert ada.hear_commands() == ["Ada: move []"]


def test_rooms_wait_for_their_pace_each_for_itself() -> None:
    house = House(pace=0.5)
    busy, quiet = house.join("Busy", room="busy"), house.join("Quiet", room="quiet")
    house.now += 10
    busy.do("one")
    house.directory.flush(house.now)
    busy.hear()
    busy.do("two")
    quiet.do("move")
    assert house.directory.flush(house.now) == pytest.approx(house.now + 0.5)
    assert busy.hear() == []
    assert quiet.hear_commands() == ["Quiet: move []"]
    house.now += 0.5
    assert house.directory.flush(house.now) is None
    assert busy.hear_commands() == ["Busy: two []"]


def test_rooms_are_written_in_the_order_in_which_their_pace_is_over() -> None:
    house = House(pace=0.5)
    early, late = house.join("Early", room="early"), house.join("Late", room="late")
    house.now += 10
    early.do("one")
    house.directory.flush(house.now)
    house.now += 0.3
    late.do("one")
    house.directory.flush(house.now)
    late.do("two")  # must wait for 0.5
    house.directory.flush(house.now)
    early.do("two")  # comes later, and must wait for 0.2 only
    assert house.directory.flush(house.now) == pytest.approx(house.now + 0.2)
    house.now += 0.2
    assert house.directory.flush(house.now) == pytest.approx(house.now + 0.3)
    assert early.hear_commands() == ["Early: one []", "Early: two []"]


def busy_rooms(house: House, count: int, size: int) -> list[list[Program]]:
    rooms = [[house.join(f"P{number}", room=f"room {room}") for number in range(size)] for room in range(count)]
    house.now += 10
    return rooms


def test_many_busy_rooms_share_the_time_for_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "SHARE_A_WRITE", 0.01)
    house = House(pace=0.05, rate=10_000, burst=10_000)
    rooms = busy_rooms(house, 10, 4)  # each could write 4 x 20 times a second, and a second is for 100 writes
    before = [len(room[0].connection.writes) for room in rooms]
    again = None
    for _ in range(1000):  # an action in each room every 10 ms, for 10 s
        for room in rooms:
            room[0].do("move")
        if again is None or house.now >= again:
            again = house.directory.flush(house.now)
            assert again is not None
            assert again > house.now
        house.now += 0.01
    written = [len(room[0].connection.writes) - had for room, had in zip(rooms, before, strict=True)]
    assert 900 <= 4 * sum(written) <= 1010
    assert max(written) - min(written) <= 2, "one room waited longer than the others"
    while again is not None:
        house.now = again
        again = house.directory.flush(house.now)
    assert all(len(one.hear_commands()) == 1000 for room in rooms for one in room)


def test_a_busy_room_that_is_alone_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "WAIT_A_WRITE", 0.01)
    monkeypatch.setattr(directory, "SHARE_A_WRITE", 0.1)
    house = House(pace=0.05, rate=10_000, burst=10_000)
    [room] = busy_rooms(house, 1, 10)
    before, began = len(room[0].connection.writes), house.now
    for _ in range(20):
        room[0].do("move")
        again = house.directory.flush(house.now)
        if again is not None:
            house.now = again
            house.directory.flush(house.now)
    assert len(room[0].connection.writes) - before == 20
    assert house.now - began == pytest.approx(19 * 10 * 0.01), "its own wait, 19 times"


def test_a_lone_action_goes_before_those_of_rooms_that_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "SHARE_A_WRITE", 0.01)
    house = House(pace=0.05, rate=10_000, burst=10_000)
    quiet = house.join("Quiet", room="quiet")
    rooms = busy_rooms(house, 10, 4)
    for _ in range(2):
        for room in rooms:
            room[0].do("move")
        again = house.directory.flush(house.now)
    quiet.do("move")
    house.directory.flush(house.now)
    assert again is not None
    house.now = again
    house.directory.flush(house.now)
    assert quiet.hear_commands()[-1:] == ["Quiet: move []"]
    assert any(len(room[0].hear_commands()) == 1 for room in rooms), "all others had been written, too"


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


def test_the_hub_wakes_its_driver_once_for_all_that_happens_in_a_turn() -> None:
    house = House()
    ada, alan = house.join("Ada", room="dots"), house.join("Alan", room="chat")
    house.now += 10
    woken = house.woken
    for _ in range(5):
        ada.do("move")
        alan.do("move")
    assert house.woken == woken + 1
    house.flush()
    ada.do("move")
    assert house.woken == woken + 2


def test_a_quiet_house_writes_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    writes = len(ada.connection.writes)
    house.wait(60)
    assert len(ada.connection.writes) == writes


# ---------------------------------------------------------------------- the end


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
