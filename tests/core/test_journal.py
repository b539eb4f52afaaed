"""Rooms that are written down: what may be seen when, and how a room goes on after its server."""

from __future__ import annotations

import gc
import json
import weakref
from typing import Any

import pytest

from roomcast.core import room as room_module
from roomcast.core.journal import Level
from roomcast.core.messages import (
    Away,
    Back,
    Bye,
    Do,
    Error,
    Hello,
    Hidden,
    Join,
    Leave,
    PlayerRecord,
    Put,
    Resume,
    Skipped,
    Welcome,
)
from roomcast.errors import Refused
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program, act, shown

KEPT = [Level.RELAXED, Level.FULL]


def house_of(level: Level, **limits: Any) -> tuple[House, MemoryStore]:
    store = MemoryStore(level)
    return House(store=store, **limits), store


def held(house: House, *programs: Program) -> None:
    """From now on the disk writes when it is told; what came so far was heard."""
    house.held = True
    for program in programs:
        program.hear()


def kinds(program: Program) -> list[str]:
    return [type(message).__name__ for message in program.hear()]


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
    house.held = True
    ada, wrong = house.knock(), house.knock()
    ada.hello("dots", "Ada")
    wrong.say(Hello("dots", "Alan"), b"nonsense")
    old = house.join_by_lines()
    house.hub.close("the server is closing", house.now)
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
    (skip,) = [message for message in slow.hear() if isinstance(message, Skipped)]
    assert skip.last == store.last()
    assert slow.state.shared == {"level": 59}
    assert skip.n == 1, "the second one is not on disk"
    store.save()
    house.flush()
    assert slow.hear_commands() == ["Slow: mine_too []"]
    assert slow.state.shared == {"level": "new"}


def test_private_words_stay_private_on_disk_and_after_it() -> None:
    house, _ = house_of(Level.FULL)
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    for program in (ada, alan, eve):
        program.hear()
    ada.do("whisper", "psst", to=("Alan",))  # nobody has heard it
    house.hub.flush(house.now)
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


# ---------------------------------------------------------------------- after the server: the room goes on


@pytest.mark.parametrize("level", KEPT)
def test_after_a_restart_room_players_state_sessions_and_numbering_are_back(level: Level) -> None:
    house, _ = house_of(level)
    ada, alan = house.join("Ada"), house.join("Alan T.")
    ada.do("move", 1)
    ada.set("me", {"x": 5})
    alan.set("room", {"level": 3})
    house.flush()
    for program in (ada, alan):
        program.hear()
    before = house.room().state
    house.restart()
    assert house.hub.rooms == {}, "a room is opened when somebody comes"
    again = house.come_back(ada)
    house.flush()
    heard = again.hear()
    assert isinstance(heard[0], Welcome)
    assert (heard[0].me, heard[0].resumed, heard[0].n, heard[0].lost) == ("Ada", True, 2, 0)
    assert (heard[0].epoch, heard[0].snapshot) == (2, None)
    assert [type(message) for message in heard[1:]] == [Away, Away, Back]
    room = house.room()
    assert room.state.shared == before.shared
    assert room.state.players["Ada"] == before.players["Ada"]
    assert room.state.players["Alan_T."] == PlayerRecord("Alan_T.", "Alan T.", False, {})
    again.say(act(2, "sent_again"), act(3, "new"))
    house.flush()
    (command,) = [entry for entry in again.hear() if isinstance(entry, Do)]
    assert (command.c, command.n, command.s) == ("new", 3, room.log.last)
    back = house.come_back(alan)
    house.flush()
    back.hear()
    assert back.me == "Alan_T."
    assert back.state == again.state or again.hear()
    assert back.state == room.state


def test_a_relaxed_room_tells_everyone_how_much_a_crash_has_undone() -> None:
    house, _ = house_of(Level.RELAXED)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.do("kept")
    house.flush()
    held(house, ada, alan)
    ada.do("lost_first")
    house.flush()
    alan.hear()  # and no more
    ada.do("lost")
    ada.do("lost_too")
    house.flush()
    ada.hear()
    house.crash()
    back = [house.come_back(ada), house.come_back(alan)]
    for program, lost in zip(back, (3, 1), strict=True):
        program.hear()
        assert program.welcome is not None
        assert (program.welcome.lost, program.welcome.resumed, program.welcome.n) == (lost, True, program.n and 1)
    house.flush()
    house.held = False
    house.flush()
    for program in back:
        program.hear()
        assert program.state == house.room().state
        assert program.state.shared == {}
    back[0].say(act(2, "new"))  # the numbers of what is lost are free
    house.flush()
    assert back[1].hear_commands() == ["Ada: new []"]


def test_one_who_saw_nothing_of_what_was_lost_goes_on_without_a_word() -> None:
    house, store = house_of(Level.RELAXED)
    ada, alan = house.join("Ada"), house.join("Alan")
    held(house, ada, alan)
    alan.gone()
    store.save()
    ada.do("lost")
    house.flush()
    house.crash()
    again = house.come_back(alan)
    house.flush()
    heard = again.hear()
    assert isinstance(heard[0], Welcome)
    assert (heard[0].lost, heard[0].snapshot) == (0, None)
    assert [type(message) for message in heard[1:]] == [Away, Away, Back]


