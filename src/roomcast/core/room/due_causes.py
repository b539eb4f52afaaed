"""What is due in a room with rules by its time alone: the timers of its behaviour, and fixed steps.

Each is a cause at the time at which it was due, before anything later. A room that has fallen behind makes up for a
little of that; the rest is left out, so that no room stands still for what was missed. Timers that run too often rest,
and run late: so they do not take the server from the other rooms.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from roomcast.core.room.behaviour import Behaviour
from roomcast.core.room.causes import Step, TimerDue
from roomcast.core.room.order import Order

MADE_UP: Final = 3  # steps that were missed, at most, before the newest one
_ROUNDED_UP: Final = 0.001  # seconds, at most, from when something is due to `when`
MADE_UP_TIMERS: Final = 100  # runs of timers at their own times, at one go; what is due after these runs late
MOST_RUNS: Final = 2_000  # of timers, a second, and so many at once: twice what may wait
REST: Final = 0.05  # seconds for which timers rest that have run so often


class DueCauses:
    """The causes of one room. `when`: the next of them is due then (seconds, monotonic); inf: none is. Before `near`,
    none is for certain. `next_due`: as the behaviour had it then.

    `stepping`: there are steps now. `behind`: ms from when the latest of them was due, since this was set to 0.
    """

    __slots__ = ("_behaviour", "_late_before", "_log", "_number", "_rate", "_rest_until", "_start", "_step",
                 "_unspent_at", "_whole", "behind", "near", "next_due", "stepping", "when")  # fmt: skip

    def __init__(self, behaviour: Behaviour, log: Order) -> None:
        self._behaviour = behaviour
        self._log = log
        self._rate = behaviour.step_rate
        self._start, self._number = 0.0, 0  # the last step was number `_number`, counted from the time `_start`
        self._step = inf  # the room's time of the next step
        self._whole = Step(1 / self._rate if self._rate else 0.0)  # one before which none is left out
        self._unspent_at = self._rest_until = -inf  # when all of its runs may run at once again; until when they rest
        self._late_before = -inf  # the room's time before which those were due that have rested
        self.stepping = False
        self.behind = 0.0
        self.when = self.near = inf
        self.find()

    def find(self) -> None:
        """Find when the next is due: a timer has changed, or the room's time has been set."""
        self.next_due = self._behaviour.next_due
        timer, step = self.next_due, self._step
        self.when = inf if timer == inf else max(self._rest_until, self._log.monotonic(timer))
        if step < inf:
            self.when = min(self.when, self._log.monotonic(step))
        self.near = self.when - _ROUNDED_UP

    def decided(self) -> bool:
        """The behaviour has another `next_due`; returns whether something is due earlier than before."""
        before = self.when
        self.find()
        return self.when < before

    def step_while(self, somebody_here: bool, now: float) -> None:
        """Begin with the steps, or let them rest."""
        if somebody_here is self.stepping or not self._rate:
            return
        self.stepping = somebody_here
        self._start, self._number = float(self._log.time(now)), 0
        self._step = self._step_time(1) if somebody_here else inf
        self.find()

    def causes(self, now: float) -> Iterator[tuple[TimerDue | Step, float]]:
        """What is due by `now`, each with its time (seconds, monotonic), to be decided on before the next is asked for.

        More may come to be due meanwhile.
        """
        log, behaviour = self._log, self._behaviour
        upto = log.time(now)
        ran = 0
        while True:
            timer, skipped = behaviour.next_due if now >= self._rest_until else inf, self._skipped(upto)
            step = self._step_time(skipped + 1) if skipped else self._step
            if timer <= step:
                if timer > upto:
                    break
                if not self._may_run(now):
                    continue
                ran += 1
                late = ran > MADE_UP_TIMERS or timer < self._late_before
                yield TimerDue(late), now if late else min(now, log.monotonic(timer))
            else:
                if step > upto:
                    break
                if upto - self._step > self.behind:
                    self.behind = upto - self._step
                self._number += skipped + 1
                self._step = self._step_time(1)
                yield Step(1 / self._rate, skipped) if skipped else self._whole, min(now, log.monotonic(step))
        self.find()

    def _may_run(self, now: float) -> bool:
        """Count one more run of a timer. False: it has to rest. (By the same algorithm as `TokenBucket`.)"""
        if self._unspent_at - now > 1.0:
            self._rest_until = now + REST
            self._late_before = self._log.time(self._rest_until)
            return False
        self._unspent_at = max(self._unspent_at, now) + 1 / MOST_RUNS
        return True

    def _skipped(self, upto: int) -> int:
        """How many steps are left out before the next one."""
        if self._step > upto:
            return 0
        newest = int((upto - self._start) * self._rate // 1000)
        return max(0, newest - MADE_UP - self._number - 1)

    def _step_time(self, further: int) -> float:
        return self._start + (self._number + further) * 1000 / self._rate
