"""A room: commands and patches get their place, and everyone sees the same."""

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import (
    Do,
    DoRequest,
    Hidden,
    Set,
    SetRequest,
    Skipped,
    Snapshot,
)
from roomcast.core.room.fold import snapshot
from tests.core.entries import raw
from tests.core.fakes import House, act, folded, kinds

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
    ada.say(DoRequest(1, name))
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
    ada.say(
        act(1, "move"),
        SetRequest(2, "me", raw({"x": 1})),
        act(2, "not this"),
        SetRequest(1, "me", raw({"x": 2})),
        act(3, "jump"),
    )
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
    ada.say(act(1, "bad name"), act(2, "whisper", to=("Eve",)), SetRequest(3, "Eve", raw({})), act(4, "jump"))
    assert [(error.code, error.n) for error in ada.hear_errors()] == [
        ("bad-name", 1),
        ("bad-argument", 2),
        ("bad-argument", 3),
    ]
    ada.say(act(1, "good"), act(5, "jump"))
    house.flush()
    assert ada.hear_commands() == ["Ada: jump []", "Ada: jump []"]


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
    room = house.directory.open("dots", house.knock().peer, house.now)
    assert room is not None
    assert room.empty_since == house.now
    assert (room.log.last, snapshot(room.state)) == (0, Snapshot())


def test_a_stranger_cannot_fill_the_memory_with_names_of_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.room.commands.MAX_NAMES", 10)
    house = House(rate=10_000, burst=10_000)
    ada = house.join("Ada")
    for number in range(20):
        ada.do(f"command{number}")
    house.flush()
    assert ada.hear_commands()[-1] == "Ada: command19 []"
    assert len(house.room()._commands) == 10
