"""Handlers that wait, at random, while connections are lost and servers killed: nothing half made, nothing twice."""

from __future__ import annotations

import asyncio
import random
from typing import Any, ClassVar

import pytest

from roomcast.client.asking import Answer
from roomcast.core.room.commit_log import Level
from roomcast.core.room.holding_room import HoldingRoom
from roomcast.core.room.token_bucket import TokenBucket
from roomcast.core.server.held_rooms import HeldRooms
from roomcast.errors import CannotConnect
from roomcast.rules.handler_run import HandlerRun
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, playtest
from tests.rules.kept_records import kept_records
from tests.rules.test_promises import COINS, NAMES, SECRET, WAYS, expecting

LEVELS = [Level.NONE, Level.RELAXED, Level.FULL]
STEPS = ["pay", "pay", "pay", "pay", "look", "drop", "come", "come", "crash", "wait", "wait", "wait"]
TOO_LONG = 9.0  # seconds: more than a handler may take


class SlowBank(Room):
    """Coins go from one to another, and between the two it waits for something."""

    outcomes: ClassVar[dict[str, str]] = {}  # by command, of the last time that it ran: on no disk

    def on_create(self) -> None:
        self.counted: list[str] = []
        self.rolled: list[int] = []
        self.cards: dict[str, str] = {}
        self.seconds = 0
        self.state["coins"] = dict.fromkeys(NAMES, COINS)
        self.state["debts"] = dict.fromkeys(NAMES, 0)
        self.every(1, self.count)

    def count(self) -> None:
        self.seconds += 1

    def on_drop(self, player: Player) -> None:
        self.emit("went", player.id)

    async def on_pay(self, player: Player, key: str, whom: str, amount: int, wait: float, end: str) -> int:
        self.outcomes[key] = "began"
        self.rolled.append(self.random.randrange(10**9))
        coins, debts = self.state["coins"], self.state["debts"]
        coins[player.id] -= amount
        self.counted.append(key)
        self.cards[key] = f"{SECRET}{key}"
        player["pays"] = key
        await asyncio.sleep(wait)
        if end == "crash":
            raise ZeroDivisionError
        coins[whom] += amount
        if coins[player.id] < 0:
            raise Reject("you have no more")
        debts[player.id] += amount
        await asyncio.sleep(wait / 2)
        debts[whom] -= amount
        if end == "say":
            self.emit("paid", amount, to=whom)
        self.outcomes[key] = "done"
        return len(self.counted)

    def on_look(self, player: Player) -> int:
        coins: dict[str, int] = self.state["coins"]
        return sum(coins.values())


