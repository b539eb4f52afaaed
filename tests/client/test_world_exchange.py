"""Who begins once more, with the world or at the beginning: what had come before counts for nothing."""

from __future__ import annotations

import json
import os
from os import remove
from pathlib import Path

import pytest
from msgspec import Raw

from roomcast.client.players import Player
from roomcast.core.client.timers import Timers
from roomcast.core.protocol.messages import (
    Away,
    Back,
    Begin,
    Do,
    Error,
    Join,
    PlayerRecord,
    Save,
    SavedWorld,
    Skipped,
    Snapshot,
    Tick,
    Welcome,
)
from roomcast.errors import BadArgument
from tests.client.offline_room import LIMITS, OfflineRoom

HERE = Snapshot((PlayerRecord("Alan", "Alan"),), at=1000)


def do(seq: int, command: str, at: int, *, by: str = "Alan") -> Do:
    return Do(seq, by, at, command, Raw(b"[]"), seq)


class Late:
    """A program with a world that is asked for: how often everyone has jumped."""

    def __init__(self) -> None:
        self.room = OfflineRoom()
        self.jumps: list[int] = []
        self.rung: list[int] = []
        self.told: list[str] = []
        self.room.command("jump")(self.jump)
        self.room.command("wind")(self.wind)
        self.room.on("lost")(self.told.append)
        self.room.on("error")(lambda error: self.told.append(error.code))
        self.room.world(lambda: self.jumps).load(self.load)
        self.room.timer(self.ring)

    def jump(self) -> None:
        self.jumps.append(self.room.seq)

    def wind(self) -> None:
        self.room.after(1.0, self.ring)

    def ring(self) -> None:
        self.rung.append(self.room.seq)

    def load(self, saved: list[int]) -> None:
        self.jumps[:] = saved


def test_nothing_is_run_until_the_answer_and_then_each_entry_once() -> None:
    late = Late()
    late.room.hear(do(3, "jump", 1000))
    late.room.pump()
    assert late.jumps == []
    late.room.hear(Begin(2, HERE, 0, 3, '{"world":[1]}'), do(3, "jump", 1000))
    late.room.pump()
    assert late.jumps == [1, 3]


def test_errors_that_came_meanwhile_are_told() -> None:
    late = Late()
    late.room.hear(do(3, "jump", 1000), Error("too-big", "it is too big", 1), do(4, "jump", 1000))
    late.room.hear(Begin(0, Snapshot()), Join(1, "Alan", 1000, "Alan"))
    late.room.pump()
    assert (late.told, late.jumps, late.room.seq) == (["too-big"], [], 1)


def test_a_tick_from_before_the_answer_runs_no_timer_too_early() -> None:
    late = Late()
    late.room.hear(Tick(9000))
    late.room.hear(Begin(0, Snapshot(), 0, 4), Join(1, "Alan", 1000, "Alan"), do(2, "wind", 1000))
    late.room.pump()
    assert late.rung == []
    late.room.hear(do(3, "jump", 1500), do(4, "jump", 2500))
    late.room.pump()
    assert (late.rung, late.told) == ([3], [])


def test_a_room_that_begins_anew_gives_the_state_before_anything_to_one_that_came_late_too() -> None:
    late = Late()
    late.room.hear(Begin(2, HERE, 0, 2, '{"world":[1]}'))
    late.room.pump()
    assert late.jumps == [1]
    late.room.core.disconnected("the server ended", 0.0)
    late.room.core.connected()
    late.room.hear(Welcome("Ada", "another", 0, 0, LIMITS, Snapshot()))
    late.room.pump()
    assert late.jumps == []


def test_who_runs_the_log_once_more_rests_as_long_as_before() -> None:
    room = OfflineRoom()
    rung: list[int] = []
    room.command("wind")(lambda: room.after(1.0, ring))

    def ring() -> None:
        rung.append(room.seq)

    log = [Join(1, "Alan", 1000, "Alan"), do(2, "wind", 1000), Away(3, "Alan", 1500), Back(4, "Alan", 2500)]
    for session in ("second", "third"):
        room.core.disconnected("the server ended", 0.0)
        room.core.connected()
        room.hear(Welcome("Ada", session, 0, 0, LIMITS, Snapshot()), *log, do(5, "jump", 2900), do(6, "jump", 3100))
        room.pump()
    assert rung == [5, 5]


