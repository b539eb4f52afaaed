"""A server inside the program that plays: `roomcast.host`."""

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import roomcast
from roomcast import hosting
from roomcast.core.room.command_trace import CommandTrace
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer
from tests.programs import Program
from tests.waiting import wait_for

PRINTED = re.compile(r'roomcast\.join\("(.+)"\)')


@pytest.fixture(autouse=True)
def no_server_is_left() -> Iterator[None]:
    yield
    assert "roomcast server" not in (thread.name for thread in threading.enumerate())


def test_it_prints_what_the_others_type(capsys: pytest.CaptureFixture[str]) -> None:
    with roomcast.host("board", "teacher", bind="127.0.0.1", port=0) as room:
        printed = capsys.readouterr().out
        assert printed.startswith(f"The room 'board' is open; its code is {room.code}. Others join it with\n")
        (address,) = PRINTED.findall(printed)
        with roomcast.join(address, name="pupil") as pupil:
            heard = notes(pupil, "step")
            room.send("step")
            pump_until(lambda: heard, pupil)
            assert heard == [("step", "teacher")]
            assert [player.id for player in room.players] == ["teacher"]  # not pumped yet


def test_it_may_serve_a_page_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>mine")
    with roomcast.host("board", bind="127.0.0.1", port=0, quiet=True, site=str(tmp_path)) as room:
        connection = http.client.HTTPConnection("127.0.0.1", room.hosted.server.port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>mine"
        connection.close()
    with pytest.raises(roomcast.CannotServe, match="--site"):
        roomcast.host("board", bind="127.0.0.1", port=0, site=tmp_path / "nothing")


def test_on_all_interfaces_the_last_address_printed_is_for_this_computer(capsys: pytest.CaptureFixture[str]) -> None:
    with roomcast.host("board", port=0):
        last = PRINTED.findall(capsys.readouterr().out)[-1]
        assert last.startswith("127.0.0.1:")
        with roomcast.join(last):
            pass


@pytest.mark.parametrize("bind", ["::1", "::"])
def test_it_may_be_open_to_the_new_internet(capsys: pytest.CaptureFixture[str], bind: str) -> None:
    if not _has_ipv6():
        with pytest.raises(roomcast.CannotServe):
            roomcast.host("board", bind=bind, port=0)
        return
    with roomcast.host("board", bind=bind, port=0):
        last = PRINTED.findall(capsys.readouterr().out)[-1]
        assert last.startswith("[::1]:")
        with roomcast.join(last):
            pass


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_quiet_it_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with roomcast.host("board", bind="127.0.0.1", port=0, quiet=True):
        pass
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_leaving_ends_the_server_and_sends_the_others_away() -> None:
    room = roomcast.host("board", bind="127.0.0.1", port=0, quiet=True)
    port = room.hosted.server.port
    with roomcast.join(f"127.0.0.1:{port}/board") as pupil:
        felt = notes(pupil, "offline")
        room.leave()
        pump_until(lambda: felt, pupil)
        assert felt == [("offline", "the program that hosted this room has ended")]
    with pytest.raises(roomcast.CannotConnect, match="no server answers"):
        roomcast.join(f"127.0.0.1:{port}/board")
    room.leave()  # once more does nothing


def test_starter_clients_come_into_the_same_room() -> None:
    with roomcast.host("board", "teacher", bind="127.0.0.1", port=0, starter_port=0, quiet=True) as room:
        heard = notes(room, "say")
        with PlainPlayer(room.hosted.server.starter_port or 0) as pupil:
            assert pupil.meet() == ["teacher"]
            pupil.say("say hello")
            pump_until(lambda: heard, room)
    assert heard == [("say", pupil.id, "hello")]


def test_each_commands_six_steps_can_be_watched() -> None:
    traces: list[CommandTrace] = []
    with roomcast.host("board", "teacher", bind="127.0.0.1", port=0, quiet=True, show=traces.append) as room:
        ran = []

        @room.everywhere
        def step(number: int) -> None:
            ran.append(number)

        step(7)
        pump_until(lambda: traces, room)
    (trace,) = traces
    assert (trace.room, trace.by, trace.command, trace.arguments, trace.readers) == (
        "board", "teacher", "step", "[7]", ("teacher",),
    )  # fmt: skip
    assert trace.complete
    assert trace.acted_to_sent is not None
    assert trace.acted_to_sent >= 0
    assert trace.received["teacher"] >= 0
    assert trace.ran["teacher"] >= 0


def test_a_port_that_is_taken_is_said_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(roomcast.CannotServe, match=f"port {port} is taken.*choose another"):
            roomcast.host("board", bind="127.0.0.1", port=port)


def test_ctrl_c_while_it_starts_leaves_no_server_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(hosting.HostedServer):
        def start(self) -> None:
            super().start()
            raise KeyboardInterrupt

    monkeypatch.setattr(hosting, "HostedServer", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        roomcast.host("board", bind="127.0.0.1", port=0)


def test_a_room_or_player_that_cannot_be_leaves_no_server_behind() -> None:
    with pytest.raises(roomcast.BadArgument, match="room's name holds no '/'"):
        roomcast.host("bo/ard", bind="127.0.0.1", port=0)
    with pytest.raises(roomcast.BadArgument, match="a player's name holds the character"):
        roomcast.host("board", "two\nlines", bind="127.0.0.1", port=0)


def test_limits_are_the_hosts_to_choose() -> None:
    limits = roomcast.Limits(room_players=1)
    with (
        roomcast.host("board", bind="127.0.0.1", port=0, limits=limits, quiet=True) as room,
        pytest.raises(roomcast.CannotConnect, match="is full"),
    ):
        roomcast.join(f"127.0.0.1:{room.hosted.server.port}/board")


@pytest.mark.parametrize(("how", "code"), [("", 0), ("raise ZeroDivisionError", 1), ("raise SystemExit(3)", 3)])
def test_a_program_that_simply_ends_ends_its_server(tmp_path: Path, how: str, code: int) -> None:
    script = tmp_path / "hosting.py"
    script.write_text(
        "import roomcast\n"
        'room = roomcast.host("board", "teacher", bind="127.0.0.1", port=0)\n'
        '@room.on("end")\n'
        "def end(player):\n"
        "    global over\n"
        "    over = True\n"
        "over = False\n"
        "while not over:\n"
        "    room.pump(wait=1)\n"
        f"{how}\n"
    )
    with Program(script) as program:
        address = PRINTED.findall('roomcast.join("' + program.line('    roomcast.join("'))[0]
        with roomcast.join(address, name="pupil") as pupil:
            felt = notes(pupil, "leave", "offline")
            pupil.send("end")
            wait_for(lambda: program.wait() == code, what="it ends by itself")
            pump_until(lambda: len(felt) == 2, pupil)
            assert felt == [("leave", "teacher"), ("offline", "the program that hosted this room has ended")]
    assert not [line for line in program.lines if line.startswith(("Exception in", "RuntimeError"))], program.lines
