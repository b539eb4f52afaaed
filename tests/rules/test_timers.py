"""Timers of rooms with rules: when they run, how often, what they keep, and which mistakes are found where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf, nan
from typing import Any, ClassVar

import pytest

from roomcast.core.room.due_causes import MOST_RUNS
from roomcast.server import Player, Reject, Room, Timer
from roomcast.testing import RulesFailed, playtest
from roomcast.testing.playtest import Refused
from tests.rules.houses import TimedHouse, state_of, turns


class Clocks(Room):
    """Notes what runs, and when, counted from when the room was made."""

    def on_create(self) -> None:
        self.began = self.time
        self.ran: list[list[Any]] = []
        self.ids: dict[str, int] = {}

    def note(self, what: str) -> None:
        self.ran.append([what, round(self.time - self.began, 3)])
        self.state["ran"] = len(self.ran)

    def fail(self, what: str) -> None:
        self.note(what)
        self.every(1, self.note, "never")
        raise ZeroDivisionError(what)

    def refuse(self) -> None:
        self.note("never")
        raise Reject("nobody hears this")

    def again(self) -> None:
        self.note("again")
        self.after(0, self.again)

    def cancel_all(self) -> None:
        for timer in self.timers.values():
            timer.cancel()

    def stop(self, name: str) -> None:
        self.timers[self.ids[name]].cancel()

    def on_after(self, player: Player, wait: float, method: str, *args: str) -> int:
        return self.after(wait, getattr(self, method), *args).id

    def on_every(self, player: Player, wait: float, method: str, *args: str) -> int:
        timer = self.every(wait, getattr(self, method), *args)
        self.ids[method] = timer.id
        return timer.id

    def on_cancel(self, player: Player, timer: int) -> bool:
        if (found := self.timers.get(timer)) is not None:
            found.cancel()
        return found is not None

    def on_both(self, player: Player) -> None:
        self.after(1, self.note, "never")
        self.cancel_all()
        raise Reject("no")

    def on_many(self, player: Player, many: int) -> None:
        for _ in range(many):
            self.after(60, self.note, "x")


def test_a_timer_runs_once_at_its_time_and_sees_it() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.after(2.5, "note", "x")
    asked = game.server.timers
    (timer,) = asked.values()
    assert isinstance(timer, Timer)
    assert timer.due == pytest.approx(game.server.began + 2.5, abs=0.1)
    game.advance(2)
    assert game.server.ran == []
    game.advance(10)
    ((what, when),) = game.server.ran
    assert (what, when) == ("x", pytest.approx(2.5, abs=0.1))
    assert game.Ada.state["ran"] == 1
    assert len(asked) == 0


def test_every_runs_at_steps_that_do_not_drift_until_it_is_cancelled() -> None:
    game = playtest(Clocks, "Ada")
    timer = game.Ada.every(0.3, "note", "x")
    game.advance(3.1)
    times = [when for _, when in game.server.ran]
    assert len(times) == 10
    assert [round(when - times[0], 3) for when in times] == [round(0.3 * step, 3) for step in range(10)]
    assert game.Ada.cancel(timer) is True
    assert game.Ada.cancel(timer) is False
    game.advance(3)
    assert len(game.server.ran) == 10


def test_those_that_are_due_at_one_time_run_in_the_order_of_setting() -> None:
    game = playtest(Clocks)
    game.join("Ada")
    for name in "abc":
        game.players["Ada"].room.send("after", 1, "note", name)  # all three come in one frame, at one time
    game.run()
    game.advance(2)
    assert [what for what, _ in game.server.ran] == ["a", "b", "c"]


def test_one_that_is_due_runs_before_a_command_that_comes_later() -> None:
    house = TimedHouse(Clocks)
    ada = house.join("Ada", "clocks")
    ada.do("after", 1, "note", "timer")
    house.now += 1.5
    ada.do("after", 0, "note", "x")
    house.run(0)
    assert house.behaviour("clocks").own.get("ran") == [["timer", 1.0]]


def test_timers_run_while_nobody_is_here() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.every(1, "note", "x")
    game.Ada.drop()
    game.advance(10)
    assert len(game.server.ran) == 10
    game.Ada.come()
    assert game.Ada.state["ran"] == 10


def test_a_handler_that_raises_has_set_and_cancelled_none() -> None:
    game = playtest(Clocks, "Ada")
    kept = game.Ada.after(1, "note", "kept")
    with pytest.raises(Refused):
        game.Ada.both()
    assert list(game.server.timers) == [kept]
    game.advance(5)
    assert [what for what, _ in game.server.ran] == ["kept"]


def test_one_that_raises_is_undone_and_told_and_the_room_goes_on() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.every(1, "fail", "x")
    game.Ada.every(1.5, "note", "y")
    with pytest.raises(RulesFailed) as failed:
        game.advance(1.2)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    game.advance(1.2)  # the same once more is counted
    assert [what for what, _ in game.server.ran] == ["y"]
    assert len(game.server.timers) == 2, "what it has set is undone; that it has run is not"


def test_one_that_refuses_is_undone_and_told_to_nobody() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.after(1, "refuse")
    game.advance(2)
    assert game.server.ran == []
    assert len(game.server.timers) == 0


def test_one_that_always_raises_is_told_once_and_then_counted() -> None:
    house = TimedHouse(Clocks)
    ada = house.join("Ada", "clocks")
    ada.do("every", 0.1, "fail", "x")
    house.run(20)
    assert house.failed[0][0].startswith("Clocks.fail failed in the room 'clocks', when its timer was due: nothing")
    assert [("10 times" in one, "100 times" in one) for one, _ in house.failed[1:]] == [(True, False), (False, True)]
    assert house.directory.failures.count == 0


def test_what_would_run_for_ever_at_one_time_goes_on_with_time() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.after(0, "again")
    game.advance(0.05)
    assert 10 <= len(game.server.ran) <= 80, "once a millisecond, and not without end"


def test_one_may_cancel_itself_and_all_others() -> None:
    game = playtest(Clocks, "Ada")
    game.Ada.every(1, "stop", "stop")
    game.Ada.every(2, "note", "x")
    game.advance(3.5)
    assert len(game.server.timers) == 1
    game.Ada.every(1, "cancel_all")
    game.advance(5)
    assert len(game.server.timers) == 0


# ---------------------------------------------------------------------- who falls behind


def test_a_room_that_stood_still_makes_up_for_a_little_and_runs_the_rest_once() -> None:
    house = TimedHouse(Clocks)
    ada = house.join("Ada", "clocks")
    ada.do("every", 0.1, "note", "often")
    ada.do("after", 3000, "note", "once")
    house.run(0.05)
    house.now += 3600
    house.run(0)
    ran = house.behaviour("clocks").own.get("ran")
    assert [what for what, _ in ran].count("once") == 1
    often = [when for what, when in ran if what == "often"]
    assert often[:100] == [round(0.1 * step, 3) for step in range(1, 101)]
    assert len(often) == 101, "and once for all the others"
    (told,) = house.failed
    assert "has fallen behind" in told[0]
    house.run(1)
    assert len(house.behaviour("clocks").own.get("ran")) in range(111, 114), "then it goes on as before"
    assert len(turns(ada)) == 2 + len(house.behaviour("clocks").own.get("ran")), "each is an entry of its own"
    assert state_of(ada)["ran"] == len(house.behaviour("clocks").own.get("ran"))


def test_a_chain_of_timers_is_made_up_for_no_longer_than_a_schedule() -> None:
    house = TimedHouse(Clocks)
    ada = house.join("Ada", "clocks")
    ada.do("after", 0, "again")
    house.now += 3600
    house.run(0)
    assert len(house.behaviour("clocks").own.get("ran")) == 101


# ---------------------------------------------------------------------- mistakes


class Mistaken(Room):
    def works(self, one: int) -> None: ...

    def yields(self) -> Iterator[int]:
        yield 1

    def on_do(self, player: Player, number: int) -> None:
        self.after(1, self.works, 1)
        MISTAKES[number][0](self, player)

    def on_wait(self, player: Player, seconds: float) -> None:
        self.after(seconds, self.works, 1)


MISTAKES: list[tuple[Callable[[Any, Player], object], str]] = [
    (lambda room, player: room.after("5", room.works, 1), "the first argument is a number of seconds, not '5'"),
    (lambda room, player: room.after(True, room.works, 1), "the first argument is a number of seconds, not True"),
    (lambda room, player: room.after(nan, room.works, 1), "the first argument is a number of seconds, not nan"),
    (lambda room, player: room.after(None, room.works, 1), "the first argument is a number of seconds, not None"),
    (lambda room, player: room.after(10**400, room.works, 1), "wait for ten years at most, and not inf seconds"),
    (lambda room, player: room.after(inf, room.works, 1), "ten years at most"),
    (lambda room, player: room.every(1e300, room.works, 1), "ten years at most"),
    (lambda room, player: room.every(0, room.works, 1), "it would run all the time"),
    (lambda room, player: room.every(-1, room.works, 1), "it would run all the time"),
    (lambda room, player: room.after(1, room.works(1)), r"the second argument is None: write self.method without \(\)"),
    (lambda room, player: room.after(1, print), "give a method of this class, as self.method"),
    (lambda room, player: room.after(1, lambda: None), "give a method of this class, as self.method"),
    (lambda room, player: room.after(1, "works", 1), "give a method of this class, as self.method"),
    (
        lambda room, player: room.after(1, room.works),
        r"works\(\) cannot be called so: missing a required argument: 'one'",
    ),
    (lambda room, player: room.after(1, room.works, 1, 2), r"works\(\) cannot be called so: too many positional"),
    (lambda room, player: room.after(1, room.yields), "with yield in it"),
    (lambda room, player: room.after(1, room.works, player), "keep player.id"),
    (lambda room, player: room.after(1, room.works, {1, 2}), "is given would not come back as it is"),
    (lambda room, player: room.after(1, room.works, nan), "nan"),
    (lambda room, player: [room.after(1, room.works, 1) for _ in range(10**6)], "may set 1,000 timers at most"),
    (lambda room, player: setattr(room, "x", room.after(1, room.works, 1)), "a timer cannot be kept: keep timer.id"),
    (lambda room, player: room.state.update(x=room.after(1, room.works, 1)), "a timer cannot be kept: keep timer.id"),
]


@pytest.mark.parametrize("number", range(len(MISTAKES)))
def test_a_mistake_is_found_where_it_is_made(number: int) -> None:
    game = playtest(Mistaken, "Ada")
    with pytest.raises(RulesFailed, match=MISTAKES[number][1]):
        game.Ada.do(number)
    assert len(game.server.timers) == 0, "nothing of what the handler did has happened"


@pytest.mark.parametrize("wait", [0, -5, 1e-9, 0.001])
def test_a_short_wait_is_a_millisecond(wait: float) -> None:
    game = playtest(Mistaken, "Ada")
    game.Ada.wait(wait)
    game.advance(0.01)
    assert len(game.server.timers) == 0


def test_too_many_are_refused_and_the_limit_is_named() -> None:
    house = TimedHouse(Clocks, room_timers=100)
    ada = house.join("Ada", "clocks")
    ada.do("many", 100)
    ada.do("many", 1)
    house.flush()
    assert len(house.behaviour("clocks").timers) == 100
    house.run(61)
    assert len(house.behaviour("clocks").timers) == 0


class Countdown(Room):
    """What a view shows follows from the room's own attributes and timers, which a timer alone changes."""

    def on_create(self) -> None:
        self.open = False
        self.after(1, self.turn_over)

    def turn_over(self) -> None:
        self.open = True

    def on_wait(self, player: Player) -> None:
        self.after(60, self.turn_over)

    def view(self, state: Any, key: str) -> dict[str, Any]:
        return {"open": self.open, "waiting": len(self.timers)}


