"""The driver: what it calls, and when."""

from collections.abc import Iterator
from typing import Any

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.core.server.directory import Directory
from roomcast.core.server.json_peer import JsonPeer
from roomcast.server.driver import Driver
from roomcast.storage.memory import EphemeralStore
from tests.core.fakes import WIRE, FakeConnection
from tests.manual_scheduler import ManualScheduler

DRAIN = 5.0  # seconds


class Driven:
    """A driver on a clock that is turned by hand, and a directory whose calls are noted, with their times."""

    def __init__(self) -> None:
        self.scheduler = ManualScheduler()
        self.wall = 1_700_000_000.0 - self.scheduler.time  # seconds that the time of day is ahead
        self.driver = Driver(lambda: self.scheduler.time + self.wall)
        self.directory = Directory(
            Limits(drain=DRAIN),
            store=EphemeralStore(),
            secret=lambda: "secret",
            seed=lambda: "",
            clock=self.driver.clock,
            wake=self.driver.wake,
        )
        self.notes: list[Any] = []
        self.flush_again: Iterator[float | None] = iter([])
        self.began = self.scheduler.time

    def start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def note(name: str, value: float) -> None:
            self.notes.append((name, round(value, 6)))

        def flush(now: float) -> float | None:
            note("flush", now - self.began)
            wait = next(self.flush_again, None)
            return None if wait is None else now + wait

        monkeypatch.setattr(self.directory, "flush", flush)
        monkeypatch.setattr(self.directory, "sweep", lambda now: note("sweep", now - self.began))
        monkeypatch.setattr(self.directory, "poll_store", lambda now: note("poll", now - self.began))
        monkeypatch.setattr(self.directory, "exclude_downtime", lambda seconds, now: note("exclude", seconds))
        self.driver.start(self.directory, self.scheduler)

    def take_notes(self, *names: str) -> list[Any]:
        notes, self.notes = self.notes, []
        return [note for note in notes if not names or note[0] in names]


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> Driven:
    """A driver that has been started."""
    driven = Driven()
    driven.start(monkeypatch)
    assert driven.take_notes() == [("sweep", 0)]
    return driven


# ---------------------------------------------------------------- flushes


def test_a_directory_that_wakes_it_is_flushed_in_the_same_turn_but_not_at_once(driven: Driven) -> None:
    driven.driver.wake()
    assert driven.take_notes() == []
    driven.scheduler.run_for(0)
    assert driven.take_notes() == [("flush", 0)]


def test_one_timer_serves_the_flush_that_is_due_first(driven: Driven) -> None:
    driven.flush_again = iter([0.5, 0.25, 0.375, 0.125])
    for due in (0.5, 0.25, 0.25, 0.125):
        driven.driver.wake()
        driven.scheduler.run_for(0)
        assert driven.scheduler.waiting == [due, 1.0]
    driven.take_notes()
    driven.scheduler.run_for(0.75)
    assert driven.take_notes() == [("flush", 0.125)]


def test_each_flush_may_ask_for_another(driven: Driven) -> None:
    driven.flush_again = iter([0.0035, 0.0095, 0.0035])
    driven.driver.wake()
    driven.scheduler.run_for(0.5)
    assert driven.take_notes() == [("flush", 0), ("flush", 0.004), ("flush", 0.014), ("flush", 0.018)]


def test_a_flush_is_set_for_whole_milliseconds_and_never_too_early(driven: Driven) -> None:
    driven.flush_again = iter([0.0031])
    driven.driver.wake()
    driven.scheduler.run_for(0)
    assert driven.scheduler.waiting == [0.004, 1.0]


def test_events_of_the_store_are_taken_at_once(driven: Driven) -> None:
    driven.scheduler.run_for(0.5)
    driven.driver.poll_store()
    assert driven.take_notes() == [("poll", 0.5)]


# ---------------------------------------------------------------- sweeps and clocks