def test_one_who_comes_back_from_an_older_epoch_is_judged_by_where_that_one_ended() -> None:
    house, store = house_of(Level.RELAXED)
    ada, late = house.join("Ada"), house.join("Late")
    held(house, ada, late)
    for _ in range(3):
        ada.do("undone")
    house.flush()
    late.hear()
    assert (store.last(), late.seq) == (2, 5)
    house.crash()
    for epoch in (2, 3):
        ada = house.come_back(ada)
        for _ in range(10):
            ada.do("later")
            ada.hear()
        store.save()
        house.flush()
        ada.hear()
        assert ada.welcome is not None
        assert ada.welcome.epoch == epoch
        house.restart()
    assert store.last() > late.seq, "its seq alone tells nothing"
    again = house.come_back(late)
    again.hear()
    assert again.welcome is not None
    assert (again.welcome.epoch, again.welcome.lost) == (4, 3)
    assert again.state == house.room().state or store.save()


def test_who_claims_to_come_from_an_epoch_that_is_yet_to_be_starts_from_a_snapshot() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    assert ada.welcome is not None
    ada.gone()
    again = house.knock()
    again.hello("dots", "", Resume(ada.welcome.session, 1, 99))
    house.flush()
    (welcome,) = again.hear()
    assert isinstance(welcome, Welcome)
    assert (welcome.lost, welcome.resumed) == (1, True)
    assert welcome.snapshot is not None


def test_in_a_full_room_who_has_forgotten_it_is_welcome_when_all_that_it_sent_is_on_disk() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    held(house, ada)
    ada.do("move", 1)
    ada.set("me", {"x": 3})
    ada.gone()
    again = house.knock()
    again.hello("dots", "Ada", Resume(ada.back.session, 0, fresh=True))
    house.flush()
    assert again.hear() == []
    store.save()
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert (again.welcome.n, again.welcome.resumed) == (2, True)
    assert again.state.players["Ada"].state == {"x": 3}, "what it sent is in the snapshot, and needs no sending again"
    assert again.seq == house.room().log.last


def test_numbers_that_were_refused_and_that_a_crash_made_the_server_forget_are_free_again() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    ada.do("move")
    ada.say(act(2, "whisper", to=("nobody",)), Put(3, "Eve", {}))
    house.flush()
    assert len(ada.hear_errors()) == 2
    house.crash()
    again = house.come_back(ada)
    again.hear()
    assert again.welcome is not None
    assert again.welcome.n == 1
    again.say(act(2, "jump"))
    house.flush()
    assert again.hear_commands() == ["Ada: jump []"]


def test_starter_players_left_when_the_server_did() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Zuse")
    house.join_by_lines()
    ada.hear()
    assert list(house.room().state.players) == ["Zuse", "Ada"]
    house.crash()
    again = house.come_back(ada)
    house.flush()
    leave = next(message for message in again.hear() if isinstance(message, Leave))
    assert (leave.by, leave.why) == ("Ada", "lost")
    assert [one.player for one in store.kept["dots"].sessions.values()] == ["Zuse"]
    assert house.join_by_lines().hear()[-1] == "myIDis Ada ", "the name is free"


def test_seats_and_sessions_of_before_are_given_up_in_their_time() -> None:
    house, store = house_of(Level.FULL, seat_kept=30, resume_window=120, room_players=2)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.set("me", {"score": 7})
    house.flush()
    alan.hear()
    house.crash()
    house.now += 1000  # the server was down for longer than any window
    ada = house.come_back(ada)
    house.flush()
    full = house.knock()
    full.hello("dots", "Eve")
    assert full.hear_bye().code == "room-full", "Alan may still come"
    house.wait(31)
    assert list(house.room().state.players) == ["Ada"]
    assert {one.player: one.left_state for one in store.kept["dots"].sessions.values()} == {
        "Ada": None,
        "Alan": {"score": 7},
    }
    house.crash()
    again = house.come_back(alan)
    house.flush()
    (join,) = [m for m in again.hear() if isinstance(m, Join)]
    assert join.state == again.state.players["Alan"].state == {"score": 7}
    assert next(one for one in store.kept["dots"].sessions.values() if one.player == "Alan").left_state is None
    again.gone()
    house.wait(125)
    assert not any(one.player == "Alan" for one in store.kept["dots"].sessions.values()), "forgotten on disk too"


def test_who_said_goodbye_is_forgotten_on_disk() -> None:
    house, store = house_of(Level.FULL)
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.gone(clean=True)
    house.flush()
    assert [one.player for one in store.kept["dots"].sessions.values()] == ["Ada"]
    house.crash()
    again = house.come_back(alan)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert not again.welcome.resumed
    assert ada.welcome is not None


