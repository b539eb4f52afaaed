"""Players come into a room, go, and come back."""

from roomcast.core.protocol.messages import (
    Away,
    Back,
    Do,
    Join,
    Leave,
    PlayerRecord,
    Resume,
    Set,
    Welcome,
)
from tests.core.fakes import House, folded, kinds, shown

# ---------------------------------------------------------------------- coming in


def test_the_first_player_makes_the_room_and_is_in_its_own_snapshot(house: House) -> None:
    ada = house.knock()
    ada.hello("dots", "Ada")
    house.flush()
    (welcome,) = ada.hear()
    assert isinstance(welcome, Welcome)
    assert (welcome.me, welcome.s, welcome.resumed, welcome.n) == ("Ada", 1, False, 0)
    assert welcome.snapshot is not None
    assert welcome.snapshot.players == (PlayerRecord("Ada", "Ada"),)
    assert welcome.time == 1_000_000


def test_a_late_joiner_gets_a_snapshot_and_then_exactly_the_entries_after_it(house: House) -> None:
    ada = house.join("Ada")
    for number in range(20):
        ada.do("move", number)
    ada.set("room", {"level": 2})
    ada.set("me", {"x": 5})
    house.flush()
    alan = house.join("Alan")
    assert alan.seq == house.room().log.last
    assert alan.state == house.room().state == folded(house.room())
    ada.do("move", 99)
    house.flush()
    assert [shown(entry) for entry in alan.hear()] == ["Ada: move [99]"]  # type: ignore[arg-type]


def test_a_joiner_between_two_flushes_gets_exactly_the_entries_after_its_snapshot(house: House) -> None:
    ada = house.join("Ada")
    ada.do("before")
    ada.set("me", {"x": 1})
    alan = house.knock()
    alan.hello("dots", "Alan")  # nothing was flushed in between
    ada.do("after")
    ada.set("me", {"x": 2})
    house.flush()
    welcome, after, second = alan.hear()
    assert isinstance(welcome, Welcome)
    assert welcome.snapshot is not None
    assert bytes(welcome.snapshot.players[0].state) == b'{"x":1}'
    assert isinstance(after, Do)
    assert after.c == "after"
    assert isinstance(second, Set)
    assert alan.state == house.room().state
    assert kinds(ada) == ["Do", "Set", "Join", "Do", "Set"]
    assert ada.state == house.room().state


def test_everyone_is_told_of_a_newcomer(house: House) -> None:
    ada = house.join("Ada")
    house.join("Alan Turing")
    (join,) = ada.hear()
    assert isinstance(join, Join)
    assert (join.by, join.name) == ("Alan_Turing", "Alan Turing")


def test_players_of_one_name_have_different_ids(house: House) -> None:
    programs = [house.join("Ada") for _ in range(3)]
    assert [program.me for program in programs] == ["Ada", "Ada2", "Ada3"]
    assert {record.name for record in house.room().state.players.values()} == {"Ada"}


def test_who_brings_no_name_gets_one(house: House) -> None:
    assert house.join("").me == "player"
    assert house.join("").me == "player2"


# ---------------------------------------------------------------------- going, and coming back


