"""What rooms with rules promise, whatever players do: nothing half made, nothing twice, no secret that others get."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.client.asking import Answer
from roomcast.core.room import deciding_room, ruled_room
from roomcast.rules.boxes import Box
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest
from tests.rules.planted import is_found

NAMES = ("Ada", "Alan", "Eve")
COINS = 10  # of each player, at first
SECRET = "card-"
WAYS = ("nothing", "what it said", "what it was told")


class Bank(Room):
    """Coins go from one to another in several steps, in whose midst there is an exception, or a refusal."""

    def on_create(self) -> None:
        self.counted: list[str] = []  # the commands that were done
        self.cards: dict[str, str] = {}
        self.state["coins"] = dict.fromkeys(NAMES, COINS)

    def on_join(self, player: Player) -> None:
        player["debt"] = 0

    def on_pay(self, player: Player, key: str, whom: str, amount: int, end: str) -> int:
        coins = self.state["coins"]
        coins[player.id] -= amount
        self.counted.append(key)
        self.cards[key] = f"{SECRET}{key}"
        if end == "crash":
            raise ZeroDivisionError
        coins[whom] += amount
        if coins[player.id] < 0:
            raise Reject("you have no more")
        player["debt"] += amount
        self.players[whom]["debt"] -= amount
        if end == "late":
            self.kick("nobody", "who is not there")
        if end == "say":
            self.emit("paid", amount, to=whom)
        return len(self.counted)


def play(seed: int) -> None:
    chance = random.Random(seed)
    game = playtest(Bank, *NAMES, seed=seed)
    answers: dict[str, tuple[Answer, str]] = {}
    for step in range(40):
        name = chance.choice(NAMES)
        player = game.players[name]
        what = chance.choice(["pay", "pay", "pay", "drop", "come"])
        if what == "pay":
            key, end = f"{name}-{step}", chance.choice(["", "", "say", "crash", "late"])
            answer = Answer("pay")
            whom = chance.choice([one for one in NAMES if one != name])
            args = {"key": key, "whom": whom, "amount": chance.randrange(6), "end": end}
            player.room._ask("pay", (), args, answer.pending)
            answers[key] = answer, end
        elif what == "drop" and player.is_connected:
            expecting(lambda player=player: player.lose(chance.choice(WAYS)))
        elif what == "come" and not player.is_connected:
            expecting(player.come)
        if chance.random() < 0.5:  # else it is on its way, and may be lost with the connection
            expecting(game.run)
        look(game)
    for player in game.players.values():
        if not player.is_connected:
            expecting(player.come)
    expecting(game.run)
    look(game)
    check_answers(game, answers)


def expecting(run: Callable[[], object]) -> None:
    """Run something in which handlers may fail, as those of these rules do."""
    try:
        run()
    except RulesFailed as failed:
        if not isinstance(failed.__cause__, ZeroDivisionError | KeyError):
            raise


def look(game: Playtest) -> None:
    """In what any program has, no coin is lost or made, and no debt; nobody was sent a card."""
    for player in game.players.values():
        coins: dict[str, Any] = player.state["coins"]
        assert sum(coins.values()) == COINS * len(NAMES), f"{player.name} sees half a change: {coins}"
        assert min(coins.values()) >= 0
        assert sum(one["debt"] for one in player.players) == 0
        assert not any(SECRET.encode() in frame for frame in player.received)


def check_answers(game: Playtest, answers: dict[str, tuple[Answer, str]]) -> None:
    """Each was done once or not at all; who was answered knows which."""
    counted: list[str] = game.server.counted
    assert len(set(counted)) == len(counted), "something was done twice"
    for key, (answer, end) in answers.items():
        assert answer.done, key
        if not answer.pending.code:
            assert key in counted, f"{key} was answered, and is not done"
        elif answer.pending.code in ("rejected", "rules-failed"):
            assert key not in counted, f"{key} was refused, and is done"
        if end in ("crash", "late"):
            assert key not in counted


@pytest.mark.parametrize("part", range(4))
def test_what_is_promised_is_kept(part: int) -> None:
    for seed in range(part * 50, part * 50 + 50):
        play(seed)


def test_an_undo_that_forgets_a_box_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    undo = Box.undo

    def forgets(self: Box) -> None:
        if self.called == "self.state":
            self.draft()
            self.keep()
        else:
            undo(self)

    monkeypatch.setattr(Box, "undo", forgets)
    assert is_found(play)


def test_an_undo_that_forgets_what_the_rules_keep_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    undo = Box.undo

    def forgets(self: Box) -> None:
        if self.called == "self":
            self.draft()
            self.keep()
        else:
            undo(self)

    monkeypatch.setattr(Box, "undo", forgets)
    assert is_found(play)


def test_a_number_that_is_forgotten_with_the_connection_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    come_back = ruled_room.RuledRoom.come_back

    def forgets(self: Any, session: Any, *more: Any) -> None:
        session.n = max(0, session.n - 1)
        come_back(self, session, *more)

    monkeypatch.setattr(ruled_room.RuledRoom, "come_back", forgets)
    assert is_found(play)


def test_an_acknowledgement_that_is_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    make_turn = deciding_room.make_turn

    def forgets(kind: Any, fields: Any, turned: Any, taken: Any, *more: Any) -> Any:
        return make_turn(kind, fields, turned, {} if fields[0] % 4 == 0 else taken, *more)

    monkeypatch.setattr(deciding_room, "make_turn", forgets)
    assert is_found(play)