def test_a_rest_in_which_no_timer_waited_is_not_saved() -> None:
    had, new = Timers(), Timers()
    timer = had.set(print, (), 1, 1000.0, 5.0)
    had.ran(timer, 0, 1)
    had.rest(2000.0, 9000.0)
    assert had.saved(2) == new.saved(2)
    for timers in (had, new):
        timers.set(print, (), 3, 9000.0, 5.0)
    assert had.saved(3) == new.saved(3)
    assert had.due == new.due == 9005


def test_who_is_out_of_step_with_the_others_does_not_give_its_world_until_it_begins_anew() -> None:
    late = Late()
    room = late.room
    room.hear(Begin(0, Snapshot(), 0, 3), Join(1, "Alan", 1000, "Alan"), do(2, "wind", 1000), Tick(9000))
    room.pump()
    assert late.rung == [2]
    room.hear(do(3, "jump", 1500))  # as of a server that went on with an older copy of its file
    room.pump()
    assert len(late.told) == 1
    assert saved_world(room, 3) == ""
    room.hear(Skipped(4, 5, HERE, 0, 0, '{"world":[1]}'))
    room.pump()
    assert saved_world(room, 5) == '{"world":[1]}'


def saved_world(room: OfflineRoom, seq: int) -> str:
    """What the program answers when the room asks for its world."""
    room.written()
    room.hear(Save(seq, 9000, 1000, True))
    room.pump()
    (saved,) = [one for one in room.written() if isinstance(one, SavedWorld)]
    return saved.x


def test_without_a_world_it_goes_on_as_it_was_with_what_came_meanwhile() -> None:
    late = Late()
    late.room.hear(do(3, "jump", 1000), Error("no-world", "there is no world"), do(4, "jump", 1000))
    assert list(late.room.players) == []
    while late.room._inbox.ready:
        late.room.pump()
    assert (late.jumps, late.told) == ([3, 4], ["no-world"])
    assert [player.id for player in late.room.players] == ["Ada", "Alan"]
    assert late.room._inbox.worlds.world is not None
    assert late.room._inbox.worlds.world.first == '{"world":[]}'


def test_a_function_that_fails_to_save_comes_out_of_pump_once_and_the_room_goes_on() -> None:
    room = OfflineRoom()
    said: list[int] = []
    room.command("say")(lambda: said.append(room.seq))
    room.world(lambda: 1 / 0)
    room.hear(do(3, "say", 1000), Error("no-world", "there is no world"), do(4, "say", 1000))
    with pytest.raises(ZeroDivisionError):
        room.pump()
    while room._inbox.ready:
        room.pump()
    assert said == [3, 4]


@pytest.mark.parametrize("name", ["remove", "Late", "load", "__import__"])
def test_a_world_runs_no_function_that_was_not_registered(name: str, tmp_path: Path) -> None:
    """Whoever gives the world names the functions of its timers, and may be a stranger. `remove` is imported above."""
    (file := tmp_path / "scores").write_text("all of them")
    timer = [name, [{"value": str(file)}], 1000.0, 0.0, 0, 100_000]
    world = json.dumps({"world": [1], "timers": {"set": [timer], "rested": 0.0, "ran": {}, "made": 1}})
    late = Late()
    late.room.hear(Begin(2, HERE, 0, 3, world), do(3, "jump", 9000))
    with pytest.raises(BadArgument, match=f"^a timer of the world runs '{name}', and this program has registered no "):
        late.room.pump()
    assert remove is os.remove
    assert file.exists()


def test_a_world_is_not_saved_with_a_timer_that_nobody_who_comes_later_would_run() -> None:
    room = OfflineRoom()
    world = room.world(lambda: 0)
    timers = Timers()
    timers.set(print, (), 1, 1000.0, 5.0)
    with pytest.raises(
        BadArgument, match=r"a timer runs print, which is not registered.*write @room.timer above def print"
    ):
        world.text(timers.saved(1), room._handlers.timer_functions())
    room.timer(print)
    assert '"print"' in world.text(timers.saved(1), room._handlers.timer_functions())


