"""A room: players come and go, commands get their place, and everyone sees the same."""

import pytest

from roomcast.core import codec
from roomcast.core.messages import (
    Act,
    Away,
    Back,
    Do,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Put,
    Resume,
    Set,
    Skipped,
    Snapshot,
    Welcome,
)
from tests.core.fakes import House, Program, act, folded, shown


@pytest.fixture
def house() -> House:
    return House()


def kinds(program: Program) -> list[str]:
    return [type(message).__name__ for message in program.hear()]


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
    assert welcome.snapshot.players[0].state == {"x": 1}
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


# ---------------------------------------------------------------------- commands


def test_commands_come_back_to_everyone_in_one_order_the_sender_too(house: House) -> None:
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    for program in (ada, alan, eve):
        program.hear()
    ada.do("move", 1)
    alan.do("move", 2)
    ada.do("say", "hi", {"k": [1.5, None]})
    house.flush()
    heard = ada.hear_commands()
    assert heard == ["Ada: move [1]", "Alan: move [2]", 'Ada: say ["hi",{"k":[1.5,null]}]']
    assert alan.hear_commands() == eve.hear_commands() == heard


def test_the_senders_number_comes_back_with_its_command(house: House) -> None:
    ada = house.join("Ada")
    ada.do("move")
    ada.set("me", {"x": 1})
    house.flush()
    do, put = ada.hear()
    assert isinstance(do, Do)
    assert isinstance(put, Set)
    assert (do.n, put.n) == (1, 2)


