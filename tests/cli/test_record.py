"""`roomcast record`: from a room that is being played, killed in the middle, and from a kept file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.client.recording_reader import read_recording
from tests.cli.roomcast_program import ROOMCAST, said
from tests.integration.conftest import RunningServer, start_server
from tests.integration.foreign import Foreign
from tests.integration.rooms import pump_until
from tests.reliability.serving import Serving, log_on_disk
from tests.waiting import wait_for

__all__ = ["start_server"]  # a fixture of the integration tests

pytestmark = pytest.mark.takes(15)

LONG = ("--rate", "100000", "--burst", "100000", "--address-time", "1000", "--no-announce", "--level", "full")


class Recording:
    """`roomcast record`, running."""

    def __init__(self, *words: str | Path) -> None:
        self.process = subprocess.Popen(
            [ROOMCAST, "record", *map(str, words)], stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
        )

    def first_line(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def end(self, number: int = signal.SIGINT) -> str:
        """End it; returns what it has printed since."""
        self.process.send_signal(number)
        return self.rest()

    def kill(self) -> None:
        """`kill -9`; does nothing the second time."""
        self.process.kill()
        self.process.communicate(timeout=60)

    def rest(self) -> str:
        return self.process.communicate(timeout=60)[1]


@pytest.fixture
def record() -> Iterator[Callable[..., Recording]]:
    with ExitStack() as stack:

        def start(*words: str | Path) -> Recording:
            one = Recording(*words)
            stack.callback(one.kill)
            return one

        yield start


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    with ExitStack() as stack:

        def start(*flags: str) -> Serving:
            server = Serving(tmp_path / "rooms.db", *LONG, *flags)
            stack.callback(lambda: server.stop() if server.running else None)
            return server

        yield start


def game(room: Any) -> dict[str, Any]:
    """Dots that roll dice, with a clock that runs."""
    state: dict[str, Any] = {"dots": {}, "rolls": [], "steps": 0}

    @room.on("join")
    def joined(player: roomcast.Player) -> None:
        state["dots"].setdefault(player.id, 0)

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        state["dots"][player.id] = state["dots"].get(player.id, 0) + dx
        state["rolls"].append(room.random.randint(1, 6))
        if len(state["rolls"]) == 1:
            room.every(0.01, step)

    def step() -> None:
        state["steps"] += 1

    room.check(lambda: state, every=1)
    return state


def play(room: roomcast.Room, count: int) -> None:
    for number in range(count):
        room.send("move", number)
    pump_until(lambda: not room.unacknowledged, room)


def entries(file: Path) -> list[bytes]:
    return [line for line in file.read_bytes().split(b"\n")[1:] if line and b'"t":"tick"' not in line]


def test_a_recording_is_the_log_as_it_was_on_the_wire_and_runs_again(
    serve: Callable[..., Serving], record: Callable[..., Recording], tmp_path: Path
) -> None:
    server, file = serve(), tmp_path / "dots.jsonl"
    address = f"127.0.0.1:{server.port}/dots"
    with roomcast.join(address, name="red") as red:
        state = game(red)
        play(red, 100)
        recorder = record(address, file)
        assert recorder.first_line() == f"Recording the room 'dots' to {file}, from its beginning. End with Ctrl-C.\n"
        play(red, 100)
        red.state["level"] = {"é": [1, None]}
        pump_until(lambda: "level" in red.state, red)
        red.send("whisper", "for the recorder", to="recorder")
        red.send("whisper", "for nobody else", to=red.me)
        pump_until(lambda: not red.unacknowledged, red)
        at_the_end = red.seq
        wait_for(lambda: len(entries(file)) >= at_the_end, what="all is recorded")
        after_it = recorder.end()
        assert recorder.process.returncode == 0
        size = len(entries(file))
        assert after_it.startswith(f"{file}: {size:,} entries, ")

        room = roomcast.replay(file)
        again = game(room)
        room.pump(until=at_the_end)
        pump_until(lambda: red.seq > at_the_end, red)  # the recorder has left
    assert (again["dots"] | {"recorder": 0}, again["rolls"]) == (state["dots"] | {"recorder": 0}, state["rolls"])
    assert room.me.id == "recorder"
    assert dict(room.state) == {"level": {"é": [1, None]}}
    server.stop()
    kept = log_on_disk(tmp_path / "rooms.db", "dots")
    assert entries(file)[:200] == kept[:200]
    whispers = [line for line in entries(file) if b"whisper" in line or b"hidden" in line]
    assert [json.loads(line)["t"] for line in whispers] == ["do", "hidden"]


def test_a_recorder_that_is_killed_leaves_a_recording_up_to_there(
    serve: Callable[..., Serving], record: Callable[..., Recording], tmp_path: Path
) -> None:
    server, chance = serve(), random.Random(5)
    address = f"127.0.0.1:{server.port}/dots"
    with roomcast.join(address, name="red") as red:
        red.check(lambda: 0)
        for number in range(3):
            file = tmp_path / f"{number}.jsonl"
            recorder = record(address, file)
            recorder.first_line()
            upto = len(entries(file)) + chance.randint(50, 200)

            def played(file: Path = file, upto: int = upto) -> bool:
                red.send("move", 1)
                red.pump()
                return len(entries(file)) >= upto

            wait_for(played, what="something is recorded")
            recorder.kill()
            found = list(read_recording(file))
            assert len(found) >= upto - 1
            room = roomcast.replay(file)
            room.pump()
            assert room.seq == room.length >= upto - 1


def test_the_same_room_is_recorded_from_a_kept_file_beside_the_server(
    serve: Callable[..., Serving], tmp_path: Path
) -> None:
    server, file, kept = serve(), tmp_path / "dots.jsonl", tmp_path / "rooms.db"
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        state = game(red)
        play(red, 300)
        with roomcast.join(f"127.0.0.1:{server.port}/chat", name="blue"):
            done = subprocess.run(
                [ROOMCAST, "record", kept, "dots", file], capture_output=True, text=True, timeout=60, check=True
            )
        assert done.stderr.startswith(f"{file}: 301 entries, ")
        for room in (
            roomcast.replay(file),
            roomcast.replay(kept, "dots"),
            roomcast.replay(str(kept), "dots", me="red"),
        ):
            again = game(room)
            assert room.pump(until=red.seq) == 301
            assert (again["dots"], again["rolls"]) == (state["dots"], state["rolls"])
        assert room.me.id == "red"
        with pytest.raises(roomcast.CannotServe, match=r"which room of .*\? It has 'chat', 'dots'"):
            roomcast.replay(kept)
        with pytest.raises(roomcast.CannotServe, match=r"there is no room 'town' in .* It has 'chat', 'dots'"):
            roomcast.replay(kept, "town")


def test_private_commands_of_a_kept_file_are_seen_by_those_who_saw_them(
    serve: Callable[..., Serving], tmp_path: Path
) -> None:
    server, kept = serve(), tmp_path / "rooms.db"
    address = f"127.0.0.1:{server.port}/dots"
    with roomcast.join(address, name="red") as red, roomcast.join(address, name="blue"):
        red.send("whisper", "psst", to="blue")
        pump_until(lambda: not red.unacknowledged, red)
        for me, heard in {"": [], "red": ["psst"], "blue": ["psst"], "green": []}.items():
            room = roomcast.replay(kept, me=me)
            seen: list[str] = []
            room.command("whisper")(lambda player, text, seen=seen: seen.append(text))
            room.pump()
            assert (me, seen, room.seq) == (me, heard, 3)


def test_a_kept_file_that_has_forgotten_the_beginning_is_run_from_its_snapshot(
    serve: Callable[..., Serving], tmp_path: Path
) -> None:
    server, kept = serve("--keep-entries", "6000"), tmp_path / "rooms.db"
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        red.state["level"] = 3
        for _ in range(30):
            play(red, 500)
        wait_for(lambda: not log_begins_at_one(kept), what="the beginning is forgotten")
        room = roomcast.replay(kept)
        moves = [0]
        room.command("move")(lambda player, dx: moves.__setitem__(0, moves[0] + 1))
        assert room.seq > 0
        begins = room.seq
        assert (room.state["level"], [player.id for player in room.players]) == (3, ["red"])
        room.pump()
        assert room.seq == room.length == red.seq
        assert moves == [red.seq - begins]


def log_begins_at_one(kept: Path) -> bool:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(kept)) as database:
        return bool(database.execute("SELECT min(first) FROM batches").fetchone()[0] == 1)


def test_a_room_that_has_forgotten_its_beginning_is_recorded_with_its_world(
    start_server: Callable[..., RunningServer],
    record: Callable[..., Recording],
    tmp_path: Path,
) -> None:
    small, file = start_server(kept_entries=200), tmp_path / "dots.jsonl"
    with roomcast.join(small.address(), name="red") as red:
        counted = counter(red)
        play(red, 1000)
        recorder = record(small.address(), file)
        begins: list[str] = []

        def began() -> bool:
            red.pump()
            return file.exists() and file.stat().st_size > 0

        wait_for(began, what="the recording begins")
        begins.append(recorder.first_line())
        play(red, 50)
        wait_for(lambda: len(entries(file)) > 0 and json.loads(entries(file)[-1])["s"] == red.seq, what="all")
        recorder.end()
        room = roomcast.replay(file)
        again = counter(room)
        room.pump(until=room.length)
        assert room.length > 1000
        assert "from its beginning" not in begins[0]
        assert again == counted


def counter(room: Any) -> list[int]:
    counted = [0]

    @room.command("move")
    def move(player: roomcast.Player, dx: int) -> None:
        counted[0] += 1

    @room.world
    def world() -> list[int]:
        return counted

    @world.load
    def load(saved: list[int]) -> None:
        counted[:] = saved

    return counted


def test_from_now_leaves_out_what_was_before(
    start_server: Callable[..., RunningServer], record: Callable[..., Recording], tmp_path: Path
) -> None:
    server, file = start_server(), tmp_path / "dots.jsonl"
    with roomcast.join(server.address(), name="red") as red:
        play(red, 20)
        recorder = record(server.address(), file, "--from-now", "--name", "camera")
        assert ", from entry 23 on." in recorder.first_line()  # its own join is in the snapshot
        play(red, 2)
        wait_for(lambda: len(entries(file)) == 2, what="both moves are recorded")
        recorder.end(signal.SIGTERM)
        assert recorder.process.returncode == 0
        room = roomcast.replay(file)
        assert [player.id for player in room.players] == ["red", "camera"]
        assert room.pump() == 2


def test_a_server_that_is_killed_and_comes_back_is_recorded_on(
    serve: Callable[..., Serving], record: Callable[..., Recording], tmp_path: Path
) -> None:
    server, file = serve(), tmp_path / "dots.jsonl"
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        red.on("offline")(lambda why: None)
        recorder = record(f"127.0.0.1:{server.port}/dots", file)
        recorder.first_line()
        play(red, 50)
        server.kill()
        server.start()
        play(red, 50)
        moves = [b'"c":"move"' in line for line in entries(file)]
        wait_for(lambda: sum(b'"c":"move"' in line for line in entries(file)) == 100, what=f"all: {len(moves)}")
        assert "the connection to 127.0.0.1:" in recorder.end()
    room = roomcast.replay(file)
    assert room.pump() == room.length


def test_a_room_that_is_closed_ends_the_recording_with_a_sentence(
    start_server: Callable[..., RunningServer],
    record: Callable[..., Recording],
    tmp_path: Path,
) -> None:
    server, file = start_server(token="k7fm-2qxp-9rtd"), tmp_path / "dots.jsonl"
    recorder = record(server.address(), file)
    recorder.first_line()
    admin = Foreign(server)
    admin.say(t="watch", room="dots", token="k7fm-2qxp-9rtd")
    admin.say(t="close")
    text = recorder.rest()
    assert recorder.process.returncode == 1
    assert "roomcast: the room is over: " in text
    assert text.endswith("(help: roomcast help kicked)\n")
    assert [json.loads(line)["t"] for line in entries(file)] == ["join"]


def test_mistakes(tmp_path: Path) -> None:
    there = tmp_path / "there.jsonl"
    there.write_text("mine", encoding="utf-8")
    for words, sentence in (
        (("dots",), "name a room and a file to write: roomcast record dots game.jsonl"),
        (("rooms.db", "dots", "a.jsonl", "more"), "name a room and a file to write"),
        (("rooms.db", "dots", "a.jsonl", "--from-now"), "--from-now is for a room that is being played"),
        (("127.0.0.1:1/dots", str(there)), f"{there} is there already: name another file, or replace it with --force"),
        ((str(tmp_path / "none.db"), "dots", "a.jsonl"), "there is no file "),
        ((str(there), "dots", "a.jsonl"), "is damaged, or no database of Roomcast"),
    ):
        code, text = said("record", *words)
        assert code in (1, 2), words
        assert sentence in text
    assert there.read_text(encoding="utf-8") == "mine"
    code, text = said("record", "127.0.0.1:1/dots", str(tmp_path / "new.jsonl"))
    assert code == 1
    assert "no-server" in text
    assert not (tmp_path / "new.jsonl").exists()


def test_force_replaces_a_file(serve: Callable[..., Serving], tmp_path: Path) -> None:
    server, file = serve(), tmp_path / "dots.jsonl"
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        play(red, 5)
        file.write_text("old", encoding="utf-8")
        subprocess.run([ROOMCAST, "record", tmp_path / "rooms.db", "dots", file, "--force"], check=True, timeout=60)
        assert len(entries(file)) == 6


def test_a_replay_needs_neither_sqlite_nor_a_network(tmp_path: Path) -> None:
    program = (
        "import sys, roomcast\n"
        "from tests.client.recordings import *\n"
        "from pathlib import Path\n"
        f"room = roomcast.replay(write(Path({str(tmp_path / 'a.jsonl')!r}), joined(1, 'red')))\n"
        "room.pump()\n"
        "print(room.seq, 'sqlite3' in sys.modules, 'picows' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "1 False False\n"
