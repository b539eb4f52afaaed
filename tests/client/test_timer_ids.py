"""Timers by their id: the same in every program, so that one that came later finds and cancels those from before."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

import roomcast
from roomcast.core.protocol.messages import Begin, Do, PlayerRecord, Save, SavedWorld, Snapshot, Tick, Welcome
from roomcast.errors import BadArgument
from tests.client.offline_room import LIMITS, OfflineRoom
from tests.core.entries import raw

AT = 1_700_000_000_000
HERE = Snapshot((PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan")), at=AT)


def do(seq: int, at: int, command: str, *args: Any) -> Do:
    return Do(seq, "Alan", AT + at, command, raw(args))


class Game:
    """Sets timers, and keeps in its world the ids of all that it has set."""

    def __init__(self, *, world: bool = False) -> None:
        self.room = room = OfflineRoom()
        self.ids: list[int] = []
        self.ran: list[str] = []
        self.found: list[int] = []  # what room.timers had when the world was loaded
        self.handle: roomcast.Timer | None = None
        room.command("after")(self.after)
        room.command("every")(self.every)
        room.command("chain")(self.chain)
        room.command("cancel")(self.cancel)
        room.timer(self.run)
        if world:
            room.world(self.save).load(self.load)
            room.written()  # begin

    def after(self, seconds: float, *what: Any) -> None:
        self.handle = self.room.after(seconds, self.run, *what)
        self.ids.append(self.handle.id)

    def every(self, seconds: float, *what: Any) -> None:
        self.handle = self.room.every(seconds, self.run, *what)
        self.ids.append(self.handle.id)

    def chain(self, left: int) -> None:
        if left:
            self.ids.append(self.room.after(0.5, self.chain, left - 1).id)

    def cancel(self, timer: int) -> None:
        self.room.timers[timer].cancel()

    def run(self, *what: Any) -> None:
        self.ran.append(f"{what} after {self.room.seq}")

    def save(self) -> Any:
        return {"ids": self.ids, "ran": self.ran}

    def load(self, saved: Any) -> None:
        self.ids, self.ran = list(saved["ids"]), list(saved["ran"])
        self.found = list(self.room.timers)

    def hear(self, *messages: Any) -> None:
        self.room.hear(*messages)
        self.room.pump()

    def world(self, seq: int, at: int) -> str:
        """What it answers when the room asks for its world."""
        self.hear(Save(seq, AT + at, 100_000, True))
        written: list[Any] = self.room.written()
        return "".join(one.x for one in written if isinstance(one, SavedWorld))


def test_an_id_is_made_of_the_place_in_the_order() -> None:
    game = Game()
    game.hear(do(3, 0, "after", 1.0), do(4, 0, "after", 1.0), do(5, 0, "chain", 3))
    game.hear(Tick(AT + 900), do(6, 950, "after", 1.0), do(7, 1600, "after", 1.0))
    assert game.ids == [300_000, 400_000, 500_000, 500_001, 600_000, 600_001, 700_000]


def test_the_timers_that_wait_are_there_by_id_in_the_order_of_setting() -> None:
    game = Game()
    assert dict(game.room.timers) == {}
    game.hear(do(3, 0, "every", 2.0, "a"), do(4, 0, "after", 1.0, "b"), do(5, 0, "after", 9.0, "c"))
    timers = game.room.timers
    assert list(timers) == game.ids
    assert [(len(timers), 400_000 in timers, 7 in timers)] == [(3, True, False)]
    assert timers[500_000] == game.handle
    assert repr(timers) == "<timers: 300000 for run, 400000 for run, 500000 for run>"
    game.hear(Tick(AT + 2500))
    assert list(timers) == [300_000, 500_000], "one that runs once is gone when it runs"
    game.hear(do(6, 2600, "cancel", 300_000))
    assert list(timers) == [500_000]
    assert timers.get(300_000) is None
    with pytest.raises(KeyError) as missing:
        timers[300_000]
    assert "room.timers.get(timer_id)" in missing.value.__notes__[0]


def test_a_loop_over_them_may_cancel() -> None:
    game = Game()

    @game.room.command("stop")
    def stop() -> None:
        for timer in game.room.timers.values():
            timer.cancel()

    game.hear(do(3, 0, "every", 2.0), do(4, 0, "after", 1.0), do(5, 0, "stop"), do(6, 9000, "after", 1.0))
    assert game.ran == []
    assert list(game.room.timers) == [600_000]


def test_they_cannot_be_written_to_and_are_cancelled_by_everyone_alone() -> None:
    game = Game()
    game.hear(do(3, 0, "every", 2.0))
    timers: Any = game.room.timers
    with pytest.raises(TypeError):
        timers[3] = timers[300_000]
    with pytest.raises(TypeError):
        del timers[300_000]
    with pytest.raises(BadArgument, match="is for functions that run in every program"):
        timers[300_000].cancel()


def test_a_timer_says_what_it_does_and_when() -> None:
    game = Game()
    game.hear(do(3, 0, "every", 0.25, game.room.me.id, {"x": [1]}), do(4, 0, "after", 2.5))
    again, once = game.room.timers.values()
    assert (again.id, again.function, again.args, again.every) == (300_000, "run", ("Ada", {"x": [1]}), 0.25)
    assert (once.id, once.function, once.args, once.every) == (400_000, "run", (), 0.0)
    assert again.due == (AT + 250) / 1000
    assert once.due == (AT + 2500) / 1000
    again.args[1]["x"].append(2)
    assert again.args[1] == {"x": [1]}, "a change here would be one here alone"
    game.hear(Tick(AT + 600))
    assert again.due == (AT + 750) / 1000
    game.hear(Tick(AT + 2500))
    assert once.due == math.inf
    assert repr(once) == "<timer 400000 for run, over>"


def test_players_among_the_arguments_are_players() -> None:
    game = Game()
    game.room.command("mark")(lambda player: game.room.after(1.0, game.run, player))
    game.hear(do(3, 0, "mark"))
    (timer,) = game.room.timers.values()
    assert timer.args == (game.room.players["Alan"],)


# ---------------------------------------------------------------------- who came later


def begun_with(world: str, seq: int) -> Game:
    game = Game(world=True)
    game.hear(Begin(seq, HERE, 0, seq, world))
    return game


def test_who_began_with_a_world_finds_the_timers_of_before_and_cancels_them() -> None:
    first = begun_with("", 0)
    first.hear(do(1, 0, "every", 1.0, "step"), do(2, 100, "after", 5.0, "bomb"))
    late = begun_with(first.world(2, 200), 2)
    assert late.found == late.ids == [100_000, 200_000], "they are there when the world is loaded"
    for game in (first, late):
        game.hear(do(3, 1500, "cancel", 200_000), do(4, 2500, "cancel", 100_000), do(5, 9000, "after", 1.0))
    assert first.ran == late.ran == ["('step',) after 2", "('step',) after 3"]


def test_what_is_set_after_the_world_has_the_same_ids_there() -> None:
    first = begun_with("", 0)
    first.hear(do(1, 0, "chain", 5), Tick(AT + 700))
    late = begun_with(first.world(1, 700), 1)
    for game in (first, late):
        game.hear(Tick(AT + 1100), do(2, 1600, "after", 9.0), Tick(AT + 2100))
    assert first.ids == late.ids == [100_000, 100_001, 100_002, 100_003, 200_000, 200_001]
    assert first.world(2, 2200) == late.world(2, 2200)


def test_one_that_was_set_and_cancelled_before_the_world_has_used_up_its_id() -> None:
    first = begun_with("", 0)

    @first.room.command("twice")
    def twice() -> None:
        first.after(1.0)
        assert first.handle is not None
        first.handle.cancel()
        first.chain(2)

    first.hear(do(1, 0, "twice"))
    text = first.world(1, 100)
    assert json.loads(text)["timers"]["made"] == 2
    late = begun_with(text, 1)
    for game in (first, late):
        game.hear(Tick(AT + 600))
    assert first.ids == late.ids == [100_000, 100_001, 100_002]


def test_a_timer_that_a_program_holds_is_the_same_one_after_a_world_was_loaded() -> None:
    game = begun_with("", 0)
    game.room.command("stop")(lambda: game.handle and game.handle.cancel())
    game.hear(do(1, 0, "every", 1.0, "step"))
    game.hear(Begin(1, HERE, 0, 1, game.world(1, 100)))
    assert game.handle == game.room.timers[100_000]
    game.hear(do(2, 200, "stop"), do(3, 5000, "after", 1.0))
    assert game.ran == []


def test_of_a_log_that_was_undone_no_id_is_given_twice() -> None:
    game = Game()
    game.hear(do(3, 0, "after", 9.0), do(4, 0, "after", 9.0))
    game.room.core.disconnected("the server ended", 0.0)
    game.room.core.connected()
    game.hear(Welcome("Ada", "secret", 3, 0, LIMITS, HERE, lost=1, epoch=2, resumed=True))
    game.hear(do(4, 100, "after", 9.0), do(5, 100, "after", 9.0))
    assert game.ids == [300_000, 400_000, 400_001, 500_000]
    assert list(game.room.timers) == game.ids


def test_who_has_a_world_has_the_ids_of_those_who_never_saw_what_was_undone() -> None:
    seen, newcomer = Game(world=True), Game(world=True)
    seen.hear(Begin(2, HERE, 0, 2, json.dumps({"world": {"ids": [], "ran": []}})))
    seen.hear(do(3, 0, "after", 9.0))
    world = seen.world(3, 0)
    seen.hear(do(4, 0, "after", 9.0), do(5, 0, "after", 0.1), do(6, 500, "every", 1.0))
    assert seen.ids == [300_000, 400_000, 500_000, 600_000]
    seen.room.core.disconnected("the server ended", 0.0)
    seen.room.core.connected()
    seen.hear(Welcome("Ada", "secret", 3, 0, LIMITS, HERE, lost=3, epoch=2, resumed=True, world=world))
    newcomer.hear(Begin(3, HERE, 0, 3, world))
    for game in (seen, newcomer):
        game.hear(do(4, 100, "after", 9.0), do(5, 100, "after", 9.0), do(6, 200, "after", 9.0))
    assert seen.ids == newcomer.ids == [300_000, 400_000, 500_000, 600_000]
    assert list(seen.room.timers) == list(newcomer.room.timers) == seen.ids
    assert [one.due for one in seen.room.timers.values()] == [one.due for one in newcomer.room.timers.values()]
