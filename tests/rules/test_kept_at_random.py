"""Rooms with rules on a disk, crashed at random between any two commits: what they promise holds at each level."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from roomcast.client.asking import Answer
from roomcast.core.room import ruled_room
from roomcast.core.room.commit_log import Level
from roomcast.core.room.rules_fold import TruthPatch
from roomcast.rules.boxes import Box
from roomcast.rules.room_behaviour import RoomBehaviour
from roomcast.testing import playtest
from roomcast.testing.disk_commit_log import DiskCommitLog
from tests.rules import test_hooks_at_random, test_promises
from tests.rules.kept_records import KeptRecords, kept_records
from tests.rules.planted import is_found
from tests.rules.test_promises import NAMES, Bank, expecting

LEVELS = [Level.RELAXED, Level.FULL]
STEPS = ["pay", "pay", "pay", "note", "note", "drop", "come", "come", "crash", "crash", "wait"]


class KeptBank(Bank):
    """As the bank; its clerk says something to each customer, and throws a die whenever money is paid."""

    outcomes: ClassVar[dict[str, str]] = {}  # by command, of the last time that it ran: on no disk

    def on_create(self) -> None:
        super().on_create()
        self.rolled: list[int] = []

    def on_join(self, player: Any) -> None:
        super().on_join(player)
        self.emit("hello", f"only for {player.id}", to=player)

    def on_pay(self, player: Any, key: str, whom: str, amount: int, end: str) -> int:
        self.outcomes[key] = "refused"
        self.rolled.append(self.random.randrange(10**9))
        count = super().on_pay(player, key, whom, amount, end)
        self.outcomes[key] = "done"
        return count

    def on_note(self, player: Any, key: str) -> None:
        self.counted.append(key)
        self.rolled.append(self.random.randrange(10**9))


class TickingBank(KeptBank):
    """What commands change gathers until the next tick, unless something is said."""

    tick_rate = 20

    def on_tick(self, dt: float) -> None:
        self.ticks = getattr(self, "ticks", 0) + 1


class Customers:
    """Those who pay, one another, while the bank's computer is killed now and then."""

    def __init__(self, bank: type[KeptBank], seed: int, level: Level, records: KeptRecords) -> None:
        self.chance = random.Random(seed)
        self.level = level
        self.records = records
        self.answers: dict[str, tuple[Answer, str]] = {}
        KeptBank.outcomes.clear()
        self.game = playtest(bank, *NAMES, seed=seed, level=level)
        self.notes: list[str] = []

    def play(self, steps: int = 30) -> None:
        for number in range(steps):
            self.game.machine.disk_waits = self.chance.random() < 0.4
            self.step(number, self.chance.choice(STEPS))
            if self.chance.random() < 0.6:
                expecting(self.game.run)
            self.look()
        self.game.machine.disk_waits = False
        self.game.crash(self.game.machine.disk.waits)
        for player in self.game.players.values():
            expecting(player.come)
        expecting(lambda: self.game.advance(1))
        self.look()
        self.check_answers()

    def step(self, number: int, what: str) -> None:
        game, chance = self.game, self.chance
        player = game.players[chance.choice(NAMES)]
        if what == "pay":
            key, end = f"{player.name}-{number}", chance.choice(["", "", "say", "crash", "late"])
            answer = Answer("pay")
            whom = chance.choice([one for one in NAMES if one != player.name])
            args = {"key": key, "whom": whom, "amount": chance.randrange(6), "end": end}
            player.room._ask("pay", (), args, answer.pending)
            self.answers[key] = answer, end
        elif what == "note":
            self.notes.append(f"{player.name}-{number}")
            player.room.send("note", self.notes[-1])
        elif what == "drop" and player.is_connected:
            expecting(lambda: player.lose(chance.choice(test_promises.WAYS)))
        elif what == "come" and not player.is_connected and not game.machine.disk_waits:
            expecting(player.come)
        elif what == "crash":
            game.crash(chance.randrange(game.machine.disk.waits + 1))
        elif what == "wait" and not game.machine.disk_waits:
            expecting(lambda: game.advance(2))

    def look(self) -> None:
        test_promises.look(self.game)
        self.records.check_lines(self.game)

    def check_answers(self) -> None:
        """Each was done once or not at all; at level full, who was answered knows which, and nothing is undone."""
        room = self.game.server
        counted: list[str] = room.counted
        assert len(set(counted)) == len(counted) == len(room.rolled), "something was done twice, or by half"
        assert len(set(room.rolled)) == len(room.rolled), "the dice have begun anew"
        if self.level is Level.FULL:
            assert set(self.notes) <= set(counted), "what was sent is not done"
        for key, (answer, end) in self.answers.items():
            assert answer.done, key
            code = answer.pending.code
            if not code and self.level is Level.FULL:
                assert key in counted, f"{key} was answered, and is not done"
            if code in ("rejected", "rules-failed") or end in ("crash", "late"):
                assert key not in counted, f"{key} was refused, and is done"
            if self.level is Level.FULL and KeptBank.outcomes.get(key) == "done":
                assert key in counted, f"{key} was done, lost in a crash, and not sent again"


