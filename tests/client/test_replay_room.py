"""A replay is a room: it runs a recording as the room ran, at any speed, and sends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import roomcast
from roomcast.client.recording_reader import read_recording
from roomcast.client.replay_room import ReplayRoom
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Hidden, PlayerRecord, Skipped, Snapshot
from roomcast.core.protocol.recording import Header
from tests.client.recordings import BEGAN, do, joined, raw, three_moves, write
from tests.integration.rooms import notes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return three_moves(tmp_path / "dots.jsonl")


def test_all_of_it_is_run_in_order_and_then_the_room_is_closed(file: Path) -> None:
    room = roomcast.replay(file)
    seen = notes(room, "join", "move", "set", "leave", "closed")
    assert (room.name, room.seq, room.length, room.closed) == ("dots", 0, 6, False)
    assert room.pump() == 6
    assert seen == [
        ("join", "red"),
        ("move", "red", 5),
        ("move", "red", 6),
        ("set", "red", {"level": 2}),
        ("move", "red", 7),
        ("leave", "red"),
        ("closed", "the recording is at its end"),
    ]
    assert (room.seq, room.closed, dict(room.state)) == (6, True, {"level": 2})
    assert room.pump() == 0


def test_until_stops_right_after_an_entry(file: Path) -> None:
    room = roomcast.replay(str(file))
    seen = notes(room, "move")
    assert room.pump(until=2) == 2
    assert (room.seq, seen) == (2, [("move", "red", 5)])
    assert [player.id for player in room.players] == ["red"]
    assert room.pump(until=1) == 0
    assert room.pump(until=6) == 4
    assert (room.seq, room.closed) == (6, False)
    assert (room.pump(), room.closed) == (0, True)


def test_a_budget_leaves_the_rest_for_later(file: Path) -> None:
    room = roomcast.replay(file)
    counts = []
    while not room.closed:
        counts.append(room.pump(budget=0.0))
        assert len(counts) < 100
        room.pump(until=room.seq + 1)
    assert room.seq == 6
    assert set(counts) == {0}


def test_a_recording_may_begin_in_the_middle_and_skip(tmp_path: Path) -> None:
    here = Snapshot((PlayerRecord("red", "Ada", state=raw({"x": 1})),), state=raw({"level": 3}), at=BEGAN)
    later = Snapshot((PlayerRecord("blue", "Alan"),), at=BEGAN + 9000)
    file = write(
        tmp_path / "dots.jsonl",
        do(11, "move", 1),
        Hidden(12, BEGAN + 1000),
        Skipped(13, 20, later),
        do(21, "move", 2, by="blue", after=10),
        header=Header(1, "dots", 10, here, me="green"),
    )
    room = roomcast.replay(file)
    assert (room.me.id, room.seq, room.length, room.state["level"], room.players["red"]["x"]) == ("green", 10, 21, 3, 1)
    seen = notes(room, "join", "leave", "move", "skipped")
    room.pump()
    assert seen == [
        ("join", "red"), ("move", "red", 1), ("skipped", 13, 20),
        ("leave", "red"), ("join", "blue"), ("move", "blue", 2),
    ]  # fmt: skip
    assert room.seq == 21


def test_a_second_header_begins_another_log(tmp_path: Path) -> None:
    again = Header(1, "dots", 0, Snapshot(), lost="the server was started anew")
    file = write(tmp_path / "dots.jsonl", joined(1, "red"), again, joined(1, "blue", after=5), do(2, "move", by="blue"))
    room = roomcast.replay(file)
    seen = notes(room, "join", "leave", "lost", "move")
    room.pump()
    assert [one for one in seen if one[0] != "lost"] == [
        ("join", "red"), ("leave", "red"), ("join", "blue"), ("move", "blue"),
    ]  # fmt: skip
    assert ("lost", "the server was started anew") in seen
    assert room.seq == 2


def test_a_world_is_loaded_where_the_recording_begins_with_it(tmp_path: Path) -> None:
    def play(room: ReplayRoom) -> list[int]:
        counted = [0]

        @room.command("move")
        def move(player: roomcast.Player) -> None:
            counted[0] += 1

        @room.world
        def world() -> list[int]:
            return counted

        @world.load
        def load(saved: list[int]) -> None:
            counted[:] = saved

        return counted

    here = Snapshot((PlayerRecord("red", "red"),), at=BEGAN)
    header = Header(1, "dots", 10, here, world='{"world":[40]}')
    room = roomcast.replay(write(tmp_path / "a.jsonl", do(11, "move"), do(12, "move"), header=header))
    counted = play(room)
    room.pump(until=10)
    assert counted == [40]
    room.pump()
    assert counted == [42]

    errors = []
    room = roomcast.replay(write(tmp_path / "b.jsonl", do(11, "move"), header=Header(1, "dots", 10, here)))
    room.on("error")(lambda error: errors.append(error.code))
    counted = play(room)
    room.pump()
    assert (counted, errors) == ([1], ["no-world"])

    room = roomcast.replay(write(tmp_path / "c.jsonl", joined(1, "red"), do(2, "move")))
    counted = play(room)
    room.pump()
    assert counted == [1]


# ---------------------------------------------------------------------- nothing is sent


def test_sending_is_refused_in_a_sentence(file: Path) -> None:
    room = roomcast.replay(file, me="red")

    @room.everywhere
    def move(player: roomcast.Player, dx: int) -> None: ...

    room.pump(until=1)
    for send in (
        lambda: move(1),
        lambda: room.send("move", 1),
        lambda: room.state.update({"level": 1}),
        lambda: room.me.add("score", 1),
        lambda: room.send("picture", b"\x89PNG"),
    ):
        with pytest.raises(roomcast.RoomClosed, match="nothing can be sent in a replay"):
            send()
    assert room.pump() == 5
    with pytest.raises(roomcast.RoomClosed, match="the recording is at its end"):
        move(1)


def test_what_functions_send_is_dropped_with_one_warning(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    room = roomcast.replay(file)
    answered = []

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        room.send("answer", dx)
        room.state["last"] = dx
        answered.append(dx)

    room.pump()
    assert answered == [5, 6, 7]
    (said,) = [record.message for record in caplog.records]
    assert said.startswith("a function has sent something: nothing can be sent in a replay: there are no others")
    assert said.endswith("(help: roomcast help recording)")
    assert room.unacknowledged == 0


def test_leaving_ends_it(file: Path) -> None:
    with roomcast.replay(file) as room:
        room.pump(until=2)
    assert (room.closed, room.pump(), room.seq) == (True, 0, 2)


def test_an_exception_comes_out_and_the_rest_waits(file: Path) -> None:
    room = roomcast.replay(file)

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        if dx == 6:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        room.pump()
    assert room.seq == 3
    room.pump()
    assert room.closed


# ---------------------------------------------------------------------- files


def test_a_torn_last_line_does_not_count(file: Path) -> None:
    whole = file.read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut in range(len(lines[0]), len(whole)):
        file.write_bytes(whole[:cut])
        entries = sum(1 for _ in read_recording(file))
        assert entries == max(whole[: cut + 1].count(b"\n") - 1, 0), cut  # a line that lacks its end alone counts


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "is no recording"),
        (b'{"t":"do","s":1,"by":"red","at":0,"c":"move"}\n', "is no recording"),
        (b"%PDF-1.7\n", "is no recording"),
        (b'{"roomcast-recording":2,"room":"dots","s":0,"snapshot":{}}\n', "line 1: the recording has version 2"),
        (b'{"roomcast-recording":1,"room":"dots"}\n', "cannot be read: the field s is missing"),
    ],
)
def test_what_is_no_recording_says_so(tmp_path: Path, text: bytes, why: str) -> None:
    file = tmp_path / "dots.jsonl"
    file.write_bytes(text)
    with pytest.raises(roomcast.CannotServe, match=why):
        roomcast.replay(file)


def test_a_hole_and_a_damaged_line_are_named_when_they_are_reached(tmp_path: Path) -> None:
    file = write(tmp_path / "dots.jsonl", joined(1, "red"), do(3, "move"))
    room = roomcast.replay(file)
    with pytest.raises(roomcast.CannotServe, match="line 3: entry 3 stands where entry 2 should"):
        room.pump()
    assert room.seq == 1
    file.write_bytes(file.read_bytes().replace(b'"s":3', b'"s":"x"') + codec.encode(do(3, "move")) + b"\n")
    with pytest.raises(roomcast.CannotServe, match=r"dots\.jsonl, line 3: not a message"):
        roomcast.replay(file).pump()


def test_other_mistakes(file: Path) -> None:
    for speed in (-1, "fast", float("nan"), float("inf")):
        with pytest.raises(roomcast.BadArgument, match="speed="):
            roomcast.replay(file, speed=speed)  # type: ignore[arg-type]
    with pytest.raises(roomcast.CannotServe, match="cannot be read"):
        roomcast.replay(file.with_name("none.jsonl"))
    with pytest.raises(roomcast.CannotServe, match="is a recording of the room 'dots', not of 'chat'"):
        roomcast.replay(file, "chat")
    with pytest.raises(roomcast.BadArgument, match="named by its file"):
        roomcast.replay(5)  # type: ignore[arg-type]
    with pytest.raises(roomcast.BadArgument, match="until="):
        roomcast.replay(file).pump(until=-1)
