"""One address does all that it can to a real server, and another gets in all the same. On real sockets.

On Linux all of 127.0.0.0/8 are this computer's: 127.0.0.2 is another address than 127.0.0.1.
"""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from roomcast.core.room import giving_way
from roomcast.core.server.peer import Peer
from tests.integration.conftest import RunningServer
from tests.integration.foreign import PING, PONG, TEXT, Raw, frame
from tests.plain_player import PlainPlayer
from tests.programs import TOP
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other addresses of one's own are Linux's")
HOSTILE, OTHER = "127.0.0.6", "127.0.0.2"
CONTINUATION = 0  # an opcode: RFC 6455, section 5.2


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def sockets(stack: ExitStack, port: int, count: int, address: str = HOSTILE) -> list[socket.socket]:
    """Sockets that say nothing."""
    return [stack.enter_context(socket.create_connection(("127.0.0.1", port), 10, (address, 0))) for _ in range(count)]


def come_in(server: RunningServer, stack: ExitStack, name: str, room: str = "dots", address: str = OTHER) -> Raw:
    raw = stack.enter_context(Raw(server, source=address))
    raw.send(json.dumps({"t": "hello", "room": room, "name": name}).encode())
    return raw


def heard(raw: Raw) -> dict[str, object]:
    got = raw.hear()
    assert got is not None, "the connection has ended"
    message: dict[str, object] = json.loads(got[1].split(b"\n")[0])
    return message


def is_in(server: RunningServer, stack: ExitStack, name: str = "Ada", room: str = "dots") -> Raw:
    raw = come_in(server, stack, name, room)
    message = heard(raw)
    assert message["t"] == "welcome", message
    return raw


# ---------------------------------------------------------------- sockets that never finish their handshake


