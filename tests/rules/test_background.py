"""Work in the background: the room goes on meanwhile, and what comes of it is decided in the room's order."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any, ClassVar

import pytest

from roomcast.core.server.rules_change import change_rules
from roomcast.errors import Refused
from roomcast.server import Player, Reject, Room
from roomcast.testing import Playtest, RulesFailed, playtest


class Scores(Room):
    """Saves scores in a database that takes its time."""

    saved_outside: ClassVar[list[int]] = []  # by the database: on no disk, and never taken back

    def on_create(self) -> None:
        self.done: list[Any] = []
        self.state["score"] = 0

    async def save(self, score: int, seconds: float = 1.0, end: str = "") -> int:
        await asyncio.sleep(seconds)
        self.saved_outside.append(score)
        if end == "fail":
            raise ConnectionError("the database is gone")
        return score * 2

    def on_win(self, player: Player, score: int, seconds: float = 1.0, end: str = "") -> None:
        self.state["score"] += score
        self.background(self.save(score, seconds, end), self.saved, player.id, otherwise=self.not_saved)
        if end == "reject":
            raise Reject("no")

    def on_win_careless(self, player: Player, score: int, end: str = "") -> None:
        self.background(self.save(score, 1.0, end), self.saved, player.id)

    def saved(self, result: int, player: str) -> None:
        self.done.append([result, player, self.time])
        self.emit("saved", result)

    def not_saved(self, error: Exception, player: str) -> None:
        self.done.append([type(error).__name__, player])

    def on_look(self, player: Player) -> int:
        return int(self.state["score"])

    def on_many(self, player: Player, many: int) -> None:
        for number in range(many):
            self.background(self.save(number))

    def on_forget(self, player: Player) -> None:
        self.background(self.save(1))

    def on_wrong(self, player: Player, what: str) -> None:
        WRONG[what](self)

    def on_thread(self, player: Player) -> None:
        self.background(asyncio.to_thread(lambda: 21), self.saved, player.id)

    def on_fails_then(self, player: Player) -> None:
        self.background(self.save(1), self.fails)

    def fails(self, result: int) -> None:
        self.state["score"] = 100
        raise ZeroDivisionError

    def nothing_given(self) -> None: ...

    def on_meddle(self, player: Player) -> None:
        self.background(self.meddle(), otherwise=self.not_meddled)

    async def meddle(self) -> None:
        self.done.append("meddled")

    def not_meddled(self, error: Exception) -> None:
        self.state["refused"] = str(error)

    def on_slow(self, player: Player) -> None:
        self.background(self.save(7, 3.0), self.saved, player.id, otherwise=self.not_saved)


async def nothing() -> None: ...


def begun(room: Any) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    room.background(asyncio.Future(loop=loop), room.fails)


WRONG: dict[str, Any] = {
    "begun already": begun,
    "call it": lambda room: room.background(nothing, room.fails),
    "without await": lambda room: room.background(5, room.fails),
    "give a method of this class": lambda room: room.background(nothing(), print),
    "otherwise is": lambda room: room.background(nothing(), room.fails, otherwise=print),
    r"saved\(\) cannot be called so: .*given the result first.*: \(self, result, …\)": (
        lambda room: room.background(nothing(), room.saved)
    ),
    r"nothing_given\(\) cannot be called so": lambda room: room.background(nothing(), room.nothing_given),
    r"fails\(\) cannot be called so: .*given the error first.*: \(self, error, …\)": (
        lambda room: room.background(nothing(), room.saved, "red", otherwise=room.fails)
    ),
    "players run by a command": lambda room: room.background(nothing(), room.on_win, 5),
    "keep player.id": lambda room: room.background(nothing(), room.saved, room.host),
}


@pytest.fixture(autouse=True)
def no_coroutine_is_forgotten() -> Any:
    Scores.saved_outside.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
        gc.collect()


@pytest.fixture
def game() -> Playtest:
    return playtest(Scores, "red", "blue")


def test_the_room_goes_on_and_hears_of_it_when_it_is_done(game: Playtest) -> None:
    heard: list[int] = []
    game.blue.room.command("saved")(lambda player, result: heard.append(result))
    game.red.win(5)
    assert game.blue.look() == 5
    game.advance(0.5)
    assert not heard
    game.advance(1)
    assert heard == [10]
    assert [one[:2] for one in game.server.done] == [[10, "red"]]


def test_a_handler_that_raises_has_begun_nothing(game: Playtest) -> None:
    with pytest.raises(Refused):
        game.red.win(5, 1.0, "reject")
    game.advance(5)
    assert not Scores.saved_outside
    assert not game.server.done


def test_an_error_goes_to_the_other_method(game: Playtest) -> None:
    game.red.win(5, 1.0, "fail")
    game.advance(2)
    assert game.server.done == [["ConnectionError", "red"]]


def test_an_error_for_which_there_is_no_method_is_told(game: Playtest) -> None:
    game.red.win_careless(5, "fail")
    with pytest.raises(RulesFailed, match="the database is gone"):
        game.advance(2)
    assert game.server.done == []


def told_by(game: Playtest) -> list[str]:
    told: list[str] = []
    game.directory.kinds._reports._tell = lambda sentence, error: told.append(sentence)  # type: ignore[attr-defined]
    return told


def test_the_maker_reads_what_failed_in_which_room_and_where(game: Playtest) -> None:
    told = told_by(game)
    for command in ("win", "win_careless"):
        game.red.ask(command, score=5, end="fail")
        game.advance(2)
    first, second = told
    assert first.startswith("background work for Scores.saved failed in the room 'scores' (test_background.py, line ")
    assert first.endswith("and not_saved runs: ConnectionError: the database is gone")
    assert second.startswith("background work for Scores.saved failed in the room 'scores': no method runs for it, as ")
    assert "there is no otherwise=" in second


def test_what_takes_too_long_is_stopped(game: Playtest) -> None:
    game.red.win(5, 60.0)
    game.advance(29)
    assert not game.server.done
    game.advance(2)
    assert game.server.done == [["TimeoutError", "red"]]
    game.advance(60)
    assert not Scores.saved_outside


def test_a_method_that_fails_is_undone_and_the_work_is_over(game: Playtest) -> None:
    game.red.fails_then()
    with pytest.raises(RulesFailed):
        game.advance(2)
    assert game.blue.state["score"] == 0
    game.advance(5)
    assert Scores.saved_outside == [1]


def test_nobody_has_to_wait_for_what_comes_of_it(game: Playtest) -> None:
    game.red.forget()
    game.advance(2)
    assert Scores.saved_outside == [1]


def test_so_many_at_once_and_no_more(game: Playtest) -> None:
    game.red.many(60)
    with pytest.raises(Refused, match="room-background"):
        game.red.many(41)
    game.red.many(40)
    game.advance(2)
    assert len(Scores.saved_outside) == 100
    game.red.many(100)
    game.advance(2)
    assert len(Scores.saved_outside) == 200


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_done_later_is_said_at_once(game: Playtest, what: str) -> None:
    with pytest.raises(RulesFailed, match=what):
        game.red.wrong(what)


def test_what_a_thread_does(game: Playtest) -> None:
    game.red.thread()
    game.run_until(lambda: bool(game.server.done))
    assert game.server.done[0][0] == 21


def test_it_does_nothing_to_the_room(game: Playtest) -> None:
    told = told_by(game)
    game.red.meddle()
    assert "self.done outside of the room's handlers" in game.blue.state["refused"]
    assert not game.server.done
    assert "test_background.py" in told[0]


class Sleepy(Scores):
    kind = "scores"

    async def on_sleep(self, player: Player, seconds: float) -> None:
        self.done.append("sleeps")
        await asyncio.sleep(seconds)
        self.done.append("wakes")


def test_it_is_decided_on_after_a_handler_that_waits() -> None:
    game = playtest(Sleepy, "red", "blue")
    game.red.win(5)
    game.red.room.send("sleep", 3.0)
    game.run()
    game.advance(2)
    assert Scores.saved_outside == [5]
    assert game.server.done == ["sleeps"]
    game.advance(2)
    assert game.server.done[:2] == ["sleeps", "wakes"]
    assert game.server.done[2][0] == 10


# ---------------------------------------------------------------------- restarts, reloads, rooms that close


def test_after_a_restart_the_room_hears_that_it_is_lost() -> None:
    game = playtest(Scores, "red", level="full")
    game.red.slow()
    game.advance(1)
    game.restart()
    assert game.server.done == [["WorkLost", "red"]]
    game.advance(5)
    game.restart()
    assert game.server.done == [["WorkLost", "red"]]
    assert not Scores.saved_outside


def test_what_was_done_before_a_restart_is_done_once() -> None:
    game = playtest(Scores, "red", level="full")
    game.red.slow()
    game.advance(4)
    game.restart()
    assert [one[0] for one in game.server.done] == [14]


def test_it_is_begun_once_the_disk_has_what_asks_for_it() -> None:
    game = playtest(Scores, "red", level="full")
    game.machine.disk_waits = True
    game.red.room.send("win", 5, 0.0)
    game.advance(3)
    assert not Scores.saved_outside
    game.machine.disk_waits = False
    game.advance(1)
    assert Scores.saved_outside == [5]
    game.machine.disk_waits = True
    game.red.room.send("win", 6, 0.0)
    game.run()
    game.crash()
    game.machine.disk_waits = False
    game.red.come()  # and sends it again
    game.advance(3)
    assert Scores.saved_outside == [5, 6]


def test_lost_work_for_which_there_is_no_method_is_told() -> None:
    game = playtest(Scores, "red", level="full")
    told = told_by(game)
    game.red.win_careless(5)
    game.machine._reports._tell = lambda sentence, error: told.append(sentence)
    game.restart()
    assert "was lost in the room 'scores': the server was started again" in told[0]


class Better(Scores):
    kind = "scores"

    def saved(self, result: int, player: str) -> None:
        self.done.append(["better", result, player])


class Worse(Room):
    kind = "scores"

    def on_look(self, player: Player) -> None: ...


@pytest.mark.parametrize(("rules", "done"), [(Better, [["better", 10, "red"]]), (Worse, [])])
def test_over_a_reload_it_goes_on_and_the_new_rules_hear_of_it(game: Playtest, rules: type[Room], done: Any) -> None:
    told = told_by(game)
    game.red.win(5)
    game.directory.kinds.take({"scores": rules})  # type: ignore[attr-defined]
    assert change_rules(game.directory, game.now) == {"scores": ""}
    game.advance(2)
    assert Scores.saved_outside == [5]
    assert game.server.done == done
    assert told == ([] if done else ["background work in 'scores' is for saved: it is not there now"])


def test_a_room_that_is_closed_stops_it(game: Playtest) -> None:
    game.red.win(5, 20.0)
    game.directory.close_room("scores", game.now)
    assert "scores" in game.directory.rooms  # it stays open for the work
    game.advance(21)
    assert Scores.saved_outside == [5]
    game.join("green").win(6, 20.0)
    game.directory._break_off(game.directory.rooms["scores"], "room-broken", "")  # as if something of ours failed
    game.advance(30)
    assert Scores.saved_outside == [5]


class Restless(Scores):
    """Something is always being saved."""

    kind = "scores"

    def on_create(self) -> None:
        super().on_create()
        self.every(1, self.again)

    def again(self) -> None:
        self.background(self.save(1, 5.0))


def test_an_empty_room_does_not_stay_open_for_ever_for_it() -> None:
    game = playtest(Restless, "red")
    game.advance(10)
    game.red.leave()
    game.advance(200)
    assert "scores" not in game.directory.rooms
    many = len(Scores.saved_outside)
    game.advance(10)
    assert len(Scores.saved_outside) == many


def test_the_result_of_a_coroutine_of_any_kind() -> None:
    class Later:
        def __await__(self) -> Any:
            return nine().__await__()

    async def nine() -> int:
        return 9

    class Kinds(Scores):
        kind = "scores"

        def on_ask(self, player: Player) -> None:
            self.background(Later(), self.saved, player.id)

    game = playtest(Kinds, "red")
    game.red.ask("ask")
    game.run()
    assert game.server.done[0][0] == 9
