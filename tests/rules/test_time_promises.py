"""What is promised of timers, whatever players do: each runs once when it is due, in the order of due times, or never.

Handlers and timers set others, cancel some, fail and refuse at random, while players come and go, the room stands still
for moments, and half of the rooms are on a disk, whose server crashes. What was to run follows from what stands of
that; what did run is noted where nothing is taken back.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar

import pytest

from roomcast.core.room.commit_log import Level
from roomcast.server import Player, Reject, Room
from roomcast.testing import RulesFailed, playtest
from tests.rules.planted import is_found
from tests.rules.planted_timers import TIMER_FAULTS

NAMES = ("Ada", "Alan")
ENDS = ("", "", "", "fail", "refuse")


class Alarms(Room):
    """`plan` and `cancelled` are taken back with a handler; `ran` is not. Timers are known by a key of the test's."""

    ran: ClassVar[list[tuple[int, str]]] = []  # when, and the key: of all runs in one game, also before a crash
    stood: ClassVar[list[str]] = []  # the keys of those that neither failed nor refused

    def on_create(self) -> None:
        self.plan: dict[str, list[int]] = {}  # by key: when it is due first, from one run to the next, and its id
        self.cancelled: dict[str, list[int]] = {}  # by key: when, and the id of the timer that did it; 0: a command
        self.state["ran"] = 0

    @property
    def now(self) -> int:
        return round(self.time * 1000)

    def on_act(self, player: Player, number: int) -> None:
        self.act(random.Random(number), 0)

    def ring(self, key: str, number: int) -> None:
        self.ran.append((self.now, key))
        self.state["ran"] += 1
        chance = random.Random(f"{number}:{self.now}")
        self.act(chance, self.plan[key][2])
        self.stood.append(key)

    def act(self, chance: random.Random, me: int) -> None:
        """What a command or a timer does."""
        for _ in range(chance.choice((0, 0, 1, 1, 2))):
            if chance.random() < 0.4 and self.timers:
                timer = chance.choice(list(self.timers))
                self.timers[timer].cancel()
                (key,) = [key for key, (_, _, one) in self.plan.items() if one == timer]
                self.cancelled[key] = [self.now, me]
            elif len(self.timers) < 12:
                self.set_one(chance)
        match chance.choice(ENDS):
            case "fail":
                raise ZeroDivisionError
            case "refuse":
                raise Reject("no")

    def set_one(self, chance: random.Random) -> None:
        wait, key = chance.choice((0, 1, 7, 50, 50, 200, 333, 1500)), f"{chance.getrandbits(60)}"
        repeat = wait > 40 and chance.random() < 0.4
        timer = (self.every if repeat else self.after)(wait / 1000, self.ring, key, chance.getrandbits(30))
        self.plan[key] = [self.now + max(wait, 1), wait if repeat else 0, timer.id]


def play(seed: int) -> None:
    chance = random.Random(seed)
    Alarms.ran.clear()
    Alarms.stood.clear()
    game = playtest(Alarms, *NAMES, seed=seed, level=Level.FULL if seed % 2 else Level.NONE)
    for _ in range(60):
        player = game.players[chance.choice(NAMES)]
        match chance.choice(("act", "act", "act", "wait", "wait", "drop", "come", "stand still", "crash")):
            case "act":
                player.room.send("act", chance.getrandbits(30))
            case "wait":
                expecting(lambda: game.advance(chance.choice((0.01, 0.1, 0.5))))
            case "drop" if player.is_connected:
                expecting(player.drop)
            case "come" if not player.is_connected:
                expecting(player.come)
            case "crash" if seed % 2:
                expecting(game.run)
                game.crash()
                expecting(game.players["Ada"].come)
            case "stand still":
                game.now += chance.choice((0.01, 0.1, 0.3))
                player.room.send("act", chance.getrandbits(30))
                player.exchange()  # it comes before the room has looked at the time
        if chance.random() < 0.7:
            expecting(game.run)
    expecting(lambda: game.advance(0.5))
    look(game.server, round(game.now * 1000) + 1_699_999_000_000)


def expecting(run: Callable[[], object]) -> None:
    try:
        run()
    except RulesFailed as failed:
        if not isinstance(failed.__cause__, ZeroDivisionError):
            raise


def look(rules: Any, now: int) -> None:
    """Compare what ran with what was to run."""
    ids = {key: timer for key, (_, _, timer) in rules.plan.items()}
    due = []
    for key, (when, interval, timer) in rules.plan.items():
        at, by = rules.cancelled.get(key, (inf, 0))
        while when <= now and (when < at or (when == at and (by == 0 or timer <= by))):
            due.append((when, key))
            when = when + interval if interval else inf
    due.sort(key=lambda one: (one[0], ids[one[1]]))
    ran = [(when, key) for when, key in rules.ran if key in ids and when <= now - 100]
    assert len(rules.ran) == len([one for one in rules.ran if one[1] in ids]), "one ran that was never set"
    assert ran == [one for one in due if one[0] <= now - 100]
    assert rules.state["ran"] == len(rules.stood)


@pytest.mark.parametrize("part", range(4))
def test_timers_run_once_when_they_are_due(part: int) -> None:
    for seed in range(part * 50, part * 50 + 50):
        play(seed)


@pytest.mark.parametrize("plant", TIMER_FAULTS, ids=lambda plant: plant.__name__)
def test_a_fault_is_found(plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert is_found(play)