def play(seed: int, level: Level, bank: type[KeptBank] = KeptBank) -> None:
    with kept_records() as records:
        Customers(bank, seed, level, records).play()


@pytest.mark.parametrize("bank", [KeptBank, TickingBank])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("part", range(4))
def test_what_is_promised_is_kept_over_crashes(bank: type[KeptBank], level: Level, part: int) -> None:
    for seed in range(part * 15, part * 15 + 15):
        play(seed, level, bank)


def restarted(seed: int, level: Level) -> int:
    """Let hooks do whatever they do, with crashes in between; how often the room was opened again."""
    chance = random.Random(seed)
    with kept_records() as records:
        game = playtest(test_hooks_at_random.wild(chance), seed=seed, level=level)
        for place in range(100):
            crashes = chance.random() < 0.1
            game.machine.disk_waits = crashes
            test_hooks_at_random.step(game, chance, f"p{place}")
            if crashes:
                game.crash(chance.randrange(game.machine.disk.waits + 1))
                game.machine.disk_waits = False
            test_hooks_at_random.check(game)
            records.check_lines(game)
        return records.restored


@pytest.mark.parametrize("level", LEVELS)
def test_whatever_hooks_do_a_room_opens_as_it_was(level: Level) -> None:
    assert sum(restarted(seed, level) for seed in range(8)) > 20


# ---------------------------------------------------------------------- planted faults


def found(patch: Callable[[], object], level: Level = Level.FULL) -> bool:
    """Whether one of 60 games finds that a promise is broken."""
    patch()
    return is_found(lambda seed: play(seed, level), 60, (AssertionError, KeyError))


@pytest.mark.parametrize("name", ["self", "self.state", "player"])
def test_a_box_that_is_not_kept_is_found(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    changes = Box.changes
    assert found(lambda: monkeypatch.setattr(Box, "changes", lambda box: {} if box.called == name else changes(box)))


def test_numbers_that_are_kept_before_their_effects_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    decide = ruled_room.RuledRoom._decide

    def too_early(self: Any, cause: Any, now: float) -> Any:
        if (session := self.sessions.get(getattr(cause, "player", ""))) is not None:
            self.seats.save(session)
        return decide(self, cause, now)

    assert found(lambda: monkeypatch.setattr(ruled_room.RuledRoom, "_decide", too_early))


def test_numbers_that_are_not_kept_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    append_turn = DiskCommitLog.append_turn

    def forgets(self: Any, seq: int, line: bytes, turn: Any, truth: Any, numbers: Any, over: Any = ()) -> None:
        append_turn(self, seq, line, turn, truth, {}, over)

    assert found(lambda: monkeypatch.setattr(DiskCommitLog, "append_turn", forgets))


def test_a_truth_that_is_one_turn_behind_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    append_turn = DiskCommitLog.append_turn
    late: list[TruthPatch | None] = []

    def behind(self: Any, seq: int, line: bytes, turn: Any, truth: Any, *more: Any) -> None:
        late.append(truth)
        append_turn(self, seq, line, turn, late.pop(0) if len(late) > 1 else None, *more)

    assert found(lambda: monkeypatch.setattr(DiskCommitLog, "append_turn", behind))


def test_private_lines_that_are_not_kept_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    append_turn = DiskCommitLog.append_turn

    def forgets(self: Any, seq: int, line: bytes, turn: Any, *more: Any) -> None:
        append_turn(self, seq, line, None, *more)

    assert found(lambda: monkeypatch.setattr(DiskCommitLog, "append_turn", forgets))


def test_dice_that_begin_anew_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = RoomBehaviour.restore

    def forgets(self: Any, truth: Any, players: Any) -> int:
        new = dict(self._seed.texts)
        held = restore(self, truth, players)
        self._seed.texts = new
        return held

    assert found(lambda: monkeypatch.setattr(RoomBehaviour, "restore", forgets))
