"""Players on other people's libraries, each in a process of its own, in one room with a Python player.

Their programs, in `others/`, are written from docs/protocol.md: what they need, the page must say.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.transports.websocket import ServerConnection
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import pump_until
from tests.programs import TOP, Program
from tests.waiting import wait_for

OTHERS = Path(__file__).parent / "others"
LIBRARIES = ("with_websockets.py", "with_websocket_client.py", "with_ws.mjs")
ROUNDS = 5  # of pings
EACH = 40  # commands a player
PATIENCE = 60  # seconds, on a machine that is busy with other things

Start = Callable[..., RunningServer]


class Other:
    """One of the programs, and what it has heard."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def do(self, command: str, *args: Any) -> None:
        self.program.type(f"{command} {json.dumps(args)}")

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.program.all_lines("entry ")]

    @property
    def welcomes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.program.all_lines("welcome ")]

    def commands(self) -> list[tuple[int, str, str, list[Any]]]:
        return [(one["s"], one["by"], one["c"], one.get("a", [])) for one in self.entries if one["t"] == "do"]


@pytest.fixture(params=LIBRARIES)
def open_other(request: pytest.FixtureRequest) -> Iterator[Callable[[int], Other]]:
    """open_other(port) → a player called "other" in the room "dots"."""
    script: str = request.param
    if script.endswith(".mjs") and (shutil.which("node") is None or not (TOP / "tests/node_modules/ws").is_dir()):
        pytest.skip("Node.js or its ws is not here: install npm, then run make test")
    with ExitStack() as stack:

        def start(port: int) -> Other:
            url = f"ws://127.0.0.1:{port}/"
            by = ("node",) if script.endswith(".mjs") else None
            other = Other(stack.enter_context(Program(OTHERS / script, url, "dots", "other", typed=True, by=by)))
            other.program.line("welcome ")
            return other

        yield start


Open = Callable[[int], Other]