class Meddling(Countdown):
    def view(self, state: Any, key: str) -> dict[str, Any]:
        for timer in self.timers.values():
            timer.cancel()
        return {}


def test_a_view_shows_what_a_timer_has_changed() -> None:
    game = playtest(Countdown, "Ada")
    assert dict(game.Ada.state) == {"open": False, "waiting": 1}
    game.advance(2)
    assert dict(game.Ada.state) == {"open": True, "waiting": 0}
    game.Ada.wait()
    assert dict(game.Ada.state) == {"open": True, "waiting": 1}


def test_a_view_cancels_no_timer() -> None:
    game = playtest(Meddling)
    with pytest.raises(RulesFailed, match="in a view: it only looks"):
        game.join("Ada")
    assert len(game.server.timers) == 1
    game.advance(2)
    assert game.server.open


class Swarm(Room):
    """Each timer sets two more, until there are as many as there may be."""

    ran: ClassVar[list[int]] = []  # on no disk, and never taken back

    def on_create(self) -> None:
        self.count = 0

    def on_begin(self, player: Player) -> None:
        self.hatch(0)

    def hatch(self, number: int) -> None:
        self.ran.append(number)
        for _ in range(2):
            if len(self.timers) < 900:
                self.count += 1
                self.after(0, self.hatch, self.count)

    def on_look(self, player: Player) -> int:
        return len(self.timers)


def test_timers_that_set_more_and_more_take_no_more_than_their_share_and_each_runs_once() -> None:
    Swarm.ran.clear()
    game = playtest(Swarm, "Ada")
    game.Ada.begin()
    game.advance(3)
    assert len(Swarm.ran) < 5 * MOST_RUNS
    assert len(set(Swarm.ran)) == len(Swarm.ran)
    assert game.Ada.look() > 500
    game.advance(3)
    assert len(Swarm.ran) > 5 * MOST_RUNS, "they go on"