def test_a_dropped_player_is_away_then_leaves_when_its_seat_is_given_up(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.gone()
    house.flush()
    (away,) = ada.hear()
    assert isinstance(away, Away)
    assert not ada.state.players["Alan"].here
    house.wait(29)
    assert ada.hear() == []
    house.wait(2)
    (leave,) = ada.hear()
    assert isinstance(leave, Leave)
    assert (leave.by, leave.why) == ("Alan", "timeout")
    assert "Alan" not in ada.state.players


def test_who_says_goodbye_leaves_at_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.gone(clean=True)
    house.flush()
    (leave,) = ada.hear()
    assert isinstance(leave, Leave)
    assert leave.why == "left"
    assert "Alan" not in house.room().sessions


def test_who_comes_back_gets_exactly_what_it_missed_and_keeps_its_numbers(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.hear()
    alan.do("move", 1)
    house.flush()
    alan.hear()
    alan.gone()
    for number in range(5):
        ada.do("move", number)
    house.flush()
    again = house.come_back(alan)
    again.do("move", 2)
    house.flush()
    heard = again.hear()
    assert isinstance(heard[0], Welcome)
    assert (heard[0].resumed, heard[0].snapshot, heard[0].n, heard[0].me) == (True, None, 1, "Alan")
    assert [type(message).__name__ for message in heard[1:]] == ["Away", *["Do"] * 5, "Back", "Do"]
    assert heard[0].s == alan.seq + 7  # where the log stood when it came back
    assert again.state == house.room().state
    assert again.seq == house.room().log.last


def test_who_comes_back_within_the_resume_window_but_without_a_seat_joins_with_its_old_state(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan T.")
    alan.set("me", {"x": 7})
    house.flush()
    alan.hear()
    alan.gone()
    house.wait(60)
    ada.hear()
    again = house.come_back(alan)
    house.flush()
    (join,) = ada.hear()
    assert isinstance(join, Join)
    assert (join.by, join.name, bytes(join.state)) == ("Alan_T.", "Alan T.", b'{"x":7}')
    again.hear()
    assert again.me == "Alan_T."
    assert again.state == house.room().state == folded(house.room())


def test_who_comes_back_after_the_resume_window_is_somebody_new(house: House) -> None:
    house.join("Ada")
    alan = house.join("Alan")
    alan.gone()
    house.wait(121)
    again = house.knock()
    again.hello("dots", "Alan", alan.back)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert alan.welcome is not None
    assert not again.welcome.resumed
    assert again.welcome.session != alan.welcome.session


def test_a_stranger_cannot_come_back_as_somebody_else(house: House) -> None:
    ada = house.join("Ada")
    eve = house.knock()
    eve.hello("dots", "Eve", Resume("secret-0", 1))
    house.flush()
    eve.hear()
    assert eve.me == "Eve"
    assert not ada.connection.ended


def test_who_saw_more_than_this_room_has_is_told_how_much_and_starts_from_a_snapshot_as_itself(house: House) -> None:
    ada = house.join("Ada")
    ada.do("move")
    ada.gone()
    ada.seq = 50
    again = house.come_back(ada)
    heard = again.hear()
    assert again.welcome is not None
    assert (again.welcome.resumed, again.welcome.me, again.welcome.n) == (True, "Ada", 1)
    assert (again.welcome.s, again.welcome.lost) == (4, 46)  # join, move, away, back
    assert again.welcome.snapshot is not None
    assert again.state == house.room().state
    house.flush()
    again.do("jump")
    house.flush()
    assert [shown(message) for message in heard[1:] + again.hear() if isinstance(message, Do)] == ["Ada: jump []"]


def test_a_newer_connection_replaces_the_older_one_and_nobody_else_notices(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    again = house.come_back(alan)
    bye = alan.hear_bye()
    assert (bye.code, bye.again) == ("replaced", None)
    assert alan.connection.ended
    house.flush()
    assert ada.hear() == []
    again.do("move")
    house.flush()
    assert ada.hear_commands() == again.hear_commands() == ["Alan: move []"]
    alan.gone()  # the older connection ends at last, and means nothing any more
    house.flush()
    assert ada.hear() == []
    assert house.room().state.players["Alan"].here


def test_what_the_older_connection_says_after_it_was_replaced_is_not_heard(house: House) -> None:
    alan = house.join("Alan")
    house.come_back(alan)
    alan.do("move")
    assert house.room().log.last == 1


def test_who_is_back_before_its_seat_was_given_up_keeps_its_place(house: House) -> None:
    alan, ada = house.join("Alan"), house.join("Ada")
    ada.hear()
    alan.gone()
    house.come_back(alan)
    house.flush()
    away, back = ada.hear()
    assert isinstance(away, Away)
    assert isinstance(back, Back)
    assert list(ada.state.players) == ["Alan", "Ada"]


# ---------------------------------------------------------------------- places


def test_a_full_room_lets_nobody_in_until_somebody_leaves() -> None:
    house = House(room_players=2)
    house.join("Ada")
    alan = house.join("Alan")
    eve = house.knock()
    eve.hello("dots", "Eve")
    bye = eve.hear_bye()
    assert (bye.code, bye.again) == ("room-full", 0.5)
    assert bye.message == "the room 'dots' is full: 2 where the limit is 2 players (setting: room-players)"
    assert house.join("Eve", room="others").me == "Eve"
    alan.gone(clean=True)
    assert house.join("Eve").me == "Eve"


def test_a_seat_is_kept_for_one_who_is_away_and_free_once_it_is_given_up() -> None:
    house = House(room_players=2)
    house.join("Ada")
    alan = house.join("Alan")
    alan.gone()
    eve = house.knock()
    eve.hello("dots", "Eve")
    assert eve.hear_bye().code == "room-full"
    house.wait(31)
    assert house.join("Eve").me == "Eve"
    again = house.come_back(alan)  # its session lives, but there is no seat
    assert again.hear_bye().code == "room-full"
    assert "Alan" in house.room().sessions
