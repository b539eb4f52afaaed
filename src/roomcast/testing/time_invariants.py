"""Time never goes back, and timers run once, in one order."""

from __future__ import annotations

from typing import NoReturn

from roomcast.core.protocol.messages import AnyEntry, Away, Leave
from roomcast.core.room.order import LEAD
from roomcast.testing.program_view import ProgramView
from roomcast.testing.promises import TIME, TIMERS, Broken
from roomcast.testing.timer_model import expected
from roomcast.testing.true_log import TrueLog


def later_than_the_last(log: TrueLog, entry: AnyEntry) -> None:
    """The entries of a room have times that never get less, whatever happens to the server and to its clock."""
    if log.entries and entry.at < log.entries[-1].at:
        raise Broken(TIME, f"entry {entry.s} is at {entry.at}, and the one before it at {log.entries[-1].at}")


def rests_while_the_server_is_down(log: TrueLog, entry: AnyEntry) -> None:
    """Those whom a crash has cut off have gone when it came, or little later: timers have rested since then."""
    if log.before is None or not any(player.here for player in log.states[-1].players.values()):
        return
    since = log.before.until
    if all(isinstance(one, Away | Leave) for one in [*log.entries[log.base :], entry]) and entry.at > since + LEAD:
        raise Broken(TIMERS, f"entry {entry.s} is at {entry.at}: timers run for a downtime that began at {since}")


def timers_in_place(view: ProgramView) -> None:
    """Each timer has run as often as it should, at the same place among entries and timers as everywhere."""
    runs = view.runs
    had_to_run, may_have_run = expected(view.log, view.since, view.seq, view.before + len(runs))
    true = (had_to_run + may_have_run[: view.before + len(runs) - len(had_to_run)])[view.before :]
    if runs != true:
        place = next((place for place, pair in enumerate(zip(runs, true, strict=False)) if pair[0] != pair[1]), -1)
        what = (
            f"{runs[place:][:3]} instead of {true[place:][:3]}" if place >= 0 else f"{len(runs)} instead of {len(true)}"
        )
        raise Broken(TIMERS, f"{view}, which has read {view.since} to {view.seq}, ran {what}")


def time_undone(view: ProgramView) -> NoReturn:
    """An entry has come from before a tick."""
    raise Broken(TIMERS, f"{view} got entry {view.seq}, which is from before a tick")


def no_timer_is_late(view: ProgramView, time: float) -> None:
    """In the end: what was due by that time (Unix ms) has run, though no entry has told it."""
    ran = view.before + len(view.runs)
    had_to_run, to_come = expected(view.log, view.since, view.seq, ran + 1)
    late = [run for run in (had_to_run + to_come)[ran:] if run[1] <= time]
    if late:
        raise Broken(TIMERS, f"{view} has not run the timer of entry {late[0][0]}, which was due at {late[0][1]}")
