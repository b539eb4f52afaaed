"""Disks that fail a real server: locked, read-only, damaged, without room. It says so, and promises nothing."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import roomcast
from tests.cli.roomcast_program import ROOMCAST
from tests.integration.rooms import PATIENT, notes, pump_until
from tests.reliability.serving import Serving, log_on_disk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rooms.db"


@contextmanager
def serving(file: Path) -> Iterator[Serving]:
    server = Serving(file, "--level", "full", *PATIENT)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def player(server: Serving, name: str, room: str = "dots") -> Iterator[roomcast.Room]:
    with roomcast.join(f"127.0.0.1:{server.port}/{room}", name=name) as joined:
        yield joined


def filled(file: Path) -> None:
    """A server has kept two rooms in it."""
    with serving(file) as server, player(server, "red") as red, player(server, "red", "chat") as chat:
        for room in (red, chat):
            room.state["level"] = 3
            pump_until(lambda room=room: not room.unacknowledged, room)  # type: ignore[misc]


def why_not(file: Path) -> str:
    """The one sentence of a server that does not start."""
    words = [ROOMCAST, "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter", "--keep", file]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("roomcast: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_while_another_program_locks_the_file_nothing_is_promised_and_then_all_is_done_once(file: Path) -> None:
    with serving(file) as server, player(server, "red") as red, player(server, "blue") as blue:
        ran, felt = notes(blue, "count"), notes(red, "offline", "resumed", "lost", "error")
        red.send("count", 1)
        pump_until(lambda: len(ran) == 1, red, blue)
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            red.send("count", 2)
            pump_until(lambda: felt, red, blue)
            assert "is in use by another program" in felt[0][1]
            red.send("count", 3)
            assert red.unacknowledged == 2
            assert len(ran) == 1, "nobody sees what is not on disk"
            other.execute("ROLLBACK")
        pump_until(lambda: len(ran) == 3 and not red.unacknowledged, red, blue)
        assert [number for _, _, number in ran] == [1, 2, 3]
        assert [kind for kind, _ in felt] == ["offline", "resumed"]


def test_a_disk_that_takes_nothing_lets_nobody_into_a_new_room_and_with_place_it_does(file: Path) -> None:
    def may_grow(server: Serving, size: int) -> None:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    with serving(file) as server, player(server, "red") as red:
        red.state["level"] = 3
        pump_until(lambda: not red.unacknowledged, red)
        may_grow(server, 0)
        with pytest.raises(roomcast.CannotConnect, match=r"into 'chat': .*(disk is full|cannot be used)"):
            roomcast.join(f"127.0.0.1:{server.port}/chat", name="blue")
        may_grow(server, resource.RLIM_INFINITY)
        with player(server, "blue", "chat") as blue:
            blue.state["level"] = 4
            pump_until(lambda: not blue.unacknowledged, blue)
        pump_until(lambda: not red.unacknowledged and red.state.get("level") == 3, red)
    assert len(log_on_disk(file, "chat")) == 3  # join, set, leave


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """For us; root may write where it may not, so that it needs a file system of its own."""
    if os.geteuid():
        file = folder / "rooms.db"
        file.chmod(0o444)
        yield
        file.chmod(0o644)
        return
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    yield
    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid():
        yield tmp_path
        return
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", tmp_path], capture_output=True, check=False).returncode:
        pytest.skip("root may write everywhere, and may not mount what it may not write")
    try:
        yield tmp_path
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_a_file_that_may_not_be_written_is_a_sentence_and_no_server(folder: Path) -> None:
    file = folder / "rooms.db"
    filled(file)
    before = file.read_bytes()
    with read_only(folder):
        sentence = why_not(file)
        assert "may not be written" in sentence or "cannot be opened" in sentence
    assert file.read_bytes() == before
    with serving(file) as server, player(server, "blue") as blue:
        assert blue.state["level"] == 3


def test_a_damaged_file_is_a_sentence_and_no_server(file: Path) -> None:
    filled(file)
    content = bytearray(file.read_bytes())
    content[:100] = b"x" * 100
    file.write_bytes(content)
    assert "is damaged, or no database of Roomcast: restore it from a copy" in why_not(file)
    assert file.read_bytes() == content, "what may be saved by others is left alone"


def test_a_damaged_room_is_refused_in_a_sentence_and_the_others_are_open(file: Path) -> None:
    filled(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "UPDATE batches SET lines = x'00ff' WHERE room = (SELECT id FROM rooms WHERE name = 'chat') AND first = 1"
        )
    with serving(file) as server:
        for _ in range(2):
            with pytest.raises(roomcast.CannotConnect, match=r"did not let us into 'chat': .*is.* damaged"):
                roomcast.join(f"127.0.0.1:{server.port}/chat", name="blue")
        with player(server, "blue") as blue:
            assert blue.state["level"] == 3
            blue.state["level"] = 4
            pump_until(lambda: not blue.unacknowledged, blue)