@contextmanager
def few_files(files: int) -> Iterator[int]:
    """A server in a process that may have so many open files; its port."""
    serve = [sys.executable, "-m", "roomcast", "serve", "--host", "127.0.0.1", "--port", "0", "--no-starter"]
    command = ["sh", "-c", f"ulimit -n {files}; exec {' '.join(serve)}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=TOP) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "127.0.0.1:" in line)
            yield int(line.split("127.0.0.1:")[1].split("/")[0].split()[0])
        finally:
            process.terminate()


def test_1300_of_one_address_do_not_keep_another_out_of_a_server_with_1024_files(stack: ExitStack) -> None:
    with few_files(1024) as port:
        flood = sockets(stack, port, 1300)
        with socket.create_connection(("127.0.0.1", port), 10, (OTHER, 0)) as client:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert client.recv(15) == b"HTTP/1.1 200 OK"
        assert len(flood) == 1300


def test_sockets_count_from_the_moment_at_which_they_are_accepted(
    start_server: Callable[..., RunningServer], stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    server = start_server(connections_address=20)
    sockets(stack, server.port, 100)
    admission = server.directory.admission
    wait_for(lambda: server.ask(lambda: admission.sockets) == 20, what="the others are closed")
    is_in(server, stack)
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(told) == 1, "a line a minute for each address"
    assert f"A connection from {HOSTILE} was refused" in told[0]
    assert "20 where the limit is 20 connections (setting: connections-address)" in told[0]


def test_half_a_handshake_is_given_up_in_time_and_its_place_is_free_again(
    start_server: Callable[..., RunningServer], stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server(connections_address=5, hello_within=0.5)
    admission = server.directory.admission
    accepted: list[int] = []  # how many there were, each time when one had come
    accept = admission.accept

    def note(*whose: Any, **how: Any) -> None:
        accept(*whose, **how)
        accepted.append(admission.sockets)

    monkeypatch.setattr(admission, "accept", note)
    for one in sockets(stack, server.port, 5):
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgr")
    wait_for(lambda: len(accepted) == 5, what="they are accepted")
    wait_for(lambda: server.ask(lambda: admission.sockets) == 0, what="they are closed")
    assert server.ask(lambda: server.directory.accounts.of(HOSTILE, time.monotonic()).sockets) == 0


def test_silent_sockets_of_starter_clients_count_as_well(
    start_server: Callable[..., RunningServer], stack: ExitStack
) -> None:
    server = start_server(connections_address=5)
    assert server.starter_port
    sockets(stack, server.starter_port, 20)
    wait_for(lambda: server.ask(lambda: len(server.directory.peers)) == 5, what="five are in")
    is_in(server, stack)


# ---------------------------------------------------------------- rooms and seats


def test_ten_thousand_rooms_of_one_address_leave_rooms_for_the_others(
    start_server: Callable[..., RunningServer], stack: ExitStack
) -> None:
    """With fewer of both: an address comes into new rooms, and goes, more often than there are rooms."""
    server = start_server(rooms=40, connections_address=30)
    for number in range(100):
        with Raw(server, source=HOSTILE) as raw:
            raw.send(json.dumps({"t": "hello", "room": f"room{number}"}).encode())
            assert heard(raw)["t"] == "welcome"
    for number in range(5):
        is_in(server, stack, room=f"ours{number}")
    assert server.ask(lambda: len(server.directory.rooms)) <= 35


def test_a_room_full_of_ghosts_lets_another_in(start_server: Callable[..., RunningServer], stack: ExitStack) -> None:
    server = start_server(room_players=64)
    for number in range(64):
        with Raw(server, source=HOSTILE) as raw:
            raw.send(json.dumps({"t": "hello", "room": "dots", "name": f"ghost{number}"}).encode())
            assert heard(raw)["t"] == "welcome"
    room = server.directory.rooms["dots"]
    wait_for(lambda: server.ask(lambda: not room.seats.connected()), what="all of them are away")
    assert server.ask(lambda: len(room.state.players)) == 64
    is_in(server, stack)
    assert server.ask(lambda: len(room.state.players)) == 64


def test_64_silent_starter_clients_give_a_seat_up(
    start_server: Callable[..., RunningServer], stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server(room_players=64, address_share=1)
    assert server.starter_port
    silent = [stack.enter_context(PlainPlayer(server.starter_port)) for _ in range(64)]
    for one in silent:
        one.meet()
    assert heard(come_in(server, stack, "Ada"))["code"] == "room-full", "they have just come"
    monkeypatch.setattr(giving_way, "SILENT", 0.0)
    is_in(server, stack)
    late = stack.enter_context(PlainPlayer(server.starter_port))
    late.meet()
    words = silent[0].hear()
    while words.startswith("newPlayer"):
        words = silent[0].hear()
    assert words == "error server the room 'dots' is full, and you had not said anything yet"


# ---------------------------------------------------------------- frames that are no messages


FLOODS = {
    "pings": frame(b"", PING),
    "pongs": frame(b"", PONG),
    "empty fragments": frame(b"", CONTINUATION, final=False),
    "tiny fragments": frame(b" ", CONTINUATION, final=False),
}


@pytest.mark.parametrize("greeted", [True, False], ids=["player", "before hello"])
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_who_sends_nothing_but_such_frames_is_ended_with_a_sentence(
    start_server: Callable[..., RunningServer], stack: ExitStack, flood: bytes, greeted: bool
) -> None:
    server = start_server(burst=480, rate=240)
    raw = stack.enter_context(Raw(server, source=HOSTILE))
    if greeted:
        raw.send(b'{"t":"hello","room":"dots","name":"Eve"}')
        assert heard(raw)["t"] == "welcome"
    raw.send(b"{", TEXT, final=False)
    raw.socket.sendall(flood * 2000)
    said = []
    while (got := raw.hear()) is not None and got[0] != 0x8:
        if got[0] == TEXT:
            said += [json.loads(line) for line in got[1].split(b"\n")]
    assert said[-1]["t"] == "bye"
    assert said[-1]["code"] == "rate"
    assert "too many pings, pongs and small fragments within a second" in said[-1]["message"]
    is_in(server, stack)


@pytest.mark.parametrize("flood", [frame(b"", PING), frame(b"x", TEXT), frame(b"x" * 4000, TEXT)])
def test_what_comes_after_the_end_is_charged_and_read_no_faster(
    start_server: Callable[..., RunningServer], stack: ExitStack, monkeypatch: pytest.MonkeyPatch, flood: bytes
) -> None:
    passed_over = []
    control = Peer.control

    def counted(peer: Peer, size: int, now: float) -> float:
        passed_over.append(size)
        return control(peer, size, now)

    monkeypatch.setattr(Peer, "control", counted)
    server = start_server(address_time=0.001, address_burst=0.004)
    raw = stack.enter_context(Raw(server, source=HOSTILE))
    raw.send(b"garbage")
    with pytest.raises(ConnectionError):  # it does not answer the close, and is cut off
        raw.socket.sendall(flood * (100_000_000 // len(flood)))
    assert len(passed_over) < 10_000, "a burst, and what a few reads bring"
    is_in(server, stack)


# ---------------------------------------------------------------- who sends too fast hears it


def test_who_is_held_back_hears_it_though_nothing_was_refused(
    start_server: Callable[..., RunningServer], stack: ExitStack
) -> None:
    server = start_server(rate=50, burst=10)
    raw = is_in(server, stack)
    raw.socket.sendall(b"".join(frame(b'{"t":"do","n":%d,"c":"x"}' % n, TEXT) for n in range(1, 101)))
    errors, done = [], 0
    while done < 100:
        got = raw.hear()
        assert got is not None
        for line in got[1].split(b"\n"):
            message = json.loads(line)
            done += message["t"] == "do"
            errors += [message] if message["t"] == "error" else []
    assert [(error["code"], error.get("n", 0)) for error in errors] == [("rate", 0)]
    assert "the 50 commands a second that a player may send" in errors[0]["message"]


def test_of_a_starter_client_the_log_says_it(
    start_server: Callable[..., RunningServer], stack: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    server = start_server(rate=50, burst=10)
    assert server.starter_port
    player = stack.enter_context(PlainPlayer(server.starter_port))
    player.meet()
    player.send(b"move 1 2\n" * 100)
    wait_for(lambda: server.ask(lambda: server.directory.commands) == 100, what="all are done")
    told = [record.getMessage() for record in caplog.records if "Starter client" in record.getMessage()]
    assert len(told) == 1
    assert told[0].startswith(f"Starter client {player.id} in the room 'dots': ")
    assert told[0].endswith("(setting: rate)")