def test_arguments_reach_others_letter_by_letter(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(b'{"t":"do","n":1,"c":"x","a":{ "b":1.50, "a":"\\u0041" }}')
    house.flush()
    (entry,) = [entry for entry in alan.hear() if isinstance(entry, Do)]
    assert bytes(memoryview(entry.a)) == b'{ "b":1.50, "a":"\\u0041" }'


@pytest.mark.parametrize("arguments", [b"5", b'"text"', b"null", b"true"])
def test_arguments_that_are_neither_array_nor_object_are_refused(house: House, arguments: bytes) -> None:
    ada = house.join("Ada")
    ada.say(b'{"t":"do","n":1,"c":"x","a":' + arguments + b"}")
    (error,) = ada.hear_errors()
    assert (error.code, error.n) == ("bad-argument", 1)
    ada.say(act(2, "jump"))  # the number was used up, and the player is still in the room
    house.flush()
    assert ada.hear_commands() == ["Ada: jump []"]


@pytest.mark.parametrize("name", ["", "move left", "a\nb", "a\u200bb", "x" * 65])
def test_a_command_of_a_bad_name_is_refused(house: House, name: str) -> None:
    ada = house.join("Ada")
    ada.say(Act(1, name))
    (error,) = ada.hear_errors()
    assert (error.code, error.n) == ("bad-name", 1)
    assert house.room().log.last == 1


# ---------------------------------------------------------------------- private commands


def test_a_private_command_is_seen_by_its_people_and_its_sender_and_has_its_place_for_all(house: House) -> None:
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    for program in (ada, alan, eve):
        program.hear()
    ada.do("one")
    ada.do("whisper", "psst", to=("Alan",))
    ada.do("two")
    house.flush()
    assert kinds(eve) == ["Do", "Hidden", "Do"]
    assert alan.hear_commands() == ["Ada: one []", 'Ada: whisper ["psst"]', "Ada: two []"]
    assert ada.hear_commands() == ["Ada: one []", 'Ada: whisper ["psst"]', "Ada: two []"]
    assert ada.seq == alan.seq == eve.seq == house.room().log.last
    assert b"psst" not in b"".join(eve.connection.writes)


def test_a_private_command_to_nobody_comes_back_to_its_sender_only(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    ada.do("note", to=())
    house.flush()
    assert ada.hear_commands() == ["Ada: note []"]
    assert kinds(alan) == ["Hidden"]


def test_a_private_command_to_somebody_unknown_is_refused_by_name(house: House) -> None:
    ada = house.join("Ada")
    ada.do("whisper", to=("Ada", "Eve"))
    (error,) = ada.hear_errors()
    assert (error.code, error.n) == ("bad-argument", 1)
    assert "'Eve'" in error.message


def test_a_private_command_waits_for_one_who_is_away_and_stays_hidden_from_others_who_were(house: House) -> None:
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    alan.hear()
    eve.hear()
    alan.gone()
    eve.gone()
    ada.do("whisper", "psst", to=("Alan",))
    house.flush()
    alan2, eve2 = house.come_back(alan), house.come_back(eve)
    house.flush()
    assert 'Ada: whisper ["psst"]' in alan2.hear_commands()
    heard = eve2.hear()
    assert any(isinstance(message, Hidden) for message in heard)
    assert not any(isinstance(message, Do) for message in heard)
    assert b"psst" not in b"".join(eve2.connection.writes)


def test_a_newcomer_learns_nothing_of_what_was_said_in_private(house: House) -> None:
    ada = house.join("Ada")
    ada.do("whisper", "psst", to=())
    eve = house.knock()
    eve.hello("dots", "Eve")
    house.flush()
    assert b"psst" not in b"".join(eve.connection.writes)


# ---------------------------------------------------------------------- shared state


def test_shared_state_is_the_same_for_all_and_the_last_one_to_set_wins(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.set("room", {"level": 1, "door": "red"})
    alan.set("room", {"level": 2})
    ada.set("me", {"hand": {"a": 1}})
    ada.set("me", {"hand": {"b": 2}})
    alan.set("me", {"hand": {"a": 1}})
    alan.set("me", {"hand": {"b": 2}}, whole=True)
    house.flush()
    ada.hear()
    alan.hear()
    assert ada.state == alan.state == house.room().state == folded(house.room())
    assert ada.state.shared == {"level": 2, "door": "red"}
    assert ada.state.players["Ada"].state == {"hand": {"a": 1, "b": 2}}
    assert ada.state.players["Alan"].state == {"hand": {"b": 2}}


@pytest.mark.parametrize("of", ["", "Alan", "all", "ME"])
def test_nobody_sets_the_state_of_another(house: House, of: str) -> None:
    house.join("Alan")
    ada = house.join("Ada")
    ada.set(of, {"x": 1})
    (error,) = ada.hear_errors()
    assert (error.code, error.n) == ("bad-argument", 1)


def test_a_refusal_quotes_what_was_wrong_but_not_at_any_length(house: House) -> None:
    ada = house.join("Ada")
    ada.do("whisper", to=("x" * 50_000,))
    ada.set("y" * 50_000, {})
    unknown, owner = ada.hear_errors()
    assert "'xxxx" in unknown.message
    assert "'yyyy" in owner.message
    assert max(len(unknown.message), len(owner.message)) < 300


@pytest.mark.parametrize(("of", "setting"), [("me", "player-state"), ("room", "room-state")])
def test_shared_state_has_a_limit_that_the_refusal_names(of: str, setting: str) -> None:
    house = House(player_state=1000, room_state=1000)
    ada = house.join("Ada")
    ada.set(of, {"a": "x" * 600})
    ada.set(of, {"b": "y" * 600})
    (error,) = ada.hear_errors()
    assert (error.code, error.n) == ("state-full", 2)
    assert "1215 where the limit is 1000 bytes" in error.message
    assert f"setting: {setting}" in error.message
    house.flush()
    ada.hear()
    before = house.room().state
    ada.set(of, {"b": "y" * 300})
    house.flush()
    assert house.room().state != before, "there was place for this one"


def test_shared_state_that_is_replaced_again_and_again_never_fills_up() -> None:
    house = House(player_state=1000, burst=1000)
    ada = house.join("Ada")
    for number in range(300):
        ada.set("me", {"x": number, "text": "z" * 100, f"key{number}": 1})
        ada.set("me", {f"key{number}": None})
    assert ada.hear_errors() == []


def test_shared_state_cannot_grow_over_its_limit_by_leaving_and_joining_again() -> None:
    house = House(player_state=1000, seat_kept=5)
    ada = house.join("Ada")
    ada.set("me", {"a": "x" * 900})
    house.flush()
    ada.hear()
    ada.gone()
    house.wait(10)
    assert "Ada" not in house.room().state.players
    ada = house.come_back(ada)
    ada.set("me", {"b": "y" * 900})
    (error,) = ada.hear_errors()
    assert error.code == "state-full"
    assert len(codec.encode(house.room().state.players["Ada"].state)) <= 1000


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
    assert (join.by, join.name, join.state) == ("Alan_T.", "Alan T.", {"x": 7})
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


# ---------------------------------------------------------------------- numbers


def test_what_is_sent_twice_is_done_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(act(1, "move"), act(1, "move"), act(2, "jump"), act(1, "move"), act(2, "jump"))
    house.flush()
    assert alan.hear_commands() == ["Ada: move []", "Ada: jump []"]
    assert ada.hear_errors() == []


def test_what_was_sent_before_and_after_a_reconnect_is_done_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(act(1, "move"), act(2, "jump"))
    ada.gone()
    again = house.come_back(ada)
    again.say(act(1, "move"), act(2, "jump"), act(3, "shout"))
    house.flush()
    assert alan.hear_commands() == ["Ada: move []", "Ada: jump []", "Ada: shout []"]


def test_commands_and_patches_share_one_count(house: House) -> None:
    ada = house.join("Ada")
    ada.say(act(1, "move"), Put(2, "me", {"x": 1}), act(2, "not this"), Put(1, "me", {"x": 2}), act(3, "jump"))
    house.flush()
    assert ada.hear_commands() == ["Ada: move []", "Ada: jump []"]
    assert house.room().state.players["Ada"].state == {"x": 1}


@pytest.mark.parametrize("n", [0, -1, 3, 100, 2**70])
def test_a_gap_in_the_numbers_ends_the_connection_with_its_reason(house: House, n: int) -> None:
    ada = house.join("Ada")
    ada.say(act(1, "move"), act(n, "jump"), act(2, "shout"))
    heard = ada.hear()
    codes = [getattr(message, "code", "") for message in heard]
    assert codes == ["gap", "gap"]
    assert ada.connection.ended
    assert house.room().log.last == 2, "nothing after the gap was done"


def test_a_refused_message_uses_up_its_number(house: House) -> None:
    ada = house.join("Ada")
    ada.say(act(1, "bad name"), act(2, "whisper", to=("Eve",)), Put(3, "Eve", {}), act(4, "jump"))
    assert [(error.code, error.n) for error in ada.hear_errors()] == [
        ("bad-name", 1),
        ("bad-argument", 2),
        ("bad-argument", 3),
    ]
    ada.say(act(1, "good"), act(5, "jump"))
    house.flush()
    assert ada.hear_commands() == ["Ada: jump []", "Ada: jump []"]


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


# ---------------------------------------------------------------------- memory


def test_who_fell_off_the_kept_log_gets_a_snapshot_that_equals_the_fold() -> None:
    house = House(kept_entries=20, unread=500, burst=1000, rate=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for number in range(200):
        ada.set("me", {"x": number, f"key{number % 7}": number})
        house.flush()
    ada.hear()
    slow.connection.read_on()
    house.flush()
    heard = slow.hear()
    skips = [message for message in heard if isinstance(message, Skipped)]
    assert len(skips) == 1
    assert slow.seq == ada.seq == house.room().log.last
    assert slow.state == ada.state == house.room().state
    ada.do("move")
    house.flush()
    assert ada.connection.writes[-1] is slow.connection.writes[-1]


def test_what_one_said_in_a_part_that_it_skipped_is_counted_in_the_skip() -> None:
    house = House(kept_entries=10, unread=200, burst=1000, rate=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    slow.do("first")
    for _ in range(100):
        ada.do("move")
        house.flush()
    slow.do("second")
    slow.connection.read_on()
    house.flush()
    (skip,) = [message for message in slow.hear() if isinstance(message, Skipped)]
    assert skip.n == 2


def test_who_comes_back_after_too_much_was_missed_gets_a_snapshot() -> None:
    house = House(kept_entries=10, burst=1000, rate=1000)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.gone()
    for number in range(50):
        ada.set("room", {"level": number})
        house.flush()
    again = house.come_back(alan)
    house.flush()
    heard = again.hear()
    assert [type(message).__name__ for message in heard] == ["Welcome", "Skipped"]
    assert again.state == house.room().state
    assert again.seq == house.room().log.last


def test_the_log_holds_no_more_than_its_limit_however_much_is_said() -> None:
    house = House(kept_entries=100, kept_bytes=20_000, burst=10_000, rate=10_000)
    ada = house.join("Ada")
    ada.connection.stop_reading()
    for number in range(2000):
        ada.do("say", "x" * (number % 50))
        if number % 10 == 0:
            house.flush()
    house.flush()
    assert len(house.room().log) <= 110
    assert house.room().log.size <= 22_000
    assert house.room().log.last == 2001


def test_a_room_that_nobody_was_ever_in_counts_as_empty_from_its_start(house: House) -> None:
    room = house.hub.room("dots", house.now)
    assert room.empty_since == house.now
    assert room.snapshot() == (0, Snapshot())
