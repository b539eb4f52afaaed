"""Faults of timers in rooms with rules, planted on purpose: the simulator has to find each, and the game of timers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from roomcast.core.room.due_causes import DueCauses
from roomcast.core.room.ruled_room import RuledRoom
from roomcast.rules.method_timers import Timers
from roomcast.rules.room_behaviour import RoomBehaviour


def an_undo_forgets_timers(patch: pytest.MonkeyPatch) -> None:
    def undo(one: RoomBehaviour) -> None:
        timers = one._timers
        if timers.box in one._ledger and not one._by_time:
            timers.box.draft()
            timers.box.keep()
            timers.keep()
            one.next_due = timers.next_due
            one._ledger.remove(timers.box)
        as_it_was(one)

    as_it_was = RoomBehaviour.undo
    patch.setattr(RoomBehaviour, "undo", undo)


def a_command_is_decided_before_what_was_due(patch: pytest.MonkeyPatch) -> None:
    def do(room: RuledRoom, *what: Any, **more: Any) -> int:
        room._advancing = True
        try:
            return as_it_was(room, *what, **more)
        finally:
            room._advancing = False

    as_it_was = RuledRoom.do
    patch.setattr(RuledRoom, "do", do)


def timers_run_at_the_time_at_which_the_room_looks(patch: pytest.MonkeyPatch) -> None:
    def causes(due: DueCauses, now: float) -> Iterator[Any]:
        for cause, _ in as_it_was(due, now):
            yield cause, now

    as_it_was = DueCauses.causes
    patch.setattr(DueCauses, "causes", causes)


def a_timer_that_fails_is_over(patch: pytest.MonkeyPatch) -> None:
    def failed(one: RoomBehaviour, *what: Any) -> Any:
        failing.append(one._timers)
        return as_it_was(one, *what)

    def take(timers: Timers, at: float, *, late: bool) -> Any:
        due = take_it(timers, at, late=late)
        if timers in failing:
            timers.cancel(timers._heap[0][1])
            failing.clear()
        return due

    failing: list[Timers] = []
    as_it_was, take_it = RoomBehaviour._failed, Timers.take
    patch.setattr(RoomBehaviour, "_failed", failed)
    patch.setattr(Timers, "take", take)


def a_cancel_comes_to_nothing(patch: pytest.MonkeyPatch) -> None:
    def cancel(timers: Timers, timer: int) -> None:
        if taking or timer % 3:
            as_it_was(timers, timer)

    def take(timers: Timers, at: float, *, late: bool) -> Any:
        taking.append(timers)
        try:
            return take_it(timers, at, late=late)
        finally:
            taking.clear()

    taking: list[Timers] = []
    as_it_was, take_it = Timers.cancel, Timers.take
    patch.setattr(Timers, "cancel", cancel)
    patch.setattr(Timers, "take", take)


TIMER_FAULTS: Final = (
    an_undo_forgets_timers,
    a_command_is_decided_before_what_was_due,
    timers_run_at_the_time_at_which_the_room_looks,
    a_timer_that_fails_is_over,
    a_cancel_comes_to_nothing,
)