def test_it_sweeps_each_second(driven: Driven) -> None:
    driven.scheduler.run_for(3.5)
    assert driven.take_notes() == [("sweep", 1), ("sweep", 2), ("sweep", 3)]


def test_time_in_which_the_computer_stood_still_is_excluded_before_the_sweep(driven: Driven) -> None:
    driven.scheduler.stand_still(1.9)  # a little late: nothing unusual
    driven.scheduler.run_for(0)
    assert driven.take_notes() == [("sweep", 1.9)]
    driven.scheduler.stand_still(61)
    driven.scheduler.run_for(1)
    assert driven.take_notes() == [("exclude", 60), ("sweep", 62.9), ("sweep", 63.9)]


def test_the_time_of_day_follows_the_wall_clock_at_each_sweep(driven: Driven) -> None:
    now = driven.scheduler.now()
    assert driven.directory.clock.at(now) == 1_700_000_000_000
    assert driven.directory.clock.at(now + 0.0129) == 1_700_000_000_012
    driven.wall -= 3600  # somebody sets it back
    assert driven.directory.clock.at(now + 0.5) == 1_700_000_000_500
    driven.scheduler.run_for(1)
    assert driven.directory.clock.at(now + 1.5) == 1_699_996_401_500


# ---------------------------------------------------------------- the end


class Client(FakeConnection):
    """A connection that does not answer a close."""

    def __init__(self, driven: Driven, unread: int = 0) -> None:
        super().__init__(unread_limit=100_000)
        self.left_to_read = unread
        self.ended_after: float | None = None
        self._driven = driven
        self._began = driven.scheduler.now()
        self.peer = JsonPeer(driven.directory, self, WIRE, "10.0.0.1", self._began)
        driven.directory.enter(self.peer)

    def unread(self) -> int:
        return self.left_to_read

    def abort(self) -> None:
        super().abort()
        assert self.peer is not None
        if self.ended_after is None:
            self.ended_after = round(self._driven.scheduler.now() - self._began, 2)
            self._driven.scheduler.call_soon(lambda: self.peer and self.peer.gone(0.0, clean=False))


def test_it_ends_at_once_where_nobody_is_connected(driven: Driven) -> None:
    ended: list[str] = []
    driven.driver.close("good night", lambda: ended.append("ended"))
    assert ended == ["ended"]
    assert driven.scheduler.waiting == []


def test_those_who_have_read_all_are_given_a_moment_and_those_who_read_more(driven: Driven) -> None:
    ended: list[float] = []
    idle, reads, never_reads = Client(driven), Client(driven, 10), Client(driven, 10)
    driven.driver.close("good night", lambda: ended.append(round(driven.scheduler.now() - driven.began, 2)))
    for client in (idle, reads, never_reads):
        assert b"good night" in client.writes[-1]
        assert client.closed is not None
    driven.scheduler.run_for(2)
    assert idle.ended_after == pytest.approx(0.6, abs=0.02)
    assert reads.ended_after is None
    reads.left_to_read = 0
    driven.scheduler.run_for(1)
    assert reads.ended_after == pytest.approx(2, abs=0.02)
    assert ended == []
    driven.scheduler.run_for(10)
    assert never_reads.ended_after == pytest.approx(DRAIN, abs=0.02)
    assert ended == pytest.approx([DRAIN], abs=0.02)
    assert driven.scheduler.waiting == []


def test_while_it_closes_it_flushes_and_sweeps_and_then_no_more(driven: Driven) -> None:
    client = Client(driven, 10)
    driven.driver.close("good night", lambda: None)
    driven.scheduler.run_for(1.5)
    driven.driver.wake()
    driven.scheduler.run_for(0)
    assert driven.take_notes() == [("sweep", 1), ("flush", 1.5)]
    driven.driver.abort_all()
    driven.scheduler.run_for(0.1)
    assert client.ended_after == 1.5
    driven.driver.wake()
    driven.driver.poll_store()
    driven.scheduler.run_for(10)
    assert driven.take_notes() == []
