"""Both clients on a network that is not picows'; and where neither picows nor uvloop can be imported."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import roomcast
from roomcast import CannotConnect, Player
from roomcast.transports.client_network import ConnectionEvents
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.transports.websockets_network import WebsocketsConnection, WebsocketsNetwork

ROOT = Path(__file__).parents[2]

WITHOUT = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("picows", "uvloop"):
            raise ImportError(f"no {name} here")

sys.meta_path.insert(0, Refuse())
"""

PLAY = """
import asyncio
import roomcast
from tests.transports.websockets_network import WebsocketsNetwork

address = sys.argv[1]
with roomcast.join(address, name="red", network=WebsocketsNetwork()) as red:
    @red.everywhere
    def move(player, dx):
        print(player.id, dx, flush=True)

    async def play():
        async with roomcast.connect(address, name="blue", network=WebsocketsNetwork()) as blue:
            blue.send("move", 2)
            async for entry in blue:
                if entry.command == "move":
                    break

    asyncio.run(play())
    move(1)
    while red.unacknowledged or red.pump(wait=0.1):
        pass
"""

WITHOUT_ANY = """
import roomcast
try:
    roomcast.join("127.0.0.1:9/dots")
except roomcast.CannotConnect as error:
    print(error)
"""


HOST = """
import roomcast
try:
    roomcast.host("dots", port=0)
except roomcast.CannotServe as error:
    print(error)
"""


def run(script: str, *arguments: str) -> list[str]:
    program = [sys.executable, "-X", "dev", "-c", WITHOUT + script, *arguments]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""  # nothing is left open
    return done.stdout.splitlines()


def test_a_game_on_another_network(server: RunningServer) -> None:
    with (
        roomcast.join(server.address(), name="red", network=WebsocketsNetwork()) as red,
        roomcast.join(server.address(), name="blue") as blue,
    ):
        heard = notes(blue, "say", "leave")
        red.send("say", "hello")
        pump_until(lambda: heard == [("say", "red", "hello")], red, blue)
        red.leave()
        pump_until(lambda: heard[1:] == [("leave", "red")], blue)


def test_a_network_that_counts_its_connections_is_used_though_it_has_none_yet(server: RunningServer) -> None:
    class Counting(WebsocketsNetwork):
        made = 0

        def connect(self, url: str, subprotocol: str, events: ConnectionEvents) -> WebsocketsConnection:
            self.made += 1
            return super().connect(url, subprotocol, events)

        def __len__(self) -> int:
            return self.made

    network = Counting()
    with roomcast.join(server.address(), network=network):
        assert len(network) == 1

    async def enter() -> None:
        async with roomcast.connect(server.address(), network=network):
            pass

    network.made = 0
    asyncio.run(enter())
    assert len(network) == 1


def test_a_game_on_another_network_comes_back(server: RunningServer) -> None:
    with (
        Dam(server.port) as dam,
        roomcast.join(f"127.0.0.1:{dam.port}/dots", name="red", network=WebsocketsNetwork()) as red,
    ):
        felt = notes(red, "offline", "resumed", "say")
        dam.cut()
        red.send("say", "still here")
        dam.mend()
        pump_until(lambda: ("say", "red", "still here") in felt, red)
        assert [what[0] for what in felt] == ["offline", "resumed", "say"]


def test_an_asyncio_program_on_another_network(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red", network=WebsocketsNetwork()) as red:
            moved: list[tuple[str, int]] = []

            @red.everywhere
            def move(player: Player, dx: int) -> None:
                moved.append((player.id, dx))

            move(5)
            async for entry in red:
                if entry.command == "move":
                    break
            assert moved == [("red", 5)]

    asyncio.run(asyncio.wait_for(play(), 20))


@pytest.mark.parametrize("join", [roomcast.join, roomcast.connect])
def test_why_another_network_does_not_connect_is_told_as_ever(join: Callable[..., object], unused_port: int) -> None:
    async def enter() -> None:
        room = join(f"127.0.0.1:{unused_port}/dots", network=WebsocketsNetwork())
        assert isinstance(room, roomcast.AsyncRoom)
        async with room:
            pass

    with pytest.raises(CannotConnect, match="no server answers at"):
        asyncio.run(enter())


def test_both_clients_work_where_picows_and_uvloop_cannot_be_imported(server: RunningServer) -> None:
    assert run(PLAY, server.address()) == ["blue 2", "red 1"]


def test_without_picows_and_without_a_network_one_is_told_what_to_do() -> None:
    (said,) = run(WITHOUT_ANY)
    what_to_do = "install it, or give another network (help: roomcast help install)"
    assert said == f"picows cannot be imported (no picows here): {what_to_do}"


def test_a_server_needs_picows_and_says_so() -> None:
    (said,) = run(HOST)
    assert said == "a server cannot run here: no picows here (help: roomcast help install)"
