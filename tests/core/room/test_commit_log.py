"""Rooms that are written down: what may be seen when, and a disk that fails."""

from __future__ import annotations

import json

import pytest

from roomcast.core.protocol.messages import (
    Away,
    Bye,
    Do,
    Error,
    Hello,
    Hidden,
    Join,
    Skipped,
    Welcome,
)
from roomcast.core.room.commit_log import Level
from tests.core.fakes import act, kinds, shown
from tests.core.keeping import KEPT, held, house_of

# ---------------------------------------------------------------------- in a full room: on disk, then seen


def test_in_a_full_room_an_entry_is_seen_when_it_is_on_disk_and_not_before() -> None:
    house, store = house_of(Level.FULL)
    ada, alan = house.join("Ada"), house.join("Alan")
    held(house, ada, alan)
    ada.do("move", 1)
    ada.do("move", 2)
    ada.set("room", {"level": 1})
    house.flush()
    assert ada.hear() == alan.hear() == []
    store.save(1)
    house.flush()
    assert ada.hear_commands() == alan.hear_commands() == ["Ada: move [1]"]
    store.save()
    house.flush()
    assert kinds(ada) == kinds(alan) == ["Do", "Set"]


def test_in_a_relaxed_room_an_entry_is_seen_at_once() -> None:
    house, store = house_of(Level.RELAXED)
    ada = house.join("Ada")
    held(house, ada)
    ada.do("move", 1)
    house.flush()
    assert ada.hear_commands() == ["Ada: move [1]"]
    assert store.waits == 1


def test_at_the_level_none_nothing_is_written() -> None:
    house, store = house_of(Level.NONE)
    house.join("Ada").do("move")
    assert (store.waits, store.last()) == (0, 0)
    assert house.room().settled


def test_a_newcomer_to_a_full_room_is_welcome_when_its_join_is_on_disk() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    held(house, ada)
    ada.set("room", {"level": 1})
    alan = house.knock()
    alan.hello("dots", "Alan")
    ada.set("room", {"level": 2})
    house.flush()
    assert alan.hear() == ada.hear() == []
    store.save(2)  # the patch, and Alan's session
    house.flush()
    assert alan.hear() == [], "its secret would be of no use after a crash"
    store.save(1)  # its join
    house.flush()
    (welcome,) = alan.hear()
    assert isinstance(welcome, Welcome)
    assert welcome.s == store.last() == 3
    assert alan.state.shared == {"level": 1}
    assert list(alan.state.players) == ["Ada", "Alan"]
    store.save()
    house.flush()
    assert kinds(alan) == ["Set"]
    ada.hear()
    assert alan.state == ada.state == house.room().state


def test_what_a_newcomer_says_with_its_hello_comes_after_its_welcome() -> None:
    house, store = house_of(Level.FULL)
    house.join("Alan")
    house.held = True
    ada = house.knock()
    ada.say(Hello("dots", "Ada"), act(1, "move"))
    house.flush()
    assert ada.hear() == []
    store.save()
    house.flush()
    assert kinds(ada) == ["Welcome", "Do"]


def test_a_newcomer_that_is_gone_before_its_welcome_is_away() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    held(house, ada)
    alan = house.knock()
    alan.hello("dots", "Alan")
    alan.gone()
    house.held = False
    house.flush()
    assert alan.hear() == []
    assert [type(entry) for entry in ada.hear_entries()] == [Join, Away]


def test_a_starter_client_in_a_full_room_is_greeted_when_its_join_is_on_disk() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Zuse")
    held(house, ada)
    old = house.join_by_lines()
    late = house.join_by_lines()
    assert old.hear() == late.hear() == []
    store.save(1)
    house.flush()
    assert old.hear() == ["newPlayer Zuse", "myIDis Ada "], "the other one is not on disk"
    assert late.hear() == []
    store.save()
    house.flush()
    assert old.hear() == ["newPlayer Alan"]
    assert late.hear() == ["newPlayer Zuse", "newPlayer Ada", "myIDis Alan "]
    old.say("move 1\n")
    house.flush()
    assert late.hear() == []
    store.save()
    house.flush()
    assert late.hear() == ["move Ada 1"]


def test_after_a_bye_no_welcome_comes_though_the_join_is_on_disk_at_last() -> None:
    house, _ = house_of(Level.FULL)
    house.join("Eve")
    house.held = True
    ada, wrong = house.knock(), house.knock()
    ada.hello("dots", "Ada")
    wrong.say(Hello("dots", "Alan"), b"nonsense")
    old = house.join_by_lines()
    house.directory.close("the server is closing", house.now)
    written = [list(ada.connection.writes), list(wrong.connection.writes), list(old.connection.writes)]
    for program in (ada, wrong, old):
        program.connection.closed = None  # whoever wrote now would write behind the bye
    house.held = False
    house.flush()
    assert [ada.connection.writes, wrong.connection.writes, old.connection.writes] == written
    assert kinds(ada) == ["Bye"]


def test_one_who_comes_back_to_a_full_room_is_told_where_the_log_stands_and_sees_what_is_on_disk() -> None:
    house, store = house_of(Level.FULL)
    ada, alan = house.join("Ada"), house.join("Alan")
    held(house, ada, alan)
    ada.do("one")
    ada.do("two")
    store.save(1)
    house.flush()
    alan.gone()
    again = house.come_back(alan)
    house.flush()
    assert kinds(again) == ["Welcome", "Do"]
    store.save()
    house.flush()
    assert kinds(again) == ["Do", "Away", "Back"]
    assert again.state == house.room().state


