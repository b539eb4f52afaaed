"""The clients of docs/how-to/write-a-client.md: nothing of Roomcast is in them. They play with a Python player."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.foreign import Foreign
from tests.integration.foreign_server import raw_server
from tests.integration.rooms import pump_until
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)

FOLDER = EXAMPLES / "any_language"
EACH = 20  # commands a player
PATIENCE = 60.0  # seconds, on a machine that is busy with other things


class Stranger:
    """One of the clients: what is typed into it, and what it has heard."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def do(self, command: str, *args: Any) -> None:
        self.program.type(f"{command} {json.dumps(args)}")

    def heard(self, kind: str) -> list[dict[str, Any]]:
        messages = [json.loads(line) for line in list(self.program.lines) if line.startswith("{")]
        return [message for message in messages if message["t"] == kind]

    def commands(self) -> list[tuple[int, str, str, list[Any]]]:
        return [(one["s"], one["by"], one["c"], one.get("a", [])) for one in self.heard("do")]


def node() -> tuple[str, ...]:
    """What runs client.mjs: Node has WebSocket since 22, and since 20 with a flag."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not here: install it, then run make test")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    found = re.match(r"v(\d+)\.", version)
    assert found, version
    return ("node",) if int(found[1]) >= 22 else ("node", "--experimental-websocket")


Open = Callable[..., Stranger]


@pytest.fixture(params=["client.py", "client.mjs"])
def enter(request: pytest.FixtureRequest) -> Iterator[Open]:
    """enter(port) → a player called Ada in the room "dots"; `welcomed`: whether the server lets it in."""
    script: str = request.param
    with ExitStack() as stack:

        def start(port: int, welcomed: bool = True) -> Stranger:
            if script == "client.py":
                program = Program(FOLDER / script, "127.0.0.1", str(port), "dots", "Ada", typed=True)
            else:
                program = Program(FOLDER / script, f"ws://127.0.0.1:{port}/", "dots", "Ada", typed=True, by=node())
            stranger = Stranger(stack.enter_context(program))
            if welcomed:
                wait_for(lambda: stranger.heard("welcome"), within=PATIENCE, what=f"{script} is welcomed")
            return stranger

        yield start


def follow(room: roomcast.Room) -> list[tuple[int, str, str, list[Any]]]:
    """A list that grows with the commands "step" and "own" as a Python player runs them."""
    heard: list[tuple[int, str, str, list[Any]]] = []
    for command in ("step", "own"):
        room.command(command)(
            lambda player, *args, command=command: heard.append((room.seq, player.id, command, list(args)))
        )
    return heard


def test_it_joins_sends_and_hears_everything_in_the_one_order(server: RunningServer, enter: Open) -> None:
    with roomcast.join(server.address(), name="green") as green:
        heard = follow(green)
        ada = enter(server.port)
        (welcome,) = ada.heard("welcome")
        assert (welcome["me"], [one["id"] for one in welcome["snapshot"]["players"]]) == ("Ada", ["green", "Ada"])
        for number in range(EACH):
            ada.do("step", number, "é🎲", None)
            green.send("own", number)
        ada.do("step", "x" * 20_000)  # a frame with a longer length
        ada.program.type("step")
        pump_until(lambda: len(heard) == len(ada.commands()) == 2 * EACH + 2, green, within=PATIENCE)
        assert ada.commands() == heard
        assert [args[0] for _, by, _, args in heard if by == "Ada" and args] == [*range(EACH), "x" * 20_000]


def test_it_comes_back_after_a_cut_connection_and_everything_is_done_once(server: RunningServer, enter: Open) -> None:
    with Dam(server.port) as dam, roomcast.join(server.address(), name="green") as green:
        heard = follow(green)
        ada = enter(dam.port)
        for number in range(EACH):
            ada.do("step", number)
        dam.cut()
        for number in range(EACH):
            green.send("own", number)
            ada.do("step", EACH + number)  # before it is back, and perhaps before it knows
        pump_until(lambda: sum(by == "green" for _, by, _, _ in heard) == EACH, green, within=PATIENCE)
        dam.mend()
        pump_until(lambda: len(heard) == len(ada.commands()) == 3 * EACH, green, within=PATIENCE)
        assert ada.commands() == heard
        assert [args[0] for _, by, _, args in heard if by == "Ada"] == list(range(2 * EACH))
        first, *again = ada.heard("welcome")
        assert again
        assert all(one["resumed"] and one["me"] == first["me"] for one in again)


def test_a_refused_command_harms_nothing(server: RunningServer, enter: Open) -> None:
    with roomcast.join(server.address(), name="green") as green:
        heard = follow(green)
        ada = enter(server.port)
        ada.do("x" * 65)
        ada.do("step", 1)
        pump_until(lambda: heard, green, within=PATIENCE)
        wait_for(lambda: ada.commands() == heard, what="Ada hears it, too")
        assert [(one["code"], one["n"]) for one in ada.heard("error")] == [("bad-name", 1)]


def test_at_the_end_of_its_input_it_leaves_for_good(server: RunningServer, enter: Open) -> None:
    with roomcast.join(server.address(), name="green") as green:
        heard = follow(green)
        left: list[tuple[str, int]] = []
        green.on("leave")(lambda player: left.append((player.id, len(heard))))
        ada = enter(server.port)
        for number in range(EACH):
            ada.do("step", number)
        ada.program.end_input()
        assert ada.program.wait() == 0
        pump_until(lambda: left, green, within=PATIENCE)
        assert left == [("Ada", EACH)]


def test_who_is_sent_out_does_not_come_back(start_server: Callable[..., RunningServer], enter: Open) -> None:
    server = start_server(token="a-token-for-tests")
    ada = enter(server.port)
    with Foreign(server) as observer, roomcast.join(server.address(), name="green") as green:
        left: list[str] = []
        green.on("leave")(lambda player: left.append(player.id))
        observer.say(t="watch", room="dots", token="a-token-for-tests")
        observer.say(t="kick", who="Ada")
        pump_until(lambda: left, green)
        (bye,) = wait_for(lambda: ada.heard("bye"), what="Ada is told")
        assert (bye["code"], "again" in bye) == ("kicked", False)
        ada.program.end_input()
        assert ada.program.wait() == 0
        assert len(ada.heard("welcome")) == 1


def test_it_waits_for_a_server_that_starts_again(start_server: Callable[..., RunningServer], enter: Open) -> None:
    first = start_server()
    port = first.port
    ada = enter(port)
    ada.do("step", 1)
    wait_for(lambda: len(ada.commands()) == 1, within=PATIENCE, what="it has come back")
    first.stop()
    second = start_server(port=port)
    wait_for(lambda: len(ada.heard("welcome")) == 2, within=PATIENCE, what="it is welcomed by the new server")
    ada.do("step", 2)
    with roomcast.join(second.address(), name="green"):
        wait_for(lambda: [one[3] for one in ada.commands()] == [[1], [2]], within=PATIENCE, what="both came back")


def test_it_tries_again_where_the_handshake_is_broken_off(enter: Open) -> None:
    came: list[socket.socket] = []
    with raw_server(lambda connection: came.append(connection)) as address:
        enter(int(address.partition(":")[2].partition("/")[0]), False)
        wait_for(lambda: len(came) >= 2, within=PATIENCE, what="it comes a second time")


@pytest.mark.parametrize("file", ["client.py", "websocket_by_hand.py", "client.mjs"])
def test_each_is_as_short_as_the_page_says(file: str) -> None:
    assert len((FOLDER / file).read_text(encoding="utf-8").splitlines()) <= 60
