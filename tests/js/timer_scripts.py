"""Scripts for timers: random steps, and what came of them in Python; in JavaScript, the same must come of them."""

from __future__ import annotations

import random
from math import inf
from typing import Any

from roomcast.core.client.timers import TimerRecord, Timers

AT = 1_700_000_000_000


def script(seed: int, count: int = 60) -> list[dict[str, Any]]:
    """Steps as `tests/js/timers.mjs` takes them."""
    dice = random.Random(seed)
    now, seq = float(AT), 1
    steps: list[dict[str, Any]] = [_set(dice, now, seq)]
    while len(steps) < count:
        what = dice.choice(["set", "set", "cancel", "rest", "run", "run", "run", "save", "another log"])
        later = now + dice.choice([0, 1, 16, dice.randint(1, 3000)])
        if what == "set":
            steps.append(_set(dice, now + dice.random(), seq))
        elif what == "cancel":
            steps.append({"op": "cancel", "which": dice.randint(0, 99)})
        elif what == "rest":
            steps.append({"op": "rest", "since": now, "until": later})
            now = later
        elif what == "run":
            seq += dice.randint(0, 1)
            steps.append({"op": "run", "upto": later, "seq": seq})
            now = later
        elif what == "another log":
            seq = max(1, seq - dice.randint(0, 3))
            steps.append({"op": "another log"})
        elif dice.random() < 0.3:
            steps.append({"op": "save", "seq": seq + dice.randint(0, 1), "at": now})
    return steps


def results(steps: list[dict[str, Any]]) -> list[Any]:
    """What comes of the steps."""
    timers, made, found = Timers(), [], []
    for step in steps:
        result: Any = None
        if step["op"] == "set":
            function = _named(step["name"])
            made.append(timers.set(function, (), step["seq"], step["at"], step["delay"], step["interval"]))
            result = made[-1].id
        elif step["op"] == "cancel":
            timers.cancel(made[step["which"] % len(made)])
        elif step["op"] == "rest":
            timers.rest(step["since"], step["until"])
        elif step["op"] == "another log":
            timers.forget_place()
        elif step["op"] == "run":
            result = _run(timers, step["upto"], step["seq"])
        else:
            saved = timers.saved(step["seq"])
            records = [[one.name, one.start, one.interval, one.runs, one.id] for one in saved.records]
            result = [records, saved.rested, saved.ran, saved.made]
            timers = Timers()
            timers.restore(saved, _named, step["seq"])
            made = [timers.set(_named("last"), (), step["seq"], step["at"], 7.0)]
        wanted = timers.wanted()
        due = None if timers.due == inf else timers.due
        found.append([result, list(timers.waiting), due, [wanted.at, wanted.every, wanted.start]])
    return found


def _run(timers: Timers, upto: float, seq: int) -> list[Any]:
    found: list[Any] = []
    while timers.due <= upto:
        timer: TimerRecord = timers.next
        found.append([timers.due, timers.key(seq)])
        timers.ran(timer, timer.runs, seq)
    return found


def _set(dice: random.Random, at: float, seq: int) -> dict[str, Any]:
    delay = dice.choice([0.0, 2000.0, 1000 / 3, 1000 / 20, 1000 / 60, dice.random() * 100, dice.random()])
    interval = delay if dice.random() < 0.5 else 0.0
    name = dice.choice(["step", "explode", "blink"])
    return {"op": "set", "name": name, "seq": seq, "at": at, "delay": delay, "interval": interval}


def _named(name: str) -> Any:
    def function() -> None: ...

    function.__name__ = name
    return function
