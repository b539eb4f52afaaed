"""`roomcast backup`, `check` and `forget`, as programs of their own, beside a real server and without one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

import roomcast
from roomcast.storage.sqlite_file import VERSION
from tests.cli.roomcast_program import ROOMCAST
from tests.integration.rooms import pump_until
from tests.reliability.serving import Serving, log_on_disk
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(25)

LONG = ("--rate", "100000", "--burst", "100000", "--address-time", "1000")


def run(*words: str | Path, code: int = 0, answer: str = "") -> str:
    """Run `roomcast WORD …`; returns what it printed, or, where it should fail, its one sentence."""
    ended = subprocess.run(
        [ROOMCAST, *words], input=answer, capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin"}
    )
    assert ended.returncode == code, ended.stderr
    if code == 0:
        assert ended.stderr == ""
    return ended.stdout or ended.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rooms.db"


@pytest.fixture
def serve(file: Path) -> Iterator[Callable[..., Serving]]:
    with ExitStack() as stack:

        def start(*flags: str) -> Serving:
            server = Serving(file, *LONG, *flags)
            stack.callback(lambda: server.stop() if server.running else None)
            return server

        yield start


def play(server: Serving, *rooms: str, count: int = 20) -> None:
    """Somebody sends commands in each room, sets something, and goes."""
    for name in rooms:
        with roomcast.join(f"127.0.0.1:{server.port}/{name}", name="red") as room:
            room.state["level"] = 3
            for number in range(count):
                room.send("count", number)
            pump_until(lambda room=room: not room.unacknowledged, room)  # type: ignore[misc]


def names(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM rooms ORDER BY name")]


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


# ---------------------------------------------------------------------- backup


@pytest.mark.parametrize("level", ["relaxed", "full"])
def test_a_copy_made_while_a_server_writes_has_all_that_was_acknowledged_before(
    serve: Callable[..., Serving], file: Path, tmp_path: Path, level: str
) -> None:
    server = serve("--level", level)
    copies = []
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        sent = 0
        for number in range(3):
            for _ in range(50):
                sent += 1
                red.send("count", sent, "x" * 2000)
            pump_until(lambda: not red.unacknowledged, red)
            acknowledged = red.seq
            copy = tmp_path / f"copy{number}.db"
            making = subprocess.Popen([ROOMCAST, "backup", file, copy], stdout=subprocess.PIPE, text=True)
            while making.poll() is None:
                sent += 1
                red.send("count", sent, "x" * 2000)
                red.pump(wait=0.002)
            assert making.returncode == 0
            said = making.communicate()[0]
            assert said.startswith(f"✓ {copy} is a copy of {file}: ")
            copies.append((copy, acknowledged))
    server.stop()
    whole = log_on_disk(file, "dots")
    for copy, acknowledged in copies:
        assert sorted(one.name for one in tmp_path.glob("copy*.db*") if one.name.startswith(copy.name)) == [copy.name]
        run("check", copy)
        found = log_on_disk(copy, "dots")
        assert len(found) >= acknowledged
        assert found == whole[: len(found)]
    assert not list(tmp_path.glob(".*"))


def test_a_server_that_starts_from_a_copy_goes_on(serve: Callable[..., Serving], file: Path, tmp_path: Path) -> None:
    server = serve()
    play(server, "dots")
    copy = tmp_path / "copy.db"
    run("backup", file, copy)
    server.stop()
    server = Serving(copy)
    try:
        with roomcast.join(f"127.0.0.1:{server.port}/dots", name="blue") as blue:
            assert blue.state["level"] == 3
            blue.state["level"] = 4
            pump_until(lambda: not blue.unacknowledged, blue)
    finally:
        server.stop()


def test_a_copy_can_be_read_by_its_owner_alone_whatever_the_umask(
    serve: Callable[..., Serving], file: Path, tmp_path: Path
) -> None:
    play(serve(), "dots")
    before = os.umask(0)
    try:
        run("backup", file, tmp_path / "copy.db")
    finally:
        os.umask(before)
    assert mode(tmp_path / "copy.db") == 0o600


def test_what_is_there_is_replaced_only_when_that_is_asked_for(serve: Callable[..., Serving], file: Path) -> None:
    server = serve()
    play(server, "dots")
    copy = file.with_name("copy.db")
    assert run("backup", file, copy, "--quiet") == ""
    before = copy.read_bytes()
    assert "is there already: name another file, or replace it with --force" in run("backup", file, copy, code=1)
    assert copy.read_bytes() == before
    play(server, "chat")
    run("backup", file, copy, "--force")
    assert names(copy) == ["chat", "dots"]
    assert "is in use by another program" in run("backup", copy, file, "--force", code=1)
    server.stop()
    copy.with_name("copy.db-wal").write_bytes(b"of the file that was there")
    run("backup", file, copy, "--force")
    assert not copy.with_name("copy.db-wal").exists()


def test_what_cannot_be_copied_is_a_sentence(serve: Callable[..., Serving], file: Path, tmp_path: Path) -> None:
    server = serve()
    play(server, "dots")
    server.stop()
    copy = tmp_path / "copy.db"
    (tmp_path / "list.txt").write_text("milk\n" * 1000)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    (tmp_path / "empty.db").touch()
    for source, target, sentence in [
        (tmp_path / "no.db", copy, "there is no file"),
        (tmp_path, copy, "is no file: name one that 'roomcast serve --keep' has made"),
        (tmp_path / "list.txt", copy, "is damaged, or no database of Roomcast"),
        (tmp_path / "other.db", copy, "is a database of another program"),
        (tmp_path / "empty.db", copy, "is empty: no server has kept anything in it"),
        (file, tmp_path, "is a folder: name a file in it"),
        (file, tmp_path / "no" / "copy.db", "there is no folder"),
        (file, Path("/dev/full"), "is there already"),
        (file, tmp_path / ("long" * 75), "there is no copy: "),
        (file, tmp_path / ("x" * 250), "there is no copy: "),  # what it is called before it is whole is too long
        (file, Path("/"), "is a folder: name a file in it"),
    ]:
        said = run("backup", source, target, code=1)
        assert said.startswith("roomcast: ")
        assert said.count("\n") == 1
        assert sentence in said
    for target in (file, file.with_name("link.db")):
        if target != file:
            target.symlink_to(file)
        assert "is the file itself" in run("backup", file, target, "--force", code=1)
    assert not copy.exists()
    assert not list(tmp_path.glob(".*.part"))


def test_a_damaged_file_gives_no_copy(serve: Callable[..., Serving], file: Path, tmp_path: Path) -> None:
    server = serve()
    play(server, "dots", count=500)
    server.stop()
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 4] = b"\x07" * 4096
    file.write_bytes(content)
    said = run("backup", file, tmp_path / "copy.db", code=1)
    assert "there is no copy" in said or "is damaged" in said
    assert not (tmp_path / "copy.db").exists()


# Python imports a module of this name when it starts: this one never lets a copy come to its place.
NEVER_IN_PLACE = """
import os, signal

