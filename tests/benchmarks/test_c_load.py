"""The load generator in C finds everything that a server may get wrong, and passes one that is right."""

import asyncio
import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from roomcast import Limits
from roomcast.hosting import HostedServer
from roomcast.learn.free_port import free_port
from roomcast.loadtest.criteria import DISTURBED
from roomcast.server.server import Server
from tests.programs import TOP

pytestmark = pytest.mark.takes(12)

Relay = Callable[[list[ServerConnection], str, int], None]
"""Hands a message on to a room; the number is that of the message."""


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder with the two programs in C."""
    if shutil.which("cc") is None:
        pytest.skip("not installed: a C compiler; type: sudo apt install gcc libc6-dev")
    subprocess.run(["make", "--silent", "build/load", "build/relay"], cwd=TOP, check=True, timeout=100)
    return TOP / "build"


def load(built: Path, port: int, dialect: str, *how: str) -> list[dict[str, Any]]:
    words = ["--dialect", dialect, "--port", str(port), "--seconds", "0.3", "--limit", "60000", *how]
    words += ["--disturbed", f"{DISTURBED}"]
    ran = subprocess.run([built / "load", *words], capture_output=True, text=True, timeout=60, check=False)
    return [json.loads(line) for line in ran.stdout.splitlines()]


@contextmanager
def serving(relay: Relay) -> Iterator[int]:
    """A server of rooms that does with a message what `relay` does; its port."""
    loop = asyncio.new_event_loop()
    rooms: dict[str, list[ServerConnection]] = {}
    count = 0

    async def handler(connection: ServerConnection) -> None:
        nonlocal count
        assert connection.request is not None
        room = rooms.setdefault(connection.request.path, [])
        room.append(connection)
        with contextlib.suppress(ConnectionClosed):  # the load just ends
            async for message in connection:
                count += 1
                relay(room, str(message), count)

    server = loop.run_until_complete(_start(handler))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(handler: Any) -> Any:
    return await serve(handler, "127.0.0.1", 0, compression=None)


async def _stop(server: Any) -> None:
    server.close()
    await server.wait_closed()


def honest(room: list[ServerConnection], message: str, number: int) -> None:
    broadcast(room, message)


def forgetful(room: list[ServerConnection], message: str, number: int) -> None:
    broadcast(room if number % 7 else room[1:], message)


def doubling(room: list[ServerConnection], message: str, number: int) -> None:
    broadcast(room, message)
    if number % 7 == 0:
        broadcast(room[:1], message)


class Disorderly:
    """Gives the first in a room two of every four messages in the wrong order."""

    def __init__(self) -> None:
        self.held = ""

    def __call__(self, room: list[ServerConnection], message: str, number: int) -> None:
        broadcast(room[1:], message)
        if number % 4 == 2:
            self.held = message
            return
        broadcast(room[:1], message)
        if number % 4 == 3:
            broadcast(room[:1], self.held)


class Awakening:
    """Takes 1.5 ms for a message, but 10 ms for each of the first 150, as on a machine with something else to do."""

    def __init__(self) -> None:
        self.free = 0.0

    def __call__(self, room: list[ServerConnection], message: str, number: int) -> None:
        loop = asyncio.get_running_loop()
        self.free = max(self.free, loop.time()) + (0.01 if number <= 150 else 0.0015)
        loop.call_at(self.free, broadcast, room, message)


def test_a_bad_moment_does_not_end_the_search(built: Path) -> None:
    how = ("--players", "4", "--limit", "60", "--search", "1000", "--growth", "1.3")
    with serving(Awakening()) as port:
        *steps, found = load(built, port, "plain", *how)
    tried = [(step["rate"], step["held"]) for step in steps]
    assert tried[0] == (1000, False)
    assert found["highest"] > 1000, tried


def test_an_honest_relay_is_whole_and_in_order(built: Path) -> None:
    with serving(honest) as port:
        (step,) = load(built, port, "plain", "--players", "4", "--rooms", "2", "--rate", "800")
    assert (step["commands"], step["copies"], step["expected"]) == (60, 240, 240)
    assert (step["complete"], step["one_order"]) == (True, True)
    assert 0 < step["p50"] <= step["p99"] <= step["max"]


@pytest.mark.parametrize("relay", [forgetful, doubling])
def test_a_copy_too_few_or_too_many_is_found(built: Path, relay: Relay) -> None:
    with serving(relay) as port:
        (step,) = load(built, port, "plain", "--players", "4", "--rate", "800")
    assert not step["complete"]
    assert not step["held"]


def test_another_order_for_one_player_is_found(built: Path) -> None:
    with serving(Disorderly()) as port:
        (step,) = load(built, port, "plain", "--players", "4", "--rate", "800")
    assert (step["complete"], step["one_order"]) == (True, False)


@pytest.fixture(scope="module")
def roomcast_port() -> Iterator[int]:
    """The port of a Roomcast server that does not throttle the load."""
    server = Server(Limits(rate=1e6, burst=1_000_000, address_time=1e6), host="127.0.0.1", port=0, starter_port=None)
    hosted = HostedServer(server)
    hosted.start()
    yield server.port
    hosted.close()


def test_roomcast_holds_a_rate_in_order(built: Path, roomcast_port: int) -> None:
    (step,) = load(built, roomcast_port, "roomcast", "--players", "5", "--rooms", "3", "--rate", "3000")
    assert (step["commands"], step["copies"]) == (180, 900)
    assert (step["complete"], step["one_order"]) == (True, True)


def test_private_commands_are_counted_where_they_belong(built: Path, roomcast_port: int) -> None:
    """Each goes to its sender and two others, in rotation; the server numbers what it hides from the rest."""
    words = ("--players", "7", "--rooms", "3", "--to", "2", "--rate", "1500")
    (step,) = load(built, roomcast_port, "roomcast", *words)
    assert (step["commands"], step["copies"], step["expected"]) == (150, 450, 450)
    assert (step["complete"], step["one_order"]) == (True, True)


def test_a_server_that_shows_private_commands_to_all_is_found(built: Path) -> None:
    with serving(honest) as port:  # it knows nothing of `to`
        said = load(built, port, "plain", "--players", "4", "--to", "1", "--rate", "800")
    assert not all(one["complete"] for one in said if "rate" in one), said


def test_a_frame_that_all_in_a_room_get_is_read_once(built: Path, roomcast_port: int) -> None:
    (step,) = load(built, roomcast_port, "roomcast", "--players", "20", "--rate", "40000")
    assert 0 < step["frames_read"] * 10 <= step["frames"]


def test_the_relay_in_c_numbers_and_hands_on(built: Path, benchmark_script: Any) -> None:
    port = free_port()
    with subprocess.Popen([built / "relay", str(port)]) as relay:
        try:
            said: list[dict[str, Any]] = []
            for _ in range(50):  # until it listens
                said = load(built, port, "counted", "--players", "5", "--rooms", "3", "--rate", "3000")
                if "trouble" not in said[0]:
                    break
        finally:
            relay.terminate()
    (step,) = said
    assert (step["copies"], step["complete"], step["one_order"]) == (900, True, True)


def ticking(turns: int) -> Relay:
    """Answers each command with a frame of so many turns, to its whole room, as rules would."""

    def answer(room: list[ServerConnection], message: str, number: int) -> None:
        if message.startswith('{"t":"hello"'):
            broadcast(room, '{"t":"welcome"}')  # whoever was welcome does not mind
            return
        broadcast(room, "\n".join(['{"t":"turn","s":1,"by":"","x":{"m":{"p0":{"x":1}}}}'] * turns))

    return answer


@pytest.mark.parametrize(("limit", "are_long"), [("1", True), ("60000", False)])
def test_updates_are_counted_and_pauses_between_them(built: Path, limit: str, are_long: bool) -> None:
    with serving(ticking(2)) as port:
        how = ("--players", "2", "--steers", "10", "--warm-up", "0.3", "--limit", limit)
        counting, said = load(built, port, "roomcast", *how)
    assert counting == {"counting": True}
    assert said["updates"] == 2 * said["frames"] > 0
    assert 0 < said["least"] * 2 <= said["updates"]  # the end may come between two connections
    assert said["gaps"] >= said["updates"] - 2
    assert (said["long_gaps"] > 0) is are_long
    assert said["bytes_in"] > 50 * said["updates"]
    assert said["bytes_out"] > 30 * said["steers"] > 0
