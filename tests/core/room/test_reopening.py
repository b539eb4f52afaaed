"""A room goes on after its server: what is there again, and what is not."""

from __future__ import annotations

import gc
import weakref

import pytest
from msgspec import Raw

from roomcast.core.protocol.messages import (
    Away,
    Back,
    Do,
    Join,
    Leave,
    Resume,
    SetRequest,
    Welcome,
)
from roomcast.core.room.commit_log import Level
from roomcast.core.room.fold import PlayerState
from roomcast.testing import disk_commit_log
from roomcast.testing.disk import MemoryStore
from tests.core.entries import raw
from tests.core.fakes import House, act
from tests.core.keeping import KEPT, held, house_of, saved

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
    assert house.directory.rooms == {}, "a room is opened when somebody comes"
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
    assert room.state.players["Alan_T."] == PlayerState("Alan_T.", "Alan T.", False)
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
    ada.say(act(2, "whisper", to=("nobody",)), SetRequest(3, "Eve", raw({})))
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
        "Alan": Raw(b'{"score":7}'),
    }
    house.crash()
    again = house.come_back(alan)
    house.flush()
    (join,) = [m for m in again.hear() if isinstance(m, Join)]
    assert bytes(join.state) == bytes(again.state.players["Alan"].state.text()) == b'{"score":7}'
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
    house.flush()
    again.hear()
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
    kept = saved(store)
    assert kept.snapshot_seq >= 50
    assert len(kept.lines) <= 10
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert house.room().state.shared == before.shared == again.state.shared


def test_a_room_of_large_entries_takes_snapshots_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_commit_log, "SNAPSHOT_EVERY_BYTES", 50_000)
    store = MemoryStore(Level.FULL, kept=1)
    house = House(store=store, rate=1000, burst=1000)
    ada = house.join("Ada")
    for _ in range(60):
        ada.do("draw", "x" * 5000)
    house.flush()
    kept = saved(store)
    assert kept.last - kept.snapshot_seq <= 10


def test_a_restart_starts_no_new_count_to_the_next_snapshot() -> None:
    store = MemoryStore(Level.FULL, kept=1, snapshot_every=10)
    house = House(store=store)
    ada = house.join("Ada")
    for _ in range(8):  # of which each opening makes a few entries
        house.crash()
        ada = house.come_back(ada)
        house.flush()
        ada.hear()
    assert saved(store).snapshot_seq >= 10


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
    assert house.directory.rooms == {}
    assert not store.kept["dots"].sessions
    again = house.come_back(ada)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert (again.welcome.resumed, again.welcome.epoch) == (False, 2), "it was away too long"
    assert again.state.shared == {"level": 3}
    assert again.state.players == {"player": PlayerState("player", "player")}
    assert again.seq == house.room().log.last > 3, "the order goes on"


def test_a_room_is_unloaded_only_when_all_of_it_is_on_disk() -> None:
    house, store = house_of(Level.RELAXED, seat_kept=5, resume_window=10, empty_room=5)
    ada = house.join("Ada")
    held(house, ada)
    ada.set("room", {"level": 3})
    ada.gone(clean=True)
    house.wait(30)
    assert "dots" in house.directory.rooms
    assert not house.room().settled
    store.save()
    house.held = False
    house.wait(2)
    assert house.directory.rooms == {}
    assert house.join("Ada").state.shared == {"level": 3}


def test_a_room_that_was_unloaded_is_garbage() -> None:
    house, _ = house_of(Level.FULL, seat_kept=1, resume_window=2, empty_room=1)
    house.join("Ada").gone(clean=True)
    house.flush()
    room = weakref.ref(house.room())
    house.wait(5)
    gc.collect()
    assert room() is None
