"""The room's time: what entries carry as `at`. It never goes back, and it does not jump while somebody is here."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Entry, Hidden, Ping, Pong, Snapshot, Tick, Wake, Welcome
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import Level, Opened, SavedRoom
from roomcast.core.room.order import Order
from roomcast.storage.memory import MemoryCommitLog
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House
from tests.core.keeping import KEPT, house_of, saved


@pytest.fixture
def house() -> House:
    return House(pace=0)


def times(house: House) -> list[int]:
    """The times of all entries that are kept of the room."""
    log = house.room().log
    return [entry.at for entry in log.entries(log.first - 1, log.last)]


def test_it_is_the_clocks_when_the_first_comes_and_then_follows_the_monotonic_clock(house: House) -> None:
    house.directory.clock.offset = 500.0
    ada = house.join("Ada")
    house.now += 0.0125
    ada.do("move")
    assert times(house) == [1_500_000, 1_500_012]
    assert house.room().log.time(house.now + 1) == 1_501_012


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_while_somebody_is_here_does_not_change_it(house: House, jump: float) -> None:
    ada = house.join("Ada")
    house.directory.clock.offset = jump
    house.now += 1
    ada.do("move")
    house.join("Alan")
    assert times(house)[1:] == [1_001_000, 1_001_000]


def test_a_clock_that_was_set_forward_counts_for_who_comes_when_nobody_is_here(house: House) -> None:
    ada = house.join("Ada")
    house.directory.clock.offset = 3600.0
    ada.gone()
    assert times(house) == [1_000_000, 1_000_000]
    house.come_back(ada)
    assert times(house)[-1] == 4_600_000


def test_a_clock_that_was_set_back_does_not_lead_to_entries_before_others(house: House) -> None:
    ada = house.join("Ada")
    house.now += 10
    ada.gone()
    house.directory.clock.offset = -3600.0
    house.come_back(ada)
    house.now += 2
    house.join("Alan")
    assert times(house) == [1_000_000, 1_010_000, 1_010_000, 1_012_000]


@given(st.floats(0, 1e6), st.floats(-1e9, 1.8e9), st.integers(0, 10**9))
def test_when_it_will_be_some_time_is_not_too_early(now: float, offset: float, later: int) -> None:
    log = Order(MemoryCommitLog("dots"), Clock(offset))
    at = log.time(now) + later / 7
    assert log.time(log.monotonic(at)) >= at


def test_two_readings_of_the_clock_in_the_wrong_order_do_no_harm(house: House) -> None:
    ada = house.join("Ada")
    house.now -= 0.5
    ada.do("move")
    ada.set("me", {"x": 1})
    assert times(house) == [1_000_000] * 3


@pytest.mark.parametrize("level", KEPT)
def test_a_room_that_opens_again_goes_on_from_its_newest_entry_though_the_clock_was_set_back(level: Level) -> None:
    house, _ = house_of(level, pace=0)
    ada = house.join("Ada")
    house.now += 100
    ada.do("move")
    house.flush()
    house.restart()
    house.directory.clock.offset = -5000.0
    house.come_back(ada)
    house.now += 1
    house.join("Alan")
    found = times(house)
    assert found == sorted(found)
    assert (found[1], found[-2], found[-1]) == (1_100_000, 1_100_000, 1_101_000)


def test_after_a_restart_the_newest_may_be_the_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore(Level.FULL, kept=0, snapshot_every=1)
    house = House(store=store, pace=0)
    ada = house.join("Ada")
    house.now += 100
    ada.do("move")
    house.flush()
    kept = saved(store)
    assert (kept.snapshot.at, kept.lines) == (1_100_000, [])
    house.crash()
    house.directory.clock.offset = -5000.0
    house.come_back(ada)
    assert house.room().log.at == 1_100_000


def test_what_an_older_version_has_kept_opens_and_goes_on_from_the_newest_time_in_it(house: House) -> None:
    lines = [
        b'{"t":"join","s":1,"by":"Ada","at":1700000000000,"name":"Ada"}',
        b'{"t":"hidden","s":2}',
    ]
    private = {2: b'{"t":"do","s":2,"by":"Ada","at":1700000000500,"c":"note","n":1,"to":["Ada"]}'}
    older = codec.encode(Snapshot()).replace(b',"at":0', b"")
    assert older == b"{}"
    kept = SavedRoom(2, {1: 0, 2: 2}, 2, Snapshot(), 0, lines, private)
    commits = house.directory.store.open("dots")
    assert isinstance(commits, Opened)
    room = house.directory._add(Opened("dots", commits.commits, kept), house.now)
    assert [entry.at for entry in room.log.entries(2, 3)] == [1_700_000_000_500]


def test_a_room_that_could_not_go_on_opens_again_with_the_time_that_it_has_told() -> None:
    store = MemoryStore(Level.FULL)
    house = House(store=store, pace=0)
    ada = house.join("Ada")
    ada.say(Wake(at=1_000_500.0))
    house.now += 60
    house.flush()
    assert Tick(1_060_000) in ada.hear()
    house.directory.clock.offset = -3600.0
    store.fail("the disk is full")
    house.poll()
    assert house.directory.rooms == {}
    store.recover()
    house.come_back(ada)
    assert times(house)[-1] >= 1_060_000


def test_whoever_may_not_read_a_private_command_is_told_its_time(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.hear()
    house.now += 0.25
    ada.do("whisper", to=())
    house.flush()
    assert alan.hear_entries() == [Hidden(3, 1_000_250)]


def test_a_welcome_and_a_pong_tell_the_rooms_time_and_a_snapshot_its_own(house: House) -> None:
    house.join("Ada")
    house.directory.clock.offset = 3600.0  # which is not the room's
    house.now += 2
    alan = house.knock()
    alan.hello("dots", "Alan")
    house.now += 0.005
    house.flush()
    house.now += 1
    alan.say(Ping())
    welcome, pong = (message for message in alan.hear() if not isinstance(message, Entry))
    assert isinstance(welcome, Welcome)
    assert isinstance(pong, Pong)
    assert (welcome.snapshot, welcome.time) == (
        Snapshot(welcome.snapshot.players if welcome.snapshot else (), at=1_002_000),
        1_002_000,
    )
    assert pong.time == 1_003_005
