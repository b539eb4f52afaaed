"""Rooms on disk, and a server that is really killed: clients come back by themselves, and everything is there."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.learn.free_port import free_port
from tests.cli.roomcast_program import ROOMCAST, Roomcast
from tests.integration.rooms import PATIENT, notes, pump_until
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(15)


class Serving:
    """`roomcast serve --keep` on one port and one file, through all its lives."""

    def __init__(self, file: Path, *flags: str, **environment: str) -> None:
        self.port, self.starter_port = free_port(), free_port()
        ports = ("--port", str(self.port), "--starter-port", str(self.starter_port))
        keep = () if "ROOMCAST_KEEP" in environment else ("--keep", str(file))
        self._words = ("serve", "--host", "127.0.0.1", *ports, *keep, *PATIENT, *flags)
        self._environment = environment
        self.start()

    def start(self, **environment: str) -> None:
        self.program = Roomcast(*self._words, **self._environment, **environment)
        self.program.line("  On this computer")

    def kill(self) -> None:
        self.program.signal(signal.SIGKILL)
        self.program.wait()

    def stop(self) -> None:
        self.program.signal(signal.SIGTERM)
        assert self.program.wait() == 0

    def address(self, room: str = "dots") -> str:
        return f"127.0.0.1:{self.port}/{room}"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    with ExitStack() as stack:

        def start(*flags: str, **environment: str) -> Serving:
            server = Serving(tmp_path / "rooms.db", *flags, **environment)
            stack.callback(lambda: server.program.stop())
            return server

        yield start


@contextmanager
def player(server: Serving, name: str, room: str = "dots") -> Iterator[roomcast.Room]:
    with roomcast.join(server.address(room), name=name) as joined:
        yield joined


def on_disk(file: Path) -> int:
    """The seq of the newest entry of the only room in the file."""
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT max(last) FROM rooms").fetchone()[0] or 0)


def settled(*rooms: roomcast.Room) -> bool:
    """Whether all that was sent has come back, and everyone has run as much as the others."""
    return not any(room.unacknowledged for room in rooms) and len({room.seq for room in rooms}) == 1


def test_after_a_kill_everyone_is_back_by_itself_and_everything_is_there(serve: Callable[..., Serving]) -> None:
    server = serve("--level", "full")
    with player(server, "red") as red, player(server, "blue") as blue, PlainPlayer(server.starter_port) as ada:
        ada.meet()
        red_ran, blue_ran = notes(red, "move"), notes(blue, "move")
        felt, seen = notes(red, "offline", "resumed", "lost", "skipped", "error"), notes(red, "leave", "back")
        red.state["level"] = {"deep": [1, None]}
        red.me["score"] = 5
        for number in range(50):
            red.send("move", number)
            blue.send("move", number)
        pump_until(lambda: settled(red, blue) and len(blue_ran) == 100, red, blue)
        order, seq = list(blue_ran), red.seq
        server.kill()
        red.send("move", "while it is down")
        pump_until(lambda: felt, red)
        server.start()
        pump_until(lambda: blue_ran[-1] == ("move", "red", "while it is down") and len(seen) == 3, red, blue)
        pump_until(lambda: settled(red, blue), red, blue)
        assert blue_ran == red_ran == [*order, ("move", "red", "while it is down")]
        assert [what[0] for what in felt] == ["offline", "resumed"]
        assert sorted(seen) == [("back", "blue"), ("back", "red"), ("leave", "Ada")]
        assert red.seq > seq
        assert dict(blue.state.items()) == {"level": {"deep": [1, None]}}
        assert blue.players["red"]["score"] == 5
        with player(server, "green") as green:
            assert dict(green.state.items()) == {"level": {"deep": [1, None]}}
            assert {one.id for one in green.players} == {"red", "blue", "green"}
            assert green.players["red"]["score"] == 5


def test_killed_again_and_again_while_all_send_a_full_room_loses_nothing(serve: Callable[..., Serving]) -> None:
    server = serve("--level", "full")
    with player(server, "red") as red, player(server, "blue") as blue:
        rooms = (red, blue)
        ran = [notes(room, "count") for room in rooms]
        trouble = [notes(room, "lost", "skipped", "error") for room in rooms]
        sent = 0
        for _ in range(4):
            begun = len(ran[0])
            while len(ran[0]) < begun + 40:
                sent += 1
                for room in rooms:
                    room.send("count", sent)
                    room.pump(wait=0.002)
            server.kill()
            server.start()
        pump_until(lambda: settled(*rooms) and len(ran[0]) == len(ran[1]) == 2 * sent, *rooms)
        assert ran[0] == ran[1]
        for name in ("red", "blue"):
            assert [number for _, who, number in ran[0] if who == name] == list(range(1, sent + 1))
        assert trouble == [[], []]


def test_a_relaxed_room_says_how_much_was_lost(serve: Callable[..., Serving], tmp_path: Path) -> None:
    server = serve("--level", "relaxed")
    with player(server, "red") as red, player(server, "blue") as blue:
        rooms = (red, blue)
        told = [notes(room, "lost", "resumed", "offline") for room in rooms]
        trouble = [notes(room, "skipped", "error") for room in rooms]
        ran = notes(red, "count")
        for sent in range(1, 31):  # the disk may be faster than the kill: then nothing was lost, and once more
            pump_until(lambda: settled(*rooms), *rooms)
            wait_for(lambda: on_disk(tmp_path / "rooms.db") == red.seq, what="all is on disk")
            before = red.seq
            red.state["sent"] = sent
            red.send("count", sent)
            pump_until(lambda sent=sent: ran and ran[-1][2] == sent, red)  # type: ignore[misc]
            server.kill()  # what was seen a moment ago is not on disk yet
            kept = on_disk(tmp_path / "rooms.db")
            pump_until(lambda sent=sent: all(len(events) == 2 * sent - 1 for events in told), *rooms)  # type: ignore[misc]
            seen = [room.seq for room in rooms]
            server.start()
            pump_until(lambda sent=sent: all(len(events) == 2 * sent for events in told), *rooms)  # type: ignore[misc]
            pump_until(lambda: settled(*rooms), *rooms)
            if kept < seen[0]:
                break
        else:
            pytest.fail("in 30 tries nothing was ever lost")
        for events, last in zip(told, seen, strict=True):
            kind, what = events[-1]
            assert kind == ("lost" if last > kept else "resumed")
            assert kind == "resumed" or f": {last - kept} entries that were seen here are undone" in what
        assert red.state.get("sent", 0) == (sent if kept > before else sent - 1), "the state is what is on disk"
        assert dict(red.state.items()) == dict(blue.state.items())
        assert {one.id for one in red.players} == {one.id for one in blue.players} == {"red", "blue"}
        assert trouble == [[], []]
        red.send("count", "on it goes")
        pump_until(lambda: ran[-1][2] == "on it goes", *rooms)


@pytest.mark.parametrize("level", ["relaxed", "full"])
def test_a_server_that_is_asked_to_end_loses_nothing(serve: Callable[..., Serving], level: str) -> None:
    server = serve("--level", level)
    with player(server, "red") as red, player(server, "blue") as blue:
        ran, felt = notes(blue, "count"), notes(blue, "offline", "resumed", "lost", "skipped", "error")
        for stop in range(3):
            for number in range(100):
                red.send("count", 100 * stop + number)
            pump_until(lambda stop=stop: len(ran) > 100 * stop + 20, red, blue)  # type: ignore[misc]
            server.stop()
            server.start()
        pump_until(lambda: settled(red, blue) and len(ran) == 300, red, blue)
        assert [number for _, _, number in ran] == list(range(300))
        assert {what[0] for what in felt} == {"offline", "resumed"}


def test_each_room_has_its_level_by_flag_and_by_environment(serve: Callable[..., Serving], tmp_path: Path) -> None:
    server = serve(
        "--room-level",
        "board=full",
        ROOMCAST_KEEP=str(tmp_path / "other.db"),
        ROOMCAST_LEVEL="none",
    )
    assert (tmp_path / "other.db").exists()
    with player(server, "red", "board") as board, player(server, "red", "chat") as chat:
        lost = notes(chat, "lost")
        board.state["kept"] = chat.state["kept"] = True
        pump_until(lambda: settled(board) and settled(chat), board, chat)
        server.stop()
        server.start()
        pump_until(lambda: lost, board, chat)
        assert "the server is a new one" in lost[0][1]
        assert "kept" not in chat.state
        with player(server, "blue", "board") as blue:
            assert blue.state["kept"] is True


def test_one_who_comes_back_is_known_though_nobody_has_opened_the_room_yet(serve: Callable[..., Serving]) -> None:
    server = serve("--level", "full")
    with player(server, "red") as red:
        red.me["score"] = 7
        pump_until(lambda: settled(red), red)
        me = red.me
        server.kill()
        server.start()
        felt = notes(red, "resumed", "lost")
        pump_until(lambda: felt, red)
        assert felt[0][0] == "resumed"
        assert (red.me, red.me["score"]) == (me, 7)


def test_two_servers_on_one_file_is_a_sentence_and_the_first_goes_on(
    serve: Callable[..., Serving], tmp_path: Path
) -> None:
    server = serve("--level", "full")
    ended = subprocess.run(
        [ROOMCAST, "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter", "--keep", tmp_path / "rooms.db"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "is in use by another program, perhaps another server: end that one" in ended.stderr
    assert ended.stderr.count("\n") == 1
    with player(server, "red") as red:
        red.state["level"] = 1
        pump_until(lambda: settled(red), red)


# ---------------------------------------------------------------- a disk that is really full


class SmallDisk:
    """A file system of 1 MiB, part of it taken by something that can be deleted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ballast").write_bytes(bytes(600_000))

    def begin(self, server: Serving) -> None:
        pass

    def make_room(self, server: Serving) -> None:
        (self.folder / "ballast").unlink()


