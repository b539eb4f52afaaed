"""A recording against a program: where its state has become another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.client.canonical import digest
from roomcast.testing import first_difference, replay
from tests.client.recordings import do, joined, write


def dots(speed: int = 1) -> Callable[[roomcast.ReplayRoom], Callable[[], Any]]:
    """A game, in which a later version may be faster from the third move on."""

    def program(room: roomcast.ReplayRoom) -> Callable[[], Any]:
        state: dict[str, Any] = {"x": 0, "moves": 0, "late": 0}

        @room.command("move")
        def move(player: roomcast.Player, dx: int) -> None:
            state["moves"] += 1
            state["x"] += dx * (speed if state["moves"] >= 3 else 1)
            room.after(0.5, late)

        def late() -> None:
            state["late"] += 1

        return lambda: state

    return program


@pytest.fixture
def file(tmp_path: Path) -> Path:
    moves = [do(number + 2, "move", number, after=number) for number in range(5)]
    return write(tmp_path / "dots.jsonl", joined(1, "red", seed="5eed"), *moves)


def test_there_is_a_hash_after_the_start_and_each_entry(file: Path) -> None:
    found = replay(file, dots())
    assert list(found) == [0, 1, 2, 3, 4, 5, 6]
    assert found[0] == found[1] == digest({"x": 0, "moves": 0, "late": 0})
    assert found[6] == digest({"x": 10, "moves": 5, "late": 4})
    assert len(set(found.values())) == 6
    every_fourth = replay(file, dots(), every=4)
    assert every_fourth == {seq: found[seq] for seq in (0, 4, 6)}


def test_the_first_entry_after_which_states_differ_is_named(file: Path) -> None:
    assert first_difference(file, dots(), dots()) is None
    found = first_difference(file, dots(), dots(speed=2))
    assert found is not None
    assert (found.seq, json.loads(found.entry)["c"], json.loads(found.entry)["a"]) == (4, "move", [2])
    assert str(found).startswith('the states differ after entry 4: {"t":"do","s":4,')
    assert found.expected == replay(file, dots())[4]
    assert found.found == replay(file, dots(speed=2))[4]


def test_a_baseline_may_be_kept_in_a_file(file: Path, tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    baseline.write_text(json.dumps(replay(file, dots())), encoding="utf-8")
    assert first_difference(file, baseline, dots()) is None
    found = first_difference(file, str(baseline), dots(speed=2))
    assert found is not None
    assert found.seq == 4
    sparse = replay(file, dots(), every=3)
    found = first_difference(file, sparse, dots(speed=2))
    assert found is not None
    assert found.seq == 6


def test_states_that_differ_from_the_start(file: Path) -> None:
    found = first_difference(file, lambda room: lambda: 1, lambda room: lambda: 2)
    assert found is not None
    assert (found.seq, str(found)) == (0, "the states differ at the start")


def test_the_state_may_be_that_of_room_world_or_room_check(file: Path) -> None:
    def with_world(room: roomcast.ReplayRoom) -> None:
        state = dots()(room)
        room.world(state)

    def with_check(room: roomcast.ReplayRoom) -> object:
        room.check(dots()(room))
        return room

    assert replay(file, with_world) == replay(file, with_check) == replay(file, dots())


def test_a_recording_that_begins_anew_is_run_up_to_there(tmp_path: Path) -> None:
    from roomcast.core.protocol.messages import Snapshot
    from roomcast.core.protocol.recording import Header

    again = Header(1, "dots", 0, Snapshot(), lost="the server was started anew")
    lines = [joined(1, "red"), do(2, "move", 3), again, joined(1, "blue"), do(2, "move", 9, by="blue")]
    found = replay(write(tmp_path / "dots.jsonl", *lines), dots())
    assert list(found) == [0, 1, 2]
    assert found[2] == digest({"x": 3, "moves": 1, "late": 0})


def test_mistakes(file: Path, tmp_path: Path) -> None:
    with pytest.raises(roomcast.BadArgument, match="gives no state to compare"):
        replay(file, lambda room: None)
    with pytest.raises(roomcast.BadArgument, match="a baseline is"):
        first_difference(file, {}, dots())
    with pytest.raises(roomcast.BadArgument, match=r"the baseline .* cannot be read"):
        first_difference(file, tmp_path / "none.json", dots())
    broken = tmp_path / "broken.json"
    broken.write_text("[1", encoding="utf-8")
    with pytest.raises(roomcast.BadArgument, match="a baseline is"):
        first_difference(file, broken, dots())
    with pytest.raises(roomcast.BadArgument, match="every="):
        replay(file, dots(), every=0)
