"""What has to come of timers: which runs at which place of the order. Written plainly, and otherwise than the client.

The rule: before an entry, all timers run that are due at its `at` or before, the earliest first, and of those due at
one time the one that was set first. While nobody is here, they rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from msgspec import json

from roomcast.core.protocol.messages import AnyEntry, Do
from roomcast.testing.true_log import TrueLog

Run: TypeAlias = tuple[int, float, int]
"""Seq of the entry that has set the timer, when it was due (Unix ms), and seq of the last entry before it."""

TIMER: Final = "random-timer"  # the commands by which programs that act at random set and cancel timers
STOP: Final = "random-stop"
_STEP_MS = 1000 / 64


@dataclass
class _Waiting:
    due: float
    place: int  # in the order of setting
    seq: int
    interval: float
    left: int  # runs of a repeated one
    chain: int  # how often it sets the next


def expected(log: TrueLog, since: int, upto: int, more: int) -> tuple[list[Run], list[Run]]:
    """What a program runs that has read the entries after `since` up to `upto`.

    First what it has to have run by then; then the next `more` runs, if no entry follows.
    """
    waiting: list[_Waiting] = []
    runs: list[Run] = []
    places = 0

    def run_next(after: int) -> None:
        nonlocal places
        one = min(waiting, key=lambda one: (one.due, one.place))
        waiting.remove(one)
        runs.append((one.seq, one.due, after))
        if one.left > 1:
            waiting.append(_Waiting(one.due + one.interval, one.place, one.seq, one.interval, one.left - 1, 0))
        elif one.chain:
            waiting.append(_Waiting(one.due + one.interval, places, one.seq, one.interval, 0, one.chain - 1))
            places += 1

    before = log.entries[since - 1].at if since else 0
    for entry in log.entries[since:upto]:
        if any(player.here for player in log.states[entry.s - 1].players.values()):
            while any(one.due <= entry.at for one in waiting):
                run_next(entry.s - 1)
        else:
            for one in waiting:
                one.due += entry.at - before
        before = entry.at
        new = _timer_of(entry, places)
        if new is not None:
            waiting.append(new)
            places += 1
        elif isinstance(entry, Do) and entry.c == STOP:
            stopped = json.decode(entry.a)[2]
            waiting[:] = [one for one in waiting if one.seq != stopped]
    had_to_run = len(runs)
    while waiting and len(runs) < had_to_run + more:
        run_next(upto)
    return runs[:had_to_run], runs[had_to_run:]


def _timer_of(entry: AnyEntry, place: int) -> _Waiting | None:
    if not isinstance(entry, Do) or entry.c != TIMER:
        return None
    _, _, steps, repeats, chain = json.decode(entry.a)
    interval = steps * _STEP_MS
    return _Waiting(entry.at + interval, place, entry.s, interval, repeats, chain)