class Customers:
    """Those who pay, one another, while the bank thinks about it, and its computer is killed now and then."""

    def __init__(self, seed: int, level: Level) -> None:
        self.chance = random.Random(seed)
        self.level = level
        self.answers: dict[str, tuple[Answer, str]] = {}
        self.looks: list[Answer] = []
        SlowBank.outcomes.clear()
        self.game: Playtest = playtest(SlowBank, *NAMES, seed=seed, level=level)

    def play(self, steps: int = 30) -> None:
        game = self.game
        for number in range(steps):
            game.machine.disk_waits = self.chance.random() < 0.2
            self.step(number, self.chance.choice(STEPS))
            game.machine.disk_waits = False
            if self.chance.random() < 0.6:
                expecting(game.run)
            self.look()
        for player in game.players.values():
            while not player.is_connected:
                expecting(player.come)
        for _ in range(10 * steps):
            expecting(lambda: game.advance(2))
            self.look()
            if all(answer.done for answer, _ in self.answers.values()):
                break
        self.check_answers()

    def step(self, number: int, what: str) -> None:
        game, chance = self.game, self.chance
        player = game.players[chance.choice(NAMES)]
        if what == "pay":
            key, end = f"{player.name}-{number}", chance.choice(["", "", "say", "crash"])
            wait = chance.choice([0.0, 0.01, 0.5, 2.0, TOO_LONG])
            answer = Answer("pay")
            whom = chance.choice([one for one in NAMES if one != player.name])
            args: dict[str, Any] = {"key": key, "whom": whom, "amount": chance.randrange(6), "wait": wait, "end": end}
            player.room._ask("pay", (), args, answer.pending)
            self.answers[key] = answer, "slow" if wait == TOO_LONG else end
        elif what == "look":
            answer = Answer("look")
            player.room._ask("look", (), {}, answer.pending)
            self.looks.append(answer)
        elif what == "drop" and player.is_connected:
            expecting(lambda: player.lose(chance.choice(WAYS)))
        elif what == "come" and not player.is_connected and not game.machine.disk_waits:
            expecting(player.come)
        elif what == "crash" and self.level is not Level.NONE and chance.random() < 0.5:
            game.crash(chance.randrange(game.machine.disk.waits + 1))
        elif what == "wait" and not game.machine.disk_waits:
            expecting(lambda: game.advance(chance.choice([0.3, 1.0, 3.0])))

    def look(self) -> None:
        """In what any program has, no coin is lost or made, and no debt; nobody was sent a card."""
        for player in self.game.players.values():
            coins, debts = player.state["coins"], player.state["debts"]
            assert sum(coins.values()) == COINS * len(NAMES), f"{player.name} sees half a change: {coins}"
            assert min(coins.values()) >= 0
            assert sum(debts.values()) == 0, f"{player.name} sees half a change: {debts}"
            assert not any(SECRET.encode() in frame for frame in player.received)
        for look in self.looks:
            if look.done and not look.pending.code:
                assert look.result(0) == COINS * len(NAMES), "a handler has seen half a change of another"

    def check_answers(self) -> None:
        room = self.game.server
        counted: list[str] = room.counted
        assert len(set(counted)) == len(counted) == len(room.rolled), "something was done twice, or by half"
        for key, (answer, end) in self.answers.items():
            assert answer.done, key
            code = answer.pending.code
            if not code and self.level is not Level.RELAXED:
                assert key in counted, f"{key} was answered, and is not done"
            if code in ("rejected", "rules-failed") or end in ("crash", "slow"):
                assert key not in counted, f"{key} was refused, and is done"
            if self.level is Level.FULL and SlowBank.outcomes.get(key) == "done":
                assert key in counted, f"{key} was done, lost in a crash, and not sent again"


def play(seed: int, level: Level) -> None:
    with kept_records():
        Customers(seed, level).play()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("part", range(4))
def test_what_is_promised_is_kept_while_handlers_wait(level: Level, part: int) -> None:
    for seed in range(part * 15, part * 15 + 15):
        play(seed, level)


# ---------------------------------------------------------------------- planted faults


def broken_somewhere() -> bool:
    """Whether one of 100 games finds a promise broken; or a player cannot go on, for the server has lost count."""
    for seed in range(100):
        try:
            play(seed, LEVELS[seed % len(LEVELS)])
        except (AssertionError, CannotConnect):
            return True
    return False


def test_commands_that_are_decided_meanwhile_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenBucket, "pause", lambda self: None)
    assert broken_somewhere()


def propose_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let those who come and go do so while the room waits, where nobody holds them back."""
    propose = HoldingRoom._propose

    def proposes(self: Any, *what: Any) -> None:
        token, self._token = self._token, None
        propose(self, *what)
        self._token = token or self._token

    monkeypatch.setattr(HoldingRoom, "_propose", proposes)


def test_one_that_comes_back_meanwhile_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    propose_meanwhile(monkeypatch)
    monkeypatch.setattr(HeldRooms, "enter", lambda self, room, peer: room)
    monkeypatch.setattr(HoldingRoom, "come_in", lambda self, now, *, is_new: None)
    assert broken_somewhere()


def test_one_that_goes_meanwhile_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    propose_meanwhile(monkeypatch)
    monkeypatch.setattr(HoldingRoom, "defer", lambda self, call: False)
    assert broken_somewhere()


def test_a_number_that_is_not_used_up_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    finished = HoldingRoom.finished

    def forgets(self: Any, token: object, now: float) -> None:
        cause = self._cause
        finished(self, token, now)
        if cause is not None and cause.player in self.sessions:
            self.sessions[cause.player].n = cause.request.n - 1

    monkeypatch.setattr(HoldingRoom, "finished", forgets)
    assert broken_somewhere()


def test_one_that_is_stopped_and_stands_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HandlerRun, "outcome", lambda self: self.result)
    assert broken_somewhere()


def test_timers_that_run_meanwhile_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    advance = HoldingRoom._advance

    def advances(self: Any, now: float) -> None:
        token, self._token = self._token, None
        advance(self, now)
        self._token = token or self._token

    monkeypatch.setattr(HoldingRoom, "_advance", advances)
    assert broken_somewhere()
