"""When rooms are flushed: the scheduler alone, with rooms that only note when; and a server, by what players hear."""

from __future__ import annotations

from typing import cast

import pytest

from roomcast.core.room.broken import RoomBroken
from roomcast.core.room.room import Room
from roomcast.core.server import flush_scheduler
from roomcast.core.server.flush_scheduler import FlushScheduler
from tests.core.fakes import House, Program


class Flushed:
    """A room that notes when it is flushed. `writes`: the connections that a flush writes to."""

    def __init__(self, writes: int = 1) -> None:
        self.caught_up = writes
        self.flushed_at = float("-inf")
        self.times: list[float] = []

    @property
    def feed(self) -> Flushed:
        return self

    def flush(self, now: float) -> None:
        self.flushed_at = now
        self.times.append(now)


class Scheduling:
    """A scheduler, and how often it has called `wake`."""

    def __init__(self, pace: float) -> None:
        self.woken = 0
        self.broken: list[RoomBroken] = []
        self.scheduler = FlushScheduler(pace, self._wake, self.broken.append)

    def _wake(self) -> None:
        self.woken += 1

    def schedule(self, *rooms: Flushed) -> None:
        for room in rooms:
            self.scheduler.schedule(cast(Room, room))

    def flush(self, now: float, *rooms: Flushed) -> float | None:
        """Flush when these rooms have something to flush."""
        self.schedule(*rooms)
        again = self.scheduler.flush(now)
        assert again is None or again > now, "asked to be called again at once"
        return again


# ---------------------------------------------------------------------- the scheduler alone


def test_it_wakes_its_driver_once_for_all_rooms_of_a_turn() -> None:
    flushes, one, other = Scheduling(0.5), Flushed(), Flushed()
    flushes.schedule(one, other)
    assert flushes.woken == 1
    assert flushes.flush(10) is None
    assert (one.times, other.times) == ([10], [10])
    flushes.schedule(other)
    assert flushes.woken == 2
    assert flushes.flush(20) is None
    assert (one.times, other.times) == ([10], [10, 20])


def test_without_anything_to_flush_it_does_nothing_and_asks_for_nothing() -> None:
    flushes = Scheduling(0.5)
    assert flushes.flush(10) is None
    assert flushes.woken == 0


def test_a_room_that_was_flushed_of_late_waits_for_its_pace_and_is_then_flushed_once() -> None:
    flushes, room = Scheduling(0.5), Flushed()
    flushes.flush(10, room)
    assert flushes.flush(10.1, room) == 10.5
    assert flushes.flush(10.4) == 10.5, "asked for too early, it says the same again"
    assert flushes.flush(10.5) is None
    assert flushes.flush(11) is None
    assert room.times == [10, 10.5]


def test_a_room_with_many_connections_waits_for_longer() -> None:
    flushes, room = Scheduling(0.004), Flushed(writes=1000)
    flushes.flush(10, room)
    assert flushes.flush(10, room) == pytest.approx(10 + 1000 * flush_scheduler.PACE_PER_WRITE)
    flushes, room = Scheduling(0.004), Flushed(writes=400)
    flushes.flush(10, room)
    assert flushes.flush(10, room) == pytest.approx(10.004)


def test_rooms_that_wait_are_flushed_when_each_may_be_whichever_came_first() -> None:
    flushes, rooms = Scheduling(1.0), [Flushed() for _ in range(3)]
    for number, room in enumerate(rooms):
        flushes.flush(10 + number / 10, room)
    again = flushes.flush(10.5, *reversed(rooms))
    while again is not None:
        again = flushes.flush(again)
    assert [room.times[1:] for room in rooms] == [[pytest.approx(11 + number / 10)] for number in range(3)]


def test_a_room_that_has_more_to_flush_while_it_is_flushed_is_flushed_again_in_the_next_turn() -> None:
    flushes = Scheduling(0)

    class Restless(Flushed):
        def flush(self, now: float) -> None:
            super().flush(now)
            if len(self.times) < 3:
                flushes.schedule(self)

    room = Restless()
    flushes.schedule(room)
    for turn in range(5):
        woken = flushes.woken
        flushes.flush(float(turn))
        assert flushes.woken == woken + (turn < 2), "the driver must hear of it"
    assert room.times == [0, 1, 2]


def test_without_a_pace_every_room_is_flushed_in_every_turn() -> None:
    flushes, rooms = Scheduling(0), [Flushed(writes=100_000) for _ in range(3)]
    for turn in range(3):
        assert flushes.flush(turn / 1000, *rooms) is None
    assert all(room.times == [0, 0.001, 0.002] for room in rooms)


def test_when_the_budget_of_all_is_spent_the_others_wait_and_each_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_scheduler, "BUDGET_PER_WRITE", 0.1)
    flushes, rooms = Scheduling(0.05), [Flushed() for _ in range(4)]
    again = flushes.flush(10, *rooms)
    assert [len(room.times) for room in rooms] == [1, 0, 0, 0], "one write spends more than the budget of a pace"
    while again is not None:
        now, again = again, flushes.flush(again)
        assert now <= 10.5
    assert [len(room.times) for room in rooms] == [1, 1, 1, 1]
    whens = [room.flushed_at for room in rooms]
    assert whens == sorted(whens)
    assert whens[-1] - whens[0] == pytest.approx(0.3, abs=0.06)


def test_a_room_that_is_alone_spends_no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_scheduler, "BUDGET_PER_WRITE", 100.0)
    flushes, room = Scheduling(0.05), Flushed()
    for turn in range(10):
        assert flushes.flush(10 + turn, room) is None
    assert len(room.times) == 10


# ---------------------------------------------------------------------- in a server


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
    monkeypatch.setattr(flush_scheduler, "BUDGET_PER_WRITE", 0.01)
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
        assert again > house.now
        house.now = again
        again = house.directory.flush(house.now)
    assert all(len(one.hear_commands()) == 1000 for room in rooms for one in room)


def test_a_busy_room_that_is_alone_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flush_scheduler, "PACE_PER_WRITE", 0.01)
    monkeypatch.setattr(flush_scheduler, "BUDGET_PER_WRITE", 0.1)
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
    monkeypatch.setattr(flush_scheduler, "BUDGET_PER_WRITE", 0.01)
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


def test_the_directory_wakes_its_driver_once_for_all_that_happens_in_a_turn() -> None:
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
