"""`keep`: a program that is ended and started again comes back as the same player."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.waiting import wait_for

PROGRAM = """
import os, sys, roomcast
room = roomcast.join(sys.argv[1], name="master", keep=True)
print(room.me.id, dict(room.me.items()), flush=True)
room.me["score"] = len(room.me.keys()) + 1
while room.unacknowledged:
    room.pump(wait=0.1)
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
if sys.argv[2] == "leaves":
    room.leave()
if sys.argv[2] == "fails":
    with room:
        raise ZeroDivisionError
if sys.argv[2] == "stays":
    print("here", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def play(server: RunningServer, how: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.address(), how], capture_output=True, text=True, timeout=60, check=False
    )
    return ran.stdout.strip()


@pytest.mark.parametrize("how", ["killed", "returns", "fails"])
def test_a_program_that_ends_and_starts_again_is_the_same_player(server: RunningServer, how: str, home: Path) -> None:
    with roomcast.join(server.address(), name="watcher") as watcher:
        felt = notes(watcher, "join", "leave", "away", "back")
        assert play(server, how) == "master {}"
        assert play(server, how) == "master {'score': 1}"
        pump_until(lambda: felt.count(("away", "master")) == 2, watcher)
        assert ("leave", "master") not in felt
        (file,) = home.rglob("*.json")
        if os.name == "posix":
            assert file.stat().st_mode & 0o777 == 0o600


def test_who_leaves_is_a_new_player_the_next_time(server: RunningServer, home: Path) -> None:
    assert play(server, "leaves") == "master {}"
    assert list(home.rglob("*.json")) == []
    assert play(server, "leaves") == "master {}"


def test_a_second_copy_that_runs_at_the_same_time_does_not_take_the_session(server: RunningServer) -> None:
    command = [sys.executable, "-c", PROGRAM, server.address(), "stays"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "master {}\n"
        assert first.stdout.readline() == "here\n"
        assert play(server, "returns") == "master2 {}"
        assert first.poll() is None
        first.kill()
    assert play(server, "returns") == "master {'score': 1}"


def test_it_is_the_same_in_asyncio(server: RunningServer, tmp_path: Path) -> None:
    async def enter(how: str) -> tuple[str, dict[str, int]]:
        try:
            async with roomcast.connect(server.address(), name="red", keep=tmp_path / "me") as red:
                found = red.me.id, dict(red.me.items())
                red.me["x"] = 1
                while red.unacknowledged:
                    await anext(red)
                if how == "fails":
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        return found

    assert asyncio.run(enter("fails")) == ("red", {})
    assert asyncio.run(enter("fails")) == ("red", {"x": 1})
    assert asyncio.run(enter("leaves")) == ("red", {"x": 1})
    assert asyncio.run(enter("leaves")) == ("red", {})


def test_messages_go_on_under_the_numbers_that_the_server_expects(server: RunningServer, tmp_path: Path) -> None:
    for expected in (0, 3, 6):
        room = roomcast.join(server.address(), name="red", keep=tmp_path / "me")
        seen = notes(room, "error", "closed", "lost")
        assert room._core.outbox.n == expected
        for _ in range(3):
            room.send("step")
        pump_until(lambda room=room: room.unacknowledged == 0, room)
        assert seen == []
        room._end_program()


@pytest.mark.parametrize("content", [b"", None], ids=repr)
def test_a_file_that_is_empty_is_as_good_as_none(server: RunningServer, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "me"
    if content is not None:
        file.write_bytes(content)
    room = roomcast.join(server.address(), name="red", keep=str(file))
    assert room.me.id == "red"
    room._end_program()
    assert json.loads(file.read_bytes())["session"]


@pytest.mark.parametrize(
    "content", [b"nonsense", b"\xff\xfe", b"[]", b'{"session": 5}', b'{"level": 3}', b"x" * 100_000], ids=repr
)
def test_a_file_with_something_else_in_it_is_not_overwritten(
    server: RunningServer, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "game.py"
    file.write_bytes(content)
    with pytest.raises(roomcast.BadArgument, match="a file with something else in it"):
        roomcast.join(server.address(), name="red", keep=file)
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_refused(server: RunningServer, tmp_path: Path) -> None:
    with pytest.raises(roomcast.BadArgument, match="no session can be kept there"):
        roomcast.join(server.address(), name="red", keep=tmp_path / "..")


@pytest.mark.parametrize("content", [b"nonsense", b"[]", b"x" * 100_000], ids=repr)
def test_in_the_users_folder_what_is_no_session_is_replaced(server: RunningServer, home: Path, content: bytes) -> None:
    for name in ("red", "red2"):
        room = roomcast.join(server.address(), name="red", keep=True)
        assert room.me.id == name
        room._end_program()
        (file,) = home.rglob("*.json")
        assert json.loads(file.read_bytes())["session"] == room._core.session
        file.write_bytes(content)


def test_a_session_of_another_server_room_or_name_is_not_taken(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    file, one, other = tmp_path / "me", start_server(), start_server()
    for server, room, name in (
        (one, "dots", "red"),
        (other, "dots", "red"),
        (one, "maze", "red"),
        (one, "dots", "ann"),
    ):
        joined = roomcast.join(server.address(room), name=name, keep=file)
        assert joined.me.id == name
        assert dict(joined.me.items()) == {}
        joined.me["x"] = 1
        pump_until(lambda joined=joined: joined.unacknowledged == 0, joined)
        joined._end_program()


def test_a_session_that_the_server_does_not_know_any_more_makes_a_new_player(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    server = start_server(seat_kept=0.05, resume_window=0.1)
    room = roomcast.join(server.address(), name="red", keep=tmp_path / "me")
    before = room._core.session
    room._end_program()
    wait_for(
        lambda: (
            not server.ask(lambda: server.directory.rooms["dots"].sessions if "dots" in server.directory.rooms else [])
        ),
        within=20,
    )
    room = roomcast.join(server.address(), name="red", keep=tmp_path / "me")
    assert room._core.session != before
    room.leave()


def test_a_session_that_was_sent_out_is_forgotten(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "me"
    room = roomcast.join(server.address(), name="red", keep=file)
    room._core.receive(b'{"t":"bye","code":"kicked","message":"go"}', 0.0)
    room.pump()
    assert room.closed
    room._end_program()
    assert not file.exists()


@pytest.mark.parametrize("where", ["/nonexistent/folder/me", "\0", 7])
def test_where_no_file_can_be_it_is_said_at_the_call(server: RunningServer, where: object) -> None:
    with pytest.raises(roomcast.BadArgument, match="keep="):
        roomcast.join(server.address(), keep=where)  # type: ignore[arg-type]


def test_where_the_users_folder_cannot_be_written_it_plays_without(
    server: RunningServer, home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "file"))
    monkeypatch.setenv("LOCALAPPDATA", str(home / "file"))
    with roomcast.join(server.address(), name="red", keep=True) as room:
        assert room.me.id == "red"
    assert "cannot be kept" in caplog.text