def test_a_skip_in_a_full_room_holds_nothing_that_is_not_on_disk() -> None:
    house, store = house_of(Level.FULL, kept_entries=5, unread=300, rate=1000, burst=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    slow.do("mine")
    for number in range(60):
        ada.set("room", {"level": number})
        house.flush()
    held(house, ada)
    slow.do("mine_too")
    ada.set("room", {"level": "new"})
    house.flush()
    slow.connection.read_on()
    house.flush()
    before = slow.hear()
    assert not any(isinstance(message, Skipped) for message in before), "the newest state is not on disk"
    store.save()
    house.flush()
    (skip,) = [message for message in slow.hear() if isinstance(message, Skipped)]
    assert skip.last == store.last()
    assert skip.n == 2
    assert slow.state.shared == {"level": "new"}


def test_private_words_stay_private_on_disk_and_after_it() -> None:
    house, _ = house_of(Level.FULL)
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    for program in (ada, alan, eve):
        program.hear()
    ada.do("whisper", "psst", to=("Alan",))  # nobody has heard it
    house.directory.flush(house.now)
    assert house.store is not None
    house.store.save()
    house.crash()
    back = [house.come_back(one) for one in (ada, alan, eve)]
    house.flush()
    heard = [one.hear() for one in back]
    assert [shown(m) for m in heard[0] if isinstance(m, Do)] == ['Ada: whisper ["psst"]']
    assert [shown(m) for m in heard[1] if isinstance(m, Do)] == ['Ada: whisper ["psst"]']
    assert not any(isinstance(m, Do) for m in heard[2])
    assert any(isinstance(m, Hidden) for m in heard[2])
    assert b"psst" not in b"".join(back[2].connection.writes)


# ---------------------------------------------------------------------- a disk that fails


@pytest.mark.parametrize("level", KEPT)
def test_a_disk_that_fails_sends_everyone_away_and_nothing_comes_after_the_bye(level: Level) -> None:
    house, store = house_of(level, pace=0.5)
    ada, alan, other = house.join("Ada"), house.join("Alan"), house.join("Eve", room="chat")
    old = house.join_by_lines()
    held(house, ada, alan, other)
    old.hear()
    ada.do("kept")
    house.flush()
    ada.hear()
    ada.do("not_kept")
    assert house.directory.flush(house.now) is not None or level is Level.FULL  # the room waits for its pace
    store.fail("the disk is full")
    house.poll()
    for program in (ada, alan, other):
        bye = program.hear_bye()
        assert (bye.code, bye.message) == ("disk", "the disk is full")
        assert bye.again is not None
        assert program.connection.closed == (1001, "disk")
        program.connection.closed = None  # whoever wrote now would write behind the bye
    assert old.hear()[-1] == "error server the disk is full"
    old.connection.closed = None
    house.now += 1
    house.flush()
    assert ada.hear() == alan.hear() == other.hear() == old.hear() == []
    assert house.directory.rooms == {}
    for program in (ada, alan, other):
        program.peer.gone(house.now, clean=False)
    old.peer.gone(house.now, clean=False)
    assert not house.directory.peers


def test_while_the_disk_fails_nobody_comes_in_and_then_all_goes_on_from_what_is_on_it() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    ada.do("kept")
    house.flush()
    ada.hear()
    held(house)
    ada.do("not_kept")
    store.fail("the disk is full")
    house.poll()
    ada.hear()
    again = house.come_back(ada)
    house.poll()
    error, bye = again.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert (error.code, bye.code, bye.again) == ("disk", "disk", 0.5)
    stranger = house.knock()
    stranger.hello("dots", "Eve")
    house.poll()
    assert stranger.hear_bye().message == "the room cannot be opened: the disk is full"
    assert house.join_by_lines().hear() == ["error server the room cannot be opened: the disk is full"]
    store.recover()
    house.held = False
    again = house.come_back(ada)
    again.say(act(2, "not_kept"))
    house.flush()
    (command,) = [m for m in again.hear() if isinstance(m, Do)]
    assert shown(command) == "Ada: not_kept []"
    assert again.welcome is not None
    assert (again.welcome.resumed, again.welcome.lost) == (True, 0)


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b'{"t":"hidden","s":2}', b'{"t":"welcome"}', b'{"t":"leave","s":3,"by":"Ada","at":0}', b"\xff", b"5"],
    ids=repr,
)
def test_what_is_damaged_is_refused_in_a_sentence_and_harms_no_other_room(damage: bytes) -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    ada.do("move")
    house.join("Eve", room="chat")
    house.crash()
    store.kept["dots"].lines[1] = damage
    again = house.come_back(ada)
    house.flush()
    bye = again.hear_bye()
    assert bye.code == "disk"
    assert bye.message == "the room 'dots' cannot be opened: what is kept of it is damaged"
    (told,) = house.join_by_lines(room="dots").hear()
    assert "damaged" in told
    assert house.join("Alan", room="chat").me == "Alan"
    assert list(house.directory.rooms) == ["chat"]


def test_every_entry_of_a_session_carries_its_number_to_the_disk() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    held(house, ada)
    for _ in range(5):
        ada.do("move")
        ada.set("me", {"x": 1})
    for written in range(1, 11):
        store.save(1)
        (session,) = store.kept["dots"].sessions.values()
        assert session.n == written
        assert json.loads(store.kept["dots"].lines[-1])["n"] == written
