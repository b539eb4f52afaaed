"""A replay has the time of its recording: dice, timers and the time of the room are as they were, at any speed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.client import replay_room
from roomcast.client.recording_reader import read_recording
from roomcast.client.replay_room import ReplayRoom
from roomcast.core.protocol.messages import Leave, Tick
from roomcast.errors import CannotServe
from tests.client.recordings import BEGAN, do, joined, three_moves, write
from tests.integration.rooms import notes


class Clock:
    """Monotonic seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return three_moves(tmp_path / "dots.jsonl")


def test_dice_time_and_timers_are_those_of_the_recording(file: Path) -> None:
    def play(room: ReplayRoom) -> list[Any]:
        seen: list[Any] = []

        @room.command("move")
        def move(player: roomcast.Player, dx: int) -> None:
            seen.append((dx, room.time - BEGAN / 1000, room.random.random()))
            if dx == 5:
                room.every(0.4, step)

        def step() -> None:
            seen.append(("step", round(room.time - BEGAN / 1000, 6), room.random.random()))

        return seen

    at_once, stepwise = roomcast.replay(file), roomcast.replay(file)
    seen, steps = play(at_once), play(stepwise)
    at_once.pump()
    for seq in range(7):
        stepwise.pump(until=seq)
    assert seen == steps
    assert [what[:2] for what in seen] == [
        (5, 1.0), ("step", 1.4), ("step", 1.8), (6, 2.0), ("step", 2.2), ("step", 2.6), ("step", 3.0), (7, 3.0),
    ]  # fmt: skip


def test_a_speed_runs_what_is_due_and_timers_between_entries(file: Path) -> None:
    clock = Clock()
    room = ReplayRoom(read_recording(file), speed=2.0, clock=clock)
    seen: list[Any] = notes(room, "join", "move")

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        if dx == 5:
            room.after(0.5, later)

    def later() -> None:
        seen.append("later")

    room.pump()
    assert seen == [("join", "red")]  # at once: nobody was there before
    clock.now += 0.49
    room.pump()
    assert seen[1:] == []
    clock.now += 0.02
    room.pump()
    assert seen[1:] == [("move", "red", 5)]
    clock.now += 0.25
    room.pump()
    assert seen[2:] == ["later"]
    room.speed = 0
    clock.now += 1000
    assert room.pump() == 0
    room.speed = 1
    clock.now += 0.5
    room.pump()
    assert seen[3:] == [("move", "red", 6)]
    room.speed = None
    room.pump()
    assert room.closed


def test_time_in_which_nobody_was_in_the_room_is_left_out(tmp_path: Path) -> None:
    year = 365 * 86400
    file = write(
        tmp_path / "dots.jsonl",
        joined(1, "red"),
        Leave(2, "red", BEGAN + 1000),
        joined(3, "red", after=year),
        do(4, "move", after=year + 1),
    )
    clock = Clock()
    room = ReplayRoom(read_recording(file), speed=1.0, clock=clock)
    room.pump()
    assert room.seq == 1
    clock.now += 1
    room.pump()
    assert room.seq == 3
    clock.now += 1
    assert (room.pump(), room.closed) == (1, True)


def test_waiting_ends_when_something_is_due(file: Path) -> None:
    room = roomcast.replay(file, speed=100.0)
    counts = [room.pump(wait=60.0) for _ in range(7) if not room.closed]
    assert (room.closed, sum(counts)) == (True, 6)


def test_a_tick_at_the_end_lets_timers_run_after_the_last_entry(tmp_path: Path) -> None:
    file = write(tmp_path / "dots.jsonl", joined(1, "red"), do(2, "light"), Tick(BEGAN + 2000))
    room = roomcast.replay(file)
    exploded = []

    @room.command("light")
    def light(player: roomcast.Player) -> None:
        room.after(2.0, exploded.append, 1)
        room.after(2.1, exploded.append, 2)

    room.pump()
    assert exploded == [1]


AGES = 2**53 - 1  # the latest time that a message may have: in 285,000 years


@pytest.mark.parametrize("last", [Tick(AGES), Leave(3, "red", AGES)], ids=["tick", "entry"])
@pytest.mark.parametrize("repeats", [True, False])
@pytest.mark.parametrize("speed", [None, 1e300])
def test_a_time_that_is_ages_ahead_does_not_let_timers_run_for_ever(
    tmp_path: Path, last: Any, repeats: bool, speed: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step() -> None:
        runs.append(room.time)
        if not repeats:
            room.after(0.05, step)

    monkeypatch.setattr(replay_room, "_MOST_RUNS", 1000)
    file = write(tmp_path / "dots.jsonl", joined(1, "red"), do(2, "start", after=1), last)
    runs: list[float] = []
    clock = Clock()
    room = ReplayRoom(read_recording(file), speed=speed, clock=clock)
    room.command("start")(lambda: room.every(0.05, step) if repeats else room.after(0.05, step))
    room.pump(until=2)
    clock.now += 1.0
    with pytest.raises(
        CannotServe, match=r"after entry 2, the room's time goes [\d,]+ days ahead, and timers would run"
    ):
        room.pump()
    assert len(runs) <= 1001
    room.pump()
    assert room.closed


def test_some_time_in_which_nobody_does_anything_is_run(tmp_path: Path) -> None:
    file = write(tmp_path / "dots.jsonl", joined(1, "red"), do(2, "start", after=1), Leave(3, "red", BEGAN + 1_000_000))
    room, runs = roomcast.replay(file), []
    room.command("start")(lambda: room.every(0.05, lambda: runs.append(room.time)))
    while not room.closed:
        room.pump()
    assert len(runs) == 999 * 20