def test_a_function_of_timers_needs_a_name() -> None:
    with pytest.raises(
        BadArgument, match=r"^room.timer needs a function that has a name, not <function .*: write it with def"
    ):
        OfflineRoom().timer(lambda: None)


@pytest.mark.parametrize(("state", "size"), [("x" * 50, 62), ("🎲" * 12, 60), ("é" * 25, 62)])
def test_a_world_is_as_large_as_its_bytes_are(state: str, size: int) -> None:
    room, told = OfflineRoom(), []
    room.world(lambda: state).load(lambda saved: None)
    room.on("error")(lambda error: told.append(error.message))
    room.hear(Begin(0, Snapshot(), 0, 1), Join(1, "Alan", 1000, "Alan"))
    for most in (size, size - 1):
        room.pump()
        room.written()
        room.hear(Save(1, 1000, most, True))
    room.pump()
    what = f"room.world: it has {size} bytes where the server takes {size - 1} (setting: world-size)"
    assert told == [f"{what}; it is not kept for others"]


def saved_with(*timers: list[object]) -> str:
    """A world in which such timers wait: function, arguments; all are due 500 ms after the entry that began it."""
    waiting = [[name, arguments, 1500.0, 0.0, 0, 200_000 + place] for place, (name, arguments) in enumerate(timers)]
    return json.dumps({"world": [1], "timers": {"set": waiting, "rested": 0.0, "ran": {}, "made": len(waiting)}})


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "missing a required argument: 'x'"),
        ([{"value": 1}, {"value": 2}, {"value": 3}], "too many positional arguments"),
        ([{"value": "far"}], "x is "),
        ([{"value": [1]}], "x is "),
        ([{"player": "Alan"}], "x is "),
        ([{"value": 1}, {"value": 2}], "who is "),
        ([{"value": 1}, {"value": "Alan"}], "who is "),
    ],
)
def test_a_timer_of_a_world_that_does_not_fit_its_function_is_left_out_alone(arguments: list[object], why: str) -> None:
    room, ran, told = OfflineRoom(), [], []
    room.world(list).load(lambda saved: ran.append("loaded"))
    room.on("error")(lambda error: told.append(error.message))
    room.command("jump")(lambda: None)

    @room.timer
    def fall(x: float, who: Player | None = None) -> None:
        ran.append((x, who and who.id))

    fits = ["fall", [{"value": 2}, {"player": "Alan"}]]
    room.hear(Begin(2, HERE, 0, 2, saved_with(["fall", arguments], fits)), do(3, "jump", 2000))
    room.pump()
    assert ran == ["loaded", (2, "Alan")]
    assert len(told) == 1
    assert told[0].startswith("room.world: fall(x: ")
    assert f"cannot be called so: {why}" in told[0]
    assert told[0].endswith("; this timer of it does not run here")


def test_a_timer_is_set_with_what_the_hints_of_its_function_say() -> None:
    room, told = OfflineRoom(), []

    def fall(x: int, anything: Undefined = None) -> None:  # type: ignore[name-defined] # noqa: F821
        told.append("fell")

    def slide(x: int, pair: tuple[int, int], who: Player) -> None:
        told.append("slid")

    @room.command("light")
    def light(player: Player) -> None:
        room.after(0.1, fall, "far")  # its hints cannot be read
        room.after(0.1, slide, 1, [1, 2], player)
        for wrong in (("far", [1, 2], player), (1, [1, "x"], player), (1, [1, 2], 3)):
            with pytest.raises(BadArgument, match=r"room.after: slide\(.* cannot be called so: (x|pair|who) is "):
                room.after(0.1, slide, *wrong)

    room.hear(do(3, "light", 1000), do(4, "jump", 1050), Tick(1120))
    room.hear(do(5, "jump", 1120))
    room.pump()
    assert told == ["fell", "slid"]
