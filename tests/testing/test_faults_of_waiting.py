"""Faults, planted on purpose, that the simulator has to find in rooms with rules: timers, ticks, handlers that wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from roomcast.core.room.causes import Step
from roomcast.core.room.deciding_room import DecidingRoom
from roomcast.core.room.due_causes import DueCauses
from roomcast.core.room.holding_room import HoldingRoom
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.rules.handler_run import HandlerRun
from roomcast.rules.method_timers import Timers
from roomcast.server.async_handlers import AsyncHandlers
from roomcast.testing.promises import END, ONCE, ROOM_TIMERS, WHOLE
from tests.rules.planted_timers import TIMER_FAULTS
from tests.testing.planting import Fault, Faults, Patch, find, kept, some
from tests.testing.test_faults_of_rules import ticks

pytestmark = pytest.mark.takes(30)

FAULTS = Faults(rules=True)


# ---------------------------------------------------------------------- timers of rules run once, when they are due


@FAULTS.breaks(ROOM_TIMERS, kept)
def a_timer_is_lost_over_a_restart(patch: Patch) -> None:
    def restore(timers: Timers) -> None:
        as_it_was(timers)
        for timer in list(timers._dues)[:1]:
            del timers._dues[timer]
        timers._find_next()

    as_it_was = Timers.restore
    patch.setattr(Timers, "restore", restore)


@FAULTS.breaks(ROOM_TIMERS, kept)
def a_timer_that_repeats_runs_once_more_over_a_restart(patch: Patch) -> None:
    def restore(timers: Timers) -> None:
        for field in list(timers.box.texts):
            if field != "made":
                start, interval, runs, *rest = timers.box.get(field)
                if interval and runs:
                    timers.box.set(field, [start, interval, runs - 1, *rest])
                    timers.box.draft()
                    timers.box.keep()
        timers.box._ledger.clear()
        as_it_was(timers)

    as_it_was = Timers.restore
    patch.setattr(Timers, "restore", restore)


for fault in TIMER_FAULTS:
    FAULTS.breaks(ROOM_TIMERS)(fault)


@FAULTS.breaks(ROOM_TIMERS, ticks)
def a_step_overtakes_timers_where_steps_are_left_out(patch: Patch) -> None:
    def causes(due: DueCauses, now: float) -> Iterator[Any]:
        upto = due._log.time(now)
        if skipped := due._skipped(upto):
            due._number += skipped + 1
            due._step = due._step_time(1)
            yield Step(1 / due._rate, skipped), now
        yield from as_it_was(due, now)

    as_it_was = DueCauses.causes
    patch.setattr(DueCauses, "causes", causes)


# ---------------------------------------------------------------------- a room waits for its handlers


@FAULTS.breaks(WHOLE)
def commands_are_decided_while_a_handler_waits(patch: Patch) -> None:
    patch.setattr(TokenBucket, "pause", lambda bucket: None)


@FAULTS.breaks(WHOLE)
def who_goes_while_a_handler_waits_is_gone_at_once(patch: Patch) -> None:
    patch.setattr(HoldingRoom, "defer", lambda room, call: False)


@FAULTS.breaks(END)
def a_command_that_waited_has_not_used_up_its_number(patch: Patch) -> None:
    def finished(room: HoldingRoom, token: object, now: float) -> None:
        cause = room._cause
        as_it_was(room, token, now)
        if cause is not None and cause.player in room.sessions:
            room.sessions[cause.player].n = cause.request.n - 1

    as_it_was = HoldingRoom.finished
    patch.setattr(HoldingRoom, "finished", finished)


@FAULTS.breaks(WHOLE)
def a_handler_that_is_stopped_stands(patch: Patch) -> None:
    patch.setattr(HandlerRun, "outcome", lambda run: run.result)


@FAULTS.breaks(WHOLE)
def timers_run_while_a_handler_waits(patch: Patch) -> None:
    def advance(room: HoldingRoom, now: float) -> None:
        token, room._token = room._token, None
        as_it_was(room, now)
        room._token = token or room._token

    as_it_was = HoldingRoom._advance
    patch.setattr(HoldingRoom, "_advance", advance)


@FAULTS.breaks(END)
def a_handler_that_has_ended_is_not_heard_of(patch: Patch) -> None:
    patch.setattr(AsyncHandlers, "_ended", lambda handlers, room, run, ended, task: None)


# ---------------------------------------------------------------------- batches


@FAULTS.breaks(ONCE, ticks)
def who_comes_back_is_told_of_numbers_that_are_in_no_entry(patch: Patch) -> None:
    patch.setattr(DecidingRoom, "_close_gathered", lambda room: None)


# ---------------------------------------------------------------------- all of them are found


@pytest.mark.timeout(900)  # seconds of work, which other programs on the machine may draw out
@pytest.mark.parametrize("fault", some(FAULTS), ids=str)
def test_the_simulator_finds(fault: Fault, monkeypatch: Patch) -> None:
    find(fault, monkeypatch)