def test_state_limits_count_what_was_there_before() -> None:
    house, _ = house_of(Level.FULL, player_state=1000, room_state=1000)
    ada = house.join("Ada")
    for of in ("me", "room"):
        ada.set(of, {"a": "x" * 600})
    house.flush()
    house.crash()
    again = house.come_back(ada)
    for of in ("me", "room"):
        again.set(of, {"b": "x" * 600})
    assert [error.code for error in again.hear_errors()] == ["state-full", "state-full"]


@pytest.mark.parametrize("level", KEPT)
def test_a_room_opens_from_its_newest_snapshot(level: Level) -> None:
    store = MemoryStore(level, kept=3, snapshot_every=10)
    house = House(store=store, rate=1000, burst=1000)
    ada = house.join("Ada")
    for number in range(57):
        ada.set("room", {f"key{number % 5}": number})
        house.flush()
    ada.hear()
    before = house.room().state
    house.crash()
    _, saved = store.open("dots")
    assert saved is not None
    assert saved.snapshot_seq >= 50
    assert len(saved.lines) <= 10
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert house.room().state.shared == before.shared == again.state.shared


def test_a_room_of_large_entries_takes_snapshots_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "SNAPSHOT_EVERY_BYTES", 50_000)
    store = MemoryStore(Level.FULL, kept=1)
    house = House(store=store, rate=1000, burst=1000)
    ada = house.join("Ada")
    for _ in range(60):
        ada.do("draw", "x" * 5000)
    house.flush()
    _, saved = store.open("dots")
    assert saved is not None
    assert saved.last - saved.snapshot_seq <= 10


def test_a_restart_starts_no_new_count_to_the_next_snapshot() -> None:
    store = MemoryStore(Level.FULL, kept=1, snapshot_every=10)
    house = House(store=store)
    ada = house.join("Ada")
    for _ in range(8):  # of which each opening makes a few entries
        house.crash()
        ada = house.come_back(ada)
        house.flush()
        ada.hear()
    _, saved = store.open("dots")
    assert saved is not None
    assert saved.snapshot_seq >= 10


# ---------------------------------------------------------------------- rooms that nobody is in


def test_a_room_that_was_unloaded_opens_as_it_was() -> None:
    house, store = house_of(Level.FULL, seat_kept=5, resume_window=10, empty_room=5)
    ada = house.join("Ada")
    ada.set("room", {"level": 3})
    ada.set("me", {"score": 1})
    house.flush()
    ada.hear()
    ada.gone()
    house.wait(30)
    assert house.hub.rooms == {}
    assert not store.kept["dots"].sessions
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert (again.welcome.resumed, again.welcome.epoch) == (False, 2), "it was away too long"
    assert again.state.shared == {"level": 3}
    assert again.state.players == {"player": PlayerRecord("player", "player")}
    assert again.seq == house.room().log.last > 3, "the order goes on"


def test_a_room_is_unloaded_only_when_all_of_it_is_on_disk() -> None:
    house, store = house_of(Level.RELAXED, seat_kept=5, resume_window=10, empty_room=5)
    ada = house.join("Ada")
    held(house, ada)
    ada.set("room", {"level": 3})
    ada.gone(clean=True)
    house.wait(30)
    assert "dots" in house.hub.rooms
    assert not house.room().settled
    store.save()
    house.wait(2)
    assert house.hub.rooms == {}
    assert house.join("Ada").state.shared == {"level": 3}


def test_a_room_that_was_unloaded_is_garbage() -> None:
    house, _ = house_of(Level.FULL, seat_kept=1, resume_window=2, empty_room=1)
    house.join("Ada").gone(clean=True)
    house.flush()
    room = weakref.ref(house.room())
    house.wait(5)
    gc.collect()
    assert room() is None


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
    assert house.hub.flush(house.now) is not None or level is Level.FULL  # the room waits for its pace
    store.fail("the disk is full")
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
    assert house.hub.rooms == {}
    assert house.hub._sessions == {}
    for program in (ada, alan, other):
        program.peer.gone(house.now, clean=False)
    old.peer.gone(house.now, clean=False)
    assert not house.hub.peers


def test_while_the_disk_fails_nobody_comes_in_and_then_all_goes_on_from_what_is_on_it() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    ada.do("kept")
    house.flush()
    ada.hear()
    held(house)
    ada.do("not_kept")
    store.fail("the disk is full")
    ada.hear()
    again = house.come_back(ada)
    error, bye = again.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert (error.code, bye.code, bye.again) == ("disk", "disk", 0.5)
    stranger = house.knock()
    stranger.hello("dots", "Eve")
    assert stranger.hear_bye().message == "the disk is full"
    with pytest.raises(Refused, match="the disk is full"):
        house.join_by_lines()
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
    bye = again.hear_bye()
    assert bye.code == "disk"
    assert bye.message == "the room 'dots' cannot be opened: what is kept of it is damaged"
    with pytest.raises(Refused, match="damaged"):
        house.join_by_lines(room="dots")
    assert house.join("Alan", room="chat").me == "Alan"
    assert list(house.hub.rooms) == ["chat"]


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
