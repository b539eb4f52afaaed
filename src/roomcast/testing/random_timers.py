"""Timers of a program that acts at random: which it sets, and which ran when, for the checks."""

from __future__ import annotations

from random import Random

from roomcast.testing.own_state import OwnState
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.timer_model import STOP, TIMER

STEP = 1 / 64  # seconds: times are multiples of it, so that sums of them are exact


class RandomTimers:
    """Sets timers in the functions of its commands, and notes each run in the program's view.

    A timer runs once, `repeats` times, or sets the next `chain` times. `timer_model` says what has to come of it.
    """

    def __init__(self, room: SimulatedRoom, own: OwnState) -> None:
        self.calls = 0  # of the functions for its commands
        self._room = room
        self._own = own
        self._seqs: list[int] = []  # of entries that have set a timer
        own.rang = self._rang
        room.command(TIMER)(self._set)
        room.command(STOP)(self._stop)

    def send(self, number: int, count: int, chance: Random) -> None:
        """Have everyone set a timer, or cancel one."""
        if self._seqs and chance.random() < 0.25:
            self._room.send(STOP, number, count, chance.choice(self._seqs))
            return
        steps = int(1 + 256 * chance.random() ** 2)
        repeats, chain = chance.choice(((0, 0), (0, 0), (3, 0), (20, 0), (0, 2)))
        self._room.send(TIMER, number, count, steps, repeats, chain)

    def _set(self, number: int, count: int, steps: int, repeats: int, chain: int) -> None:
        self.calls += 1
        room, own = self._room, self._own
        self._seqs.append(room.seq)
        set_timer = room.every if repeats else room.after
        timer = set_timer(steps * STEP, own.ring, own.mark, room.seq, steps, repeats, chain)
        own.run("timer", number, count, timer.id)
        own.timers[f"{own.mark} {room.seq}"] = timer.id

    def _stop(self, number: int, count: int, seq: int) -> None:
        self.calls += 1
        self._own.run("stop", number, count)
        self._cancel(self._own.mark, seq)

    def _cancel(self, mark: int, seq: int) -> None:
        """Cancel the timer that an entry has set, if it is still to run."""
        timer = self._own.timers.pop(f"{mark} {seq}", None)
        if timer is not None:
            self._room.timers[timer].cancel()

    def _rang(self, mark: int, seq: int, steps: int, repeats: int, chain: int) -> None:
        room, view, own = self._room, self._room.view, self._own
        call = room._running_call()
        assert call is not None
        view.rung += 1
        key = f"{mark} {seq}"
        again = room.after(steps * STEP, own.ring, mark, seq, steps, 0, chain - 1).id if chain else 0
        if mark == own.mark:
            view.runs.append((seq, call.at, room.seq))
            own.run("ring", seq, call.at, again)
        if again:
            own.timers[key] = again
        elif not repeats:
            own.timers.pop(key, None)
        if repeats:
            own.rings[key] = own.rings.get(key, 0) + 1
            if own.rings[key] == repeats:
                self._cancel(mark, seq)
