"""Rooms with ticks: fixed steps while somebody is here, and what commands change gathers until the next."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.messages import VERSIONS, Error, Turn
from roomcast.core.protocol.observer_messages import Counts, Watch
from roomcast.server import Player, Reject, Room
from roomcast.testing import RulesFailed, playtest
from tests.core.entries import raw
from tests.core.fakes import Program
from tests.core.looking import Looking
from tests.rules.houses import TimedHouse, state_of, turns


class Steps(Room):
    tick_rate = 20

    def on_create(self) -> None:
        self.dts: list[float] = []
        self.times: list[float] = []
        self.rolls: list[int] = []
        self.does = ""

    def on_join(self, player: Player) -> None:
        player["x"] = 0

    def on_tick(self, dt: float) -> None:
        self.dts.append(dt)
        self.times.append(round(self.time, 3))
        self.rolls.append(self.random.randint(1, 10**9))
        match self.does:
            case "move":
                for player in self.players:
                    player["x"] += 1
            case "fail":
                self.state["half"] = True
                raise ZeroDivisionError
            case "refuse":
                raise Reject("nobody hears this")
            case "fill":
                self.state["full"] = "x" * 300_000
            case "kick":
                for player in self.players:
                    self.kick(player, "out")

    def on_do(self, player: Player, what: str) -> None:
        self.does = what

    def on_steer(self, player: Player, x: int) -> None:
        if x > 100:
            raise Reject("too far")
        player["x"] = x

    def on_shout(self, player: Player, what: str) -> None:
        self.emit("heard", what, by=player)

    def on_where(self, player: Player) -> int:
        x: int = player["x"]
        return x

    def on_later(self, player: Player) -> None:
        self.after(0.02, self.mark)

    def mark(self) -> None:
        self.state["marked"] = True


def numbers(program: Program) -> list[list[int]]:
    """Of the turns that have come, the numbers of this program's commands."""
    return [list(turn.ok or ()) for turn in turns(program)]


def ticked(house: TimedHouse) -> int:
    return len(house.behaviour("steps").own.get("dts"))


def start(**limits: Any) -> tuple[TimedHouse, Program]:
    house = TimedHouse(Steps, **limits)
    ada = house.join("Ada", "steps")
    house.run(0.01)  # ticks are due 0.04, 0.09, … from now
    return house, ada


def test_steps_are_fixed_and_come_at_their_times() -> None:
    game = playtest(Steps, "Ada")
    game.advance(3)
    assert set(game.server.dts) == {0.05}
    assert len(game.server.dts) in (59, 60, 61)
    times = game.server.times
    assert {round(after - before, 3) for before, after in pairwise(times)} == {0.05}


def test_they_rest_while_nobody_is_here() -> None:
    game = playtest(Steps, "Ada", "Alan")
    game.advance(1)
    game.Ada.drop()
    game.advance(1)
    ran = len(game.server.dts)
    assert 38 <= ran <= 42, "one of them is here"
    game.Alan.leave()
    game.advance(10)
    assert len(game.server.dts) == ran
    game.Ada.come()
    game.advance(1)
    assert ran + 19 <= len(game.server.dts) <= ran + 21, "and what was missed meanwhile is not made up for"


def test_what_commands_change_gathers_until_the_tick_and_is_one_entry() -> None:
    house, ada = start()
    alan = house.join("Alan", "steps")
    house.run(0.05)
    last = house.ruled("steps").log.last
    turns(ada), turns(alan)
    for x in (1, 2, 3):
        ada.do("steer", x)
        alan.do("steer", 10 * x)
    house.run(0.01)
    assert house.ruled("steps").log.last == last
    house.run(0.05)
    assert house.ruled("steps").log.last == last + 1
    assert numbers(ada) == [[1, 2, 3]]
    assert numbers(alan) == [[1, 2, 3]]
    assert state_of(alan, "Ada") == {"x": 3}
    assert state_of(ada, "Alan") == {"x": 30}


@pytest.mark.parametrize(("command", "args"), [("shout", ["hi"]), ("where", [])])
def test_what_says_something_waits_for_no_tick(command: str, args: list[str]) -> None:
    house, ada = start()
    house.run(0.06)
    turns(ada)
    ada.do("steer", 7)
    if args:
        ada.do(command, *args)
    else:
        ada.say(AskRequest(2, command, raw([])))
    house.run(0.004)
    assert numbers(ada) == [[1, 2]], "and what has gathered goes with it"
    assert state_of(ada, "Ada") == {"x": 7}


