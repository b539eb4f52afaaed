"""Handlers that wait: their room waits with them, so that what they do is whole, in order, and seen at their end."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import Any

import pytest

from roomcast.client.asking import Answer
from roomcast.core.server.rules_change import change_rules
from roomcast.errors import Refused
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest


class Shop(Room):
    """Buying waits for a database, half done."""

    def on_create(self) -> None:
        self.state["stock"] = 3
        self.done: list[str] = []
        self.rung: list[float] = []
        self._cancelled = 0

    def on_join(self, player: Player) -> None:
        player["has"] = 0
        self.done.append(f"{player.id} joins")

    def on_drop(self, player: Player) -> None:
        self.done.append(f"{player.id} drops")

    def on_leave(self, player: Player) -> None:
        self.done.append(f"{player.id} leaves")

    async def on_buy(self, player: Player, seconds: float = 1.0, end: str = "") -> int:
        self.state["stock"] -= 1
        self.done.append(f"{player.id} buys")
        await asyncio.sleep(seconds)
        player["has"] += 1
        self.emit("bought", player.id)
        if end == "reject":
            raise Reject("sold out")
        if end == "crash":
            raise ZeroDivisionError
        return int(self.state["stock"])

    def on_look(self, player: Player) -> int:
        self.done.append(f"{player.id} looks")
        return int(self.state["stock"])

    async def on_roll(self, player: Player) -> list[int]:
        first = self.random.randrange(1000)
        await asyncio.sleep(0.1)
        return [first, self.random.randrange(1000)]

    async def on_times(self, player: Player) -> list[float]:
        began = self.time
        await asyncio.sleep(2)
        self.after(1, self.ring)
        return [began, self.time]

    def ring(self) -> None:
        self.rung.append(self.time)

    async def on_stubborn(self, player: Player) -> None:
        while True:
            try:
                self.state["stock"] -= 1
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                self._cancelled += 1

    async def on_thread(self, player: Player, number: int) -> int:
        return await asyncio.to_thread(lambda: number * 2)

    async def on_refuse_at_once(self, player: Player) -> None:
        raise Reject("no")

    async def on_ask_two(self, player: Player, seconds: float) -> list[int]:
        async def ask(number: int) -> int:
            await asyncio.sleep(seconds)
            return number

        try:
            async with asyncio.timeout(1):
                return list(await asyncio.gather(ask(1), ask(2)))
        except TimeoutError:
            self.state["stock"] = 0
            return []

    async def on_again(self, player: Player) -> None:
        await asyncio.sleep(0)
        self.relay()


def asked(game: Playtest, name: str, command: str, *args: Any) -> Answer:
    """A command on its way, of which nobody waits for the answer."""
    answer = Answer(command)
    game.players[name].room._ask(command, args, {}, answer.pending)
    game.run()
    return answer


def test_what_it_returns_is_the_answer_and_all_it_did_is_there() -> None:
    game = playtest(Shop, "red", "blue")
    assert game.red.buy() == 2
    assert game.blue.state["stock"] == 2
    assert game.blue.players["red"]["has"] == 1


def test_nobody_sees_half_of_it() -> None:
    game = playtest(Shop, "red", "blue")
    asked(game, "red", "buy", 2.0)
    for _ in range(3):
        game.advance(0.5)
        assert game.blue.state["stock"] == 3
    game.advance(1)
    assert game.blue.state["stock"] == 2


def test_what_others_send_meanwhile_comes_after_it_in_order() -> None:
    game = playtest(Shop, "red", "blue")
    bought = asked(game, "red", "buy", 2.0)
    looked, again = asked(game, "blue", "look"), asked(game, "blue", "look")
    own = asked(game, "red", "look")
    game.advance(1)
    assert not any(one.done for one in (bought, looked, own))
    game.advance(2)
    assert [one.result(0) for one in (bought, looked, again, own)] == [2, 2, 2, 2]
    assert game.server.done[2] == "red buys"


@pytest.mark.parametrize(("end", "code"), [("reject", "rejected"), ("crash", "rules-failed")])
def test_what_raises_after_a_wait_has_not_happened(end: str, code: str) -> None:
    game = playtest(Shop, "red", "blue")
    answer = asked(game, "red", "buy", 1.0, end)
    looked = asked(game, "blue", "look")
    with pytest.raises(RulesFailed, match="ZeroDivisionError") if end == "crash" else nullcontext():
        game.advance(2)
    game.run()
    assert answer.pending.code == code
    assert looked.result(0) == 3
    assert game.blue.players["red"]["has"] == 0
    assert "red buys" not in game.server.done


def test_one_that_refuses_before_it_waits_refuses() -> None:
    game = playtest(Shop, "red")
    with pytest.raises(Refused, match="no"):
        game.red.refuse_at_once()


def test_who_comes_meanwhile_waits() -> None:
    game = playtest(Shop, "red")
    asked(game, "red", "buy", 2.0)
    blue = game.join("blue")
    assert blue.state["stock"] == 2
    assert game.server.done == ["red joins", "red buys", "blue joins"]


def test_the_handler_of_one_whose_connection_is_lost_goes_on_and_is_done_once() -> None:
    game = playtest(Shop, "red", "blue")
    answer = asked(game, "red", "buy", 2.0)
    game.red.drop()
    assert game.server.done[-1] == "red buys"
    game.advance(3)
    assert game.server.done[-1] == "red drops"
    game.red.come()
    assert answer.result(0) == 2
    assert game.server.done.count("red buys") == 1


def test_one_comes_back_while_its_handler_waits() -> None:
    game = playtest(Shop, "red", "blue")
    answer = asked(game, "red", "buy", 2.0)
    game.red.drop()
    game.red.come()
    game.run()
    assert answer.result(0) == 2
    assert game.server.done.count("red buys") == 1


def test_who_leaves_meanwhile_leaves_after_it_and_its_last_words_count() -> None:
    game = playtest(Shop, "red", "blue")
    asked(game, "red", "buy", 2.0)
    asked(game, "blue", "look")
    game.blue.leave()
    game.advance(3)
    assert game.server.done[2:] == ["red buys", "blue looks", "blue leaves"]


def test_one_that_takes_too_long_is_stopped_and_undone() -> None:
    game = playtest(Shop, "red", "blue")
    answer = asked(game, "red", "buy", 60.0)
    looked = asked(game, "blue", "look")
    game.advance(6)
    assert answer.pending.code == "rules-failed"
    assert "handler-time" in answer.pending.message
    assert looked.result(0) == 3


def test_one_that_will_not_be_stopped_never_runs_again() -> None:
    game = playtest(Shop, "red")
    answer = asked(game, "red", "stubborn")
    game.advance(6)
    assert answer.pending.code == "rules-failed"
    assert game.server._cancelled == 1
    game.advance(5)
    assert game.red.look() == 3


def test_dice_are_those_of_one_decision() -> None:
    rolled = []
    for _ in range(2):
        game = playtest(Shop, "red", seed=5)
        rolled.append(game.red.roll())
    assert rolled[0] == rolled[1]
    assert game.red.roll() != rolled[0]


def test_time_goes_on_while_it_waits_and_timers_count_from_then() -> None:
    game = playtest(Shop, "red")
    began, ended = game.red.times()
    assert ended - began == pytest.approx(2, abs=0.1)
    game.advance(2)
    assert game.server.rung == [pytest.approx(ended + 1, abs=0.1)]


def test_what_a_thread_does_is_waited_for() -> None:
    game = playtest(Shop, "red")
    assert game.red.thread(21) == 42


def test_what_asyncio_has_for_waiting_works_in_it() -> None:
    game = playtest(Shop, "red")
    assert game.red.ask_two(0.5) == [1, 2]
    assert game.red.ask_two(2) == []
    assert game.red.state["stock"] == 0


def test_it_may_pass_its_command_on() -> None:
    game = playtest(Shop, "red", "blue")
    heard: list[str] = []
    game.blue.room.command("again")(lambda player: heard.append(player.id))
    game.red.again()
    assert heard == ["red"]


def test_a_kick_by_whoever_runs_the_server_waits() -> None:
    game = playtest(Shop, "red", "blue")
    asked(game, "red", "buy", 2.0)
    game.directory.kick("shop", "blue", game.now)
    game.run()
    assert game.server.done[-1] == "red buys"
    game.advance(3)
    assert game.server.done[-1] == "blue leaves"


def test_a_room_that_is_to_be_closed_is_closed_after_it() -> None:
    game = playtest(Shop, "red")
    asked(game, "red", "buy", 2.0)
    game.directory.close_room("shop", game.now)
    assert "shop" in game.directory.rooms
    game.advance(3)
    assert "shop" not in game.directory.rooms


class Sale(Shop):
    kind = "shop"

    def on_look(self, player: Player) -> int:
        return 0


def test_rules_that_change_meanwhile_are_there_after_it() -> None:
    game = playtest(Shop, "red", "blue")
    bought, looked = asked(game, "red", "buy", 2.0), asked(game, "blue", "look")
    game.directory.kinds.take({"shop": Sale})  # type: ignore[attr-defined]
    assert change_rules(game.directory, game.now) == {"shop": ""}
    game.advance(3)
    assert (bought.result(0), looked.result(0)) == (2, 0)
    assert game.server.done[-1] == "red buys"