class LimitedFiles:
    """A process whose files cannot grow beyond 300 KB: for those who may not mount."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, server: Serving) -> None:
        self._limit(server, 300_000)

    def make_room(self, server: Serving) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Serving, size: int) -> None:
        resource.prlimit(server.program._process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


KINDS = ["limited files", *(["small disk"] if os.geteuid() == 0 and _may_mount() else [])]


@pytest.fixture(params=KINDS)
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "limited files":
        yield LimitedFiles(tmp_path)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], check=True)
    try:
        yield SmallDisk(tmp_path)
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


@pytest.mark.parametrize("level", ["relaxed", "full"])
def test_on_a_full_disk_nothing_is_promised_and_with_room_all_goes_on_once(small: Any, level: str) -> None:
    server = Serving(small.folder / "rooms.db", "--level", level)
    with ExitStack() as stack:
        stack.callback(lambda: server.program.stop())
        small.begin(server)
        red, blue = (stack.enter_context(player(server, name)) for name in ("red", "blue"))
        ran, felt = notes(blue, "draw"), notes(red, "offline", "lost")
        sent = 0

        def draw() -> bool:
            nonlocal sent
            if sent < 200:
                red.send("draw", sent, "x" * 5000)
                sent += 1
            return bool(felt)

        pump_until(draw, red, blue)
        assert felt[0][0] == "offline"
        assert any(word in felt[0][1] for word in ("the disk is full", "cannot be used"))
        assert level == "relaxed" or len(ran) < sent
        small.make_room(server)
        pump_until(lambda: settled(red, blue), red, blue)
        numbers = [number for _, _, number, _ in ran]
        assert level == "relaxed" or numbers == list(range(sent)), "all, and once"
        assert level == "relaxed" or {what[0] for what in felt} == {"offline"}
        red.send("draw", "after", "")
        pump_until(lambda: ran[-1][2] == "after" and settled(red, blue), red, blue)
        assert not any("Traceback" in text for text in server.program.lines)


def health(server: Serving) -> tuple[int, dict[str, Any]]:
    """The answer of /healthz: its code, and what it says."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_health_says_that_the_disk_is_full_and_by_itself_that_it_has_room_again(small: Any) -> None:
    server = Serving(small.folder / "rooms.db")
    with ExitStack() as stack:
        stack.callback(lambda: server.program.stop())
        assert health(server)[0] == 200
        small.begin(server)
        with player(server, "red") as red:
            felt = notes(red, "offline")

            def draw() -> bool:
                if len(red_sent) < 200:
                    red.send("draw", "x" * 5000)
                    red_sent.append(1)
                return bool(felt) and health(server)[0] == 503

            red_sent: list[int] = []
            pump_until(draw, red)
            said = health(server)[1]
            assert said["status"] == ("disk-full" if isinstance(small, SmallDisk) else "disk")
            assert str(small.folder / "rooms.db") in said["message"]
            small.make_room(server)
            pump_until(lambda: settled(red), red)
        wait_for(lambda: health(server)[0] == 200, what="it is well again")
        assert health(server)[1]["status"] == "ok"
        with player(server, "blue", "chat") as blue:
            blue.state["level"] = 1
            pump_until(lambda: settled(blue), blue)
        said_of_it = [line for line in server.program.lines if "rooms.db" in line]
        assert len(said_of_it) == 2, "once that it is full, once that it is not"


def test_a_file_that_is_removed_is_told_to_players_and_in_health(serve: Callable[..., Serving], tmp_path: Path) -> None:
    server = serve("--level", "full")
    file = tmp_path / "rooms.db"
    with player(server, "red") as red:
        felt = notes(red, "offline")
        red.state["level"] = 1
        pump_until(lambda: settled(red), red)
        file.rename(tmp_path / "moved.db")
        pump_until(lambda: felt, red)
        assert f"{file} was removed or moved while the server used it" in felt[0][1]
        code, said = health(server)
        assert (code, said["status"]) == (503, "disk")
        assert said["message"] in felt[0][1]
        (tmp_path / "moved.db").rename(file)
        red.state["level"] = 2
        pump_until(lambda: settled(red), red)
        assert health(server)[0] == 200
        with player(server, "blue") as blue:
            assert blue.state["level"] == 2
