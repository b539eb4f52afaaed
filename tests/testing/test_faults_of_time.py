"""Faults, planted on purpose, that the simulator has to find: time never goes back, timers run once."""

from __future__ import annotations

from collections import deque
from math import ceil
from typing import Any

import pytest

from roomcast.client import inbox, players
from roomcast.client.timer_runner import TimerRunner
from roomcast.core.client.client_events import Resumed
from roomcast.core.client.timers import SavedTimers, TimerRecord, Timers
from roomcast.core.client.wakes import Wakes
from roomcast.core.room import order
from roomcast.core.room import room as room_module
from roomcast.core.room.commit_log import SavedRoom
from roomcast.core.room.feed import Feed
from roomcast.core.room.order import Order
from roomcast.core.room.recovery import recover
from roomcast.core.room.room import Room
from roomcast.testing.promises import (
    TIME,
    TIMERS,
)
from tests.testing.planting import Fault, Faults, Patch, find, honest, kept

pytestmark = pytest.mark.takes(26)

FAULTS = Faults()


# ---------------------------------------------------------------------- time never goes back


@FAULTS.breaks(TIME, kept)
def a_room_that_opens_again_takes_the_time_from_the_clock(patch: Patch) -> None:
    def recovered(log: Order, name: str, saved: SavedRoom, now: float) -> None:
        recover(log, name, saved, now)
        log.at = 0
        log.set_time(now)

    patch.setattr(room_module, "recover", recovered)


@FAULTS.breaks(TIME)
def a_room_follows_a_clock_that_is_set_back(patch: Patch) -> None:
    def time(log: Order, now: float) -> int:
        return log._clock.at(now)

    def monotonic(log: Order, at: float) -> float:
        return ceil(at) / 1000 - log._clock.offset + order._ROUNDED

    patch.setattr(Order, "time", time)
    patch.setattr(Order, "monotonic", monotonic)  # else the next tick would be due before the room's time has come


@FAULTS.breaks(TIMERS, kept)
def time_is_told_that_is_not_kept(patch: Patch) -> None:
    patch.setattr(Order, "may_tell", lambda log, at: True)


# ---------------------------------------------------------------------- timers run once, in one order


@FAULTS.breaks(TIMERS)
def timers_run_after_the_entry_that_they_belong_before(patch: Patch) -> None:
    def is_due(one: TimerRunner, timers: Timers, ticked: float) -> bool:
        return as_it_was(one, timers, ticked) if not one._core.events else timers.due <= one._replica.at

    as_it_was = TimerRunner._is_due
    patch.setattr(TimerRunner, "_is_due", is_due)


@FAULTS.breaks(TIMERS)
def timers_run_as_soon_as_our_own_clock_says(patch: Patch) -> None:
    def take(one: TimerRunner, ticked: float) -> bool:
        return as_it_was(one, max(ticked, one._replica.at + 200))

    as_it_was = TimerRunner.take
    patch.setattr(TimerRunner, "take", take)


@FAULTS.breaks(TIMERS)
def of_two_timers_the_later_one_runs_first(patch: Patch) -> None:
    def set_timer(timers: Timers, *what: Any) -> Any:
        timers._number -= 2
        return as_it_was(timers, *what)

    as_it_was = Timers.set
    patch.setattr(Timers, "set", set_timer)


@FAULTS.breaks(TIMERS)
def a_repeated_timer_counts_from_when_it_ran(patch: Patch) -> None:
    def ran(timers: Timers, timer: TimerRecord, runs: int, seq: int) -> None:
        as_it_was(timers, timer, runs, seq)
        if timer.runs > runs:
            timers.rest(0, timers.due % 16)

    as_it_was = Timers.ran
    patch.setattr(Timers, "ran", ran)


@FAULTS.breaks(TIMERS)
def a_timer_runs_twice_when_the_connection_was_lost(patch: Patch) -> None:
    def resumed(one: inbox.Inbox, event: Any) -> None:
        as_it_was(one, event)
        if one.timer_runner.timers is not None:
            for _, _, timer in one.timer_runner.timers._heap:
                timer.runs = max(0, timer.runs - 1)

    as_it_was = inbox.Inbox._resumed
    patch.setitem(inbox._TAKE, Resumed, resumed)


@FAULTS.breaks(TIMERS)
def timers_do_not_rest(patch: Patch) -> None:
    patch.setattr(Timers, "rest", lambda timers, since, until: None)


@FAULTS.breaks(TIMERS, kept)
def timers_run_while_the_server_is_down(patch: Patch) -> None:
    patch.setattr(Order, "stop_time", Order.set_time)


@FAULTS.breaks(TIMERS)
def what_nobody_saw_is_made_up_for_before_somebody_comes(patch: Patch) -> None:
    patch.setattr(players.Replica, "is_anyone_here", lambda replica: True)


@FAULTS.breaks(TIMERS)
def a_tick_overtakes_entries_that_are_not_committed(patch: Patch) -> None:
    def tick(room: Room, now: float) -> None:
        commits = room.commits
        committed, commits.committed = commits.committed, room.log.last
        try:
            as_it_was(room, now)
        finally:
            commits.committed = committed

    as_it_was = Room._tick
    patch.setattr(Room, "_tick", tick)


@FAULTS.breaks(TIMERS)
def entries_come_that_are_from_before_a_tick(patch: Patch) -> None:
    def tick(feed: Feed, at: int) -> int:
        return as_it_was(feed, at + 100)

    as_it_was = Feed.tick
    patch.setattr(Feed, "tick", tick)


@FAULTS.breaks(TIMERS)
def a_quiet_room_tells_no_time(patch: Patch) -> None:
    patch.setattr(Room, "time_to_flush", lambda room, when: False)


@FAULTS.breaks(TIMERS)
def a_client_that_comes_back_does_not_ask_for_the_time_again(patch: Patch) -> None:
    def connected(wakes: Wakes) -> None:
        if wakes in connected_before:
            wakes._unwritten = deque(maxlen=0)  # it believes that the server knows what it wants
        connected_before.add(wakes)

    connected_before: set[Wakes] = set()
    patch.setattr(Wakes, "connected", connected)


# ---------------------------------------------------------------------- programs have the same state of their own


@FAULTS.breaks(TIMERS, honest)
def timers_of_a_world_are_forgotten(patch: Patch) -> None:
    def restore(timers: Timers, saved: SavedTimers, *more: Any) -> None:
        as_it_was(timers, saved._replace(records=[]), *more)

    as_it_was = Timers.restore
    patch.setattr(Timers, "restore", restore)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