def link(*paths):
    while True:
        signal.pause()

os.link = link
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_copy_that_is_broken_off_leaves_nothing(
    serve: Callable[..., Serving], file: Path, tmp_path: Path, how: signal.Signals
) -> None:
    play(serve(), "dots")
    folder = tmp_path / "copies"
    folder.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:  # so that copying takes a while
        other.execute("CREATE TABLE ballast (x)")
        other.execute("INSERT INTO ballast VALUES (zeroblob(60000000))")
    (tmp_path / "sitecustomize.py").write_text(NEVER_IN_PLACE)
    making = subprocess.Popen(
        [ROOMCAST, "backup", file, folder / "copy.db"], env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    wait_for(lambda: list(folder.iterdir()), what="copying has begun")
    making.send_signal(how)
    making.wait(20)
    left = [one.name for one in folder.iterdir()]
    assert left == ([f".copy.db.{making.pid}.part"] if how is signal.SIGKILL else [])
    for name in left:
        os.utime(folder / name, (0, 0))
    run("backup", file, folder / "copy.db")
    assert [one.name for one in folder.iterdir()] == ["copy.db"], "what a kill has left goes a day later"


def test_no_room_for_a_copy_is_a_sentence(serve: Callable[..., Serving], file: Path, tmp_path: Path) -> None:
    play(serve(), "dots", count=1000)
    folder = tmp_path / "small"
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", folder]
    if subprocess.run(words, capture_output=True).returncode:
        return  # we may not mount
    try:
        said = run("backup", file, folder / "copy.db", code=1)
        assert f"there is no copy: the disk is full, so {folder / 'copy.db'} cannot grow" in said
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


# ---------------------------------------------------------------------- check


def test_rooms_are_listed_beside_a_server_and_nothing_is_changed(serve: Callable[..., Serving], file: Path) -> None:
    server = serve()
    play(server, "chat", "dots")
    shown = run("check", file)
    lines = [line.split() for line in shown.splitlines()]
    assert ["chat", "1", "to", "23"] in [line[:4] for line in lines]  # join, set, 20 commands, leave
    assert f"{file}: 2 rooms, " in shown
    assert f"schema {VERSION}; all is whole" in shown
    found = json.loads(run("check", file, "--json"))
    assert (found["whole"], [room["name"] for room in found["rooms"]]) == (True, ["chat", "dots"])
    assert found["rooms"][0]["faults"] == []
    server.stop()
    before = file.read_bytes()
    run("check", file)
    assert file.read_bytes() == before


@pytest.fixture(scope="module")
def two_rooms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the rooms "dots", where a session is kept, and "chat"."""
    file = tmp_path_factory.mktemp("kept") / "rooms.db"
    server = Serving(file, *LONG, "--level", "full")
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        for level in (1, 2):
            red.state["level"] = level
            pump_until(lambda: not red.unacknowledged, red)
        server.kill()  # so that its session is kept
    server.start()
    play(server, "chat")
    server.stop()
    assert not file.with_name("rooms.db-wal").exists(), "all is in one file"
    return file


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM batches WHERE room = 1 AND first > 1", "are missing"),
        ("UPDATE batches SET lines = x'7b7d' WHERE room = 1", ""),  # that depends on how many were one batch
        ("UPDATE rooms SET last = last + 5 WHERE id = 1", "are missing"),
        ("UPDATE rooms SET last = 'many' WHERE id = 1", "is 'many'"),
        ("INSERT INTO snapshots VALUES (1, 1, x'00', NULL)", "malformed"),
        ("UPDATE sessions SET left_state = x'00'", "malformed"),
        ("UPDATE batches SET private = x'00' WHERE room = 1", "malformed"),
        ("DELETE FROM epochs WHERE room = 1", "no epoch"),
        ("INSERT INTO worlds VALUES (1, 1, x'ff', x'7b7d')", "can't decode"),
        ("INSERT INTO worlds VALUES (1, 1, x'7b7d', x'00')", "malformed"),
    ],
)
def test_damage_is_told_with_its_room_and_the_exit_code(two_rooms: Path, file: Path, change: str, fault: str) -> None:
    shutil.copy(two_rooms, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        assert connection.execute(change).rowcount
    found = json.loads(run("check", file, "--json", code=1))
    chat, dots = found["rooms"]
    assert chat["faults"] == []
    assert any(fault in one for one in dots["faults"]), dots
    shown = run("check", file, code=1)
    assert "✗ the room 'dots': " in shown
    assert "damaged: restore it from a copy" in shown


def test_whatever_a_player_has_sent_as_the_world_is_no_damage(two_rooms: Path, file: Path) -> None:
    shutil.copy(two_rooms, file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO worlds VALUES (1, 1, ?, ?)", [b"no JSON", b"{}"])
    assert json.loads(run("check", file, "--json"))["whole"] is True


@pytest.mark.parametrize("name", ["", ".", "/", "no.db", "x" * 300])
def test_what_is_no_file_cannot_be_checked(name: str) -> None:
    said = run("check", name, code=1)
    assert said.startswith("roomcast: ")
    assert said.count("\n") == 1


def test_damaged_pages_are_told(serve: Callable[..., Serving], file: Path) -> None:
    server = serve()
    play(server, "dots", count=500)
    server.stop()
    content = bytearray(file.read_bytes())
    for page in range(3, len(content) // 4096):
        content[4096 * page + 100 : 4096 * page + 200] = b"\x07" * 100
    file.write_bytes(content)
    assert "damaged" in run("check", file, code=1)


# ---------------------------------------------------------------------- forget


def test_a_room_is_forgotten_and_its_bytes_with_it(serve: Callable[..., Serving], file: Path) -> None:
    server = serve()
    with roomcast.join(f"127.0.0.1:{server.port}/chat", name="red") as red:
        red.send("say", "the word is swordfish")
        pump_until(lambda: not red.unacknowledged, red)
    play(server, "dots")
    assert "is in use by another program, perhaps another server: end that one" in run(
        "forget", file, "chat", "--yes", code=1
    )
    server.stop()
    assert b"swordfish" in file.read_bytes()
    assert run("forget", file, "chat", "--yes") == f"✓ the room 'chat' is gone from {file}\n"
    assert names(file) == ["dots"]
    assert b"swordfish" not in file.read_bytes()
    run("check", file)
    server.start()
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="blue") as blue:
        assert blue.state["level"] == 3


def test_what_cannot_be_forgotten_is_a_sentence(serve: Callable[..., Serving], file: Path) -> None:
    server = serve()
    play(server, "turtles")
    server.stop()
    before = file.read_bytes()
    assert "nobody is there to be asked: say --yes" in run("forget", file, "turtles", code=2)
    assert "has no room 'trutles'; there is 'turtles'" in run("forget", file, "trutles", "--yes", code=1)
    assert "there is no file" in run("forget", file.with_name("no.db"), "turtles", "--yes", code=1)
    assert names(file) == ["turtles"]
    assert len(before) == file.stat().st_size


@pytest.mark.parametrize("command", ["backup", "check", "forget"])
def test_help_teaches_by_example(command: str) -> None:
    text = run(command, "--help")
    assert f"roomcast {command} rooms.db" in text
    assert "--no-color" in text