def test_a_refusal_comes_after_what_it_was_judged_by() -> None:
    house, ada = start()
    house.run(0.06)
    ada.hear()
    ada.do("steer", 7)
    ada.do("steer", 700)
    house.run(0.01)
    assert ada.hear() == []
    house.run(0.06)
    turn, error = ada.hear()
    assert isinstance(turn, Turn)
    assert list(turn.ok or ()) == [1]
    assert isinstance(error, Error)
    assert (error.n, error.message) == (2, "too far")
    ada.do("steer", 700)
    assert [type(one) for one in ada.hear()] == [Error], "where nothing has gathered, it is told at once"


def test_who_comes_back_is_told_of_what_had_gathered() -> None:
    house, ada = start()
    house.run(0.06)
    ada.do("steer", 7)
    again = house.knock()
    again.seq, again.state, again.n = ada.seq, ada.state, ada.n
    again.hello("steps", "", ada.back)  # while the older connection is still there
    house.run(0.01)
    again.hear()
    assert state_of(again, "Ada") == {"x": 7}
    assert again.n == 1


def test_ticks_that_do_nothing_are_no_entries() -> None:
    house, _ = start()
    last = house.ruled("steps").log.last
    house.run(5)
    assert ticked(house) == 100
    assert house.ruled("steps").log.last == last


def test_they_roll_anew_each_time() -> None:
    game = playtest(Steps, "Ada")
    game.advance(5)
    assert len(set(game.server.rolls)) == len(game.server.rolls)


def test_each_tick_that_changes_something_is_one_entry() -> None:
    house, ada = start()
    ada.do("do", "move")
    house.run(0.05)
    turns(ada)
    house.run(1)
    assert len(turns(ada)) == 20
    assert state_of(ada, "Ada") == {"x": 21}


@pytest.mark.parametrize(("what", "told"), [("fail", "failed"), ("refuse", ""), ("fill", "room_state|shared state")])
def test_one_that_fails_is_undone_and_told_and_the_room_goes_on(what: str, told: str) -> None:
    house, ada = start()
    ada.do("do", what)
    house.run(2)
    assert ticked(house) in (0, 1)
    ada.do("steer", 5)
    house.run(0.06)
    turns(ada)
    assert state_of(ada) == {}
    assert state_of(ada, "Ada") == {"x": 5}
    assert len(house.failed) == (2 if told else 0), "once, and after ten of a kind"
    assert house.directory.failures.count == 0


def test_a_failure_is_raised_in_a_test() -> None:
    game = playtest(Steps, "Ada")
    game.Ada.room.send("do", "fail")
    with pytest.raises(RulesFailed):
        game.advance(1)


def test_one_that_sends_everybody_out_is_the_last() -> None:
    house, ada = start()
    ada.do("do", "kick")
    house.run(1)
    assert ada.hear_bye().code == "kicked"
    assert house.ruled("steps").state.players == {}
    house.run(5)
    assert ticked(house) == 1


def test_what_was_missed_is_made_up_for_a_little_and_told() -> None:
    house, ada = start()
    ada.do("do", "move")
    house.now += 0.15
    house.run(0)
    assert (ticked(house), len(house.failed)) == (3, 0)
    house.now += 10
    house.run(0)
    assert ticked(house) == 7, "three that were missed, and the one that is due"
    (told,) = house.failed
    assert told[0].endswith("of Steps.on_tick, 196 ticks were left out")
    house.run(1)
    assert ticked(house) == 27


def test_timers_and_ticks_run_in_the_order_of_their_times() -> None:
    house, ada = start()
    ada.do("later")
    house.run(0.025)
    assert turns(ada) == [], "what a timer changes gathers, too"
    house.run(0.03)
    assert len(turns(ada)) == 1
    assert state_of(ada) == {"marked": True}


def test_a_timer_goes_out_at_once_where_ticks_rest() -> None:
    house, ada = start()
    ada.do("later")
    last = house.ruled("steps").log.last
    ada.gone()
    house.run(1)
    assert house.ruled("steps").log.last == last + 3, "what had gathered, that she is away, and the timer"


def test_who_watches_is_told_how_far_ticks_are_behind() -> None:
    house, _ = start()
    eve = Looking(house, "10.0.0.7")
    house.directory.enter(eve.peer)
    eve.say(Watch("steps", v=VERSIONS))

    def behind() -> float:
        house.directory.sweep(house.now)
        return eve.all(Counts)[-1].behind

    house.run(1.5)
    assert behind() < 2
    house.run(1.0)
    house.now += 0.18  # the server did something else: the first of three ticks is late by the most
    house.flush()
    assert 100 < behind() < 180
    house.run(1.5)
    assert behind() < 2, "what was late has been told"