@pytest.fixture
def pings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the players who were pinged, as often as they were."""
    seen: list[str] = []
    ping = ServerConnection.ping

    def noting(connection: ServerConnection) -> None:
        session = connection.peer.session
        if session is not None:
            seen.append(session.id)
        ping(connection)

    monkeypatch.setattr(ServerConnection, "ping", noting)
    return seen


def heard_by(room: roomcast.Room) -> list[tuple[int, str, str, list[Any]]]:
    """A list that grows with the commands "step" and "own" as a Python player runs them."""
    heard: list[tuple[int, str, str, list[Any]]] = []
    for command in ("step", "own"):
        room.on(command)(
            lambda player, *args, command=command: heard.append((room.seq, player.id, command, list(args)))
        )
    return heard


def test_all_see_the_same_commands_in_one_order(server: RunningServer, open_other: Open) -> None:
    with roomcast.join(server.address(), name="green") as green:
        heard = heard_by(green)
        other = open_other(server.port)
        for number in range(EACH):
            other.do("step", number, "é🎲", None)
            green.send("own", number)
        pump_until(lambda: len(heard) == 2 * EACH and len(other.commands()) == 2 * EACH, green, within=PATIENCE)
        assert other.commands() == heard
        assert [args[0] for _, by, _, args in heard if by == "other"] == list(range(EACH))
        assert [args[0] for _, by, _, args in heard if by == "green"] == list(range(EACH))
        seqs = [entry["s"] for entry in other.entries]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


def test_who_says_nothing_stays_connected_by_answering_pings(
    often: None, start_server: Start, open_other: Open, pings: list[str]
) -> None:
    # A ping that is not answered is not followed by another: so many pings are as many answers, less one.
    server = start_server(ping_every=0.2, silent_for=60)
    with roomcast.join(server.address(), name="green") as green:
        heard = heard_by(green)
        other = open_other(server.port)
        wait_for(lambda: pings.count("other") >= ROUNDS, within=PATIENCE, what="the other has been pinged some times")
        other.do("step", "still here")
        pump_until(lambda: heard and other.entries, green, within=PATIENCE)
        assert [entry["t"] for entry in other.entries] == ["do"]  # nobody was away
        assert len(other.welcomes) == 1


def test_who_was_cut_off_comes_back_and_has_missed_nothing(server: RunningServer, open_other: Open) -> None:
    with Dam(server.port) as dam, roomcast.join(server.address(), name="green") as green:
        heard = heard_by(green)
        other = open_other(dam.port)
        for number in range(EACH):
            other.do("step", number)
        dam.cut()
        green_saw: list[str] = []
        green.on("back")(lambda player: green_saw.append(player.id))
        for number in range(EACH):
            green.send("own", number)
            other.do("step", EACH + number)  # before it is back, and perhaps before it knows
        pump_until(lambda: sum(by == "green" for _, by, _, _ in heard) == EACH, green, within=PATIENCE)
        dam.mend()
        pump_until(lambda: len(heard) == 3 * EACH and len(other.commands()) == 3 * EACH, green, within=PATIENCE)
        assert other.commands() == heard
        assert [args[0] for _, by, _, args in heard if by == "other"] == list(range(2 * EACH))
        first, *again = other.welcomes
        assert again
        assert all(one["resumed"] and one["me"] == first["me"] for one in again)
        assert green_saw == ["other"]


# ---------------------------------------------------------------- nc: no library at all


@pytest.fixture
def open_nc() -> Iterator[Callable[[int], Program]]:
    """open_nc(port) → nc as a starter client, whose lines are typed."""
    nc = shutil.which("nc")
    if nc is None:
        pytest.skip("nc is not here: install netcat-openbsd")
    with ExitStack() as stack:
        yield lambda port: stack.enter_context(Program(Path(nc), "127.0.0.1", str(port), typed=True, by=()))


OpenNc = Callable[[int], Program]


def test_nc_plays_in_one_room_with_python(server: RunningServer, open_nc: OpenNc) -> None:
    assert server.starter_port
    with roomcast.join(server.address(), name="green") as green:
        heard = heard_by(green)
        nc = open_nc(server.starter_port)
        me = nc.line("myIDis ").strip()
        assert nc.lines == ["newPlayer green", f"myIDis {me} "]
        for number in range(EACH):
            nc.type(f"step {number} é🎲")
            green.send("own", number)
        pump_until(lambda: len(heard) == 2 * EACH and len(nc.all_lines("own ")) == EACH, green, within=PATIENCE)
        assert [args for _, by, _, args in heard if by == me] == [[str(n), "é🎲"] for n in range(EACH)]
        assert nc.lines[2:] == [f"own green {n}" for n in range(EACH)]  # the others' in order, and never its own


def test_nc_stays_connected_though_it_says_nothing(
    often: None, start_server: Start, open_nc: OpenNc, pings: list[str]
) -> None:
    server = start_server(ping_every=0.1, silent_for=0.5)
    assert server.starter_port
    with roomcast.join(server.address(), name="green") as green:
        seen: list[str] = []
        for event in ("away", "leave"):
            green.on(event)(lambda player: seen.append(player.id))
        heard = heard_by(green)
        nc = open_nc(server.starter_port)
        me = nc.line("myIDis ").strip()
        wait_for(
            lambda: pings.count("green") >= 2 * ROUNDS,
            within=PATIENCE,
            what="a silence of twice what others may have",
        )
        nc.type("step still here")
        pump_until(lambda: heard, green, within=PATIENCE)
        assert me not in seen


def test_nc_that_was_cut_off_comes_again_as_somebody_new(server: RunningServer, open_nc: OpenNc) -> None:
    assert server.starter_port
    with Dam(server.starter_port) as dam, roomcast.join(server.address(), name="green") as green:
        left: list[str] = []
        green.on("leave")(lambda player: left.append(player.id))
        heard = heard_by(green)
        before = open_nc(dam.port)
        was = before.line("myIDis ").strip()
        dam.cut()
        before.wait()
        pump_until(lambda: left == [was], green, within=PATIENCE)
        dam.mend()
        again = open_nc(dam.port)
        again.line("newPlayer green")
        again.line("myIDis ")
        again.type("step 1")
        pump_until(lambda: heard, green, within=PATIENCE)
        assert left == [was]
