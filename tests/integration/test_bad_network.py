"""A server whose network is bad on purpose, and players who ask it for that: over real sockets."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from roomcast import BadArgument, Player, Room, join
from roomcast.cli import path_checks
from roomcast.cli.doctor_finding import Severity
from roomcast.transports.bad_network import BadNetwork
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.js.node import HERE, needs_node, run
from tests.plain_player import PlainPlayer
from tests.waiting import PATIENCE, wait_for

Start = Callable[..., RunningServer]
LAG = 0.08  # seconds


def until(room: Room, condition: Callable[[], Any]) -> None:
    """Run what arrives until the condition holds."""
    wait_for(lambda: room.pump(wait=0.01) < 0 or condition())


def there_and_back(room: Room) -> float:
    """Seconds until a command of its own has come back: a lower bound is sure, an upper one is not."""
    came: list[float] = []

    @room.on("probe")
    def probe(player: Player) -> None:
        came.append(time.monotonic())

    sent = time.monotonic()
    room.send("probe")
    until(room, lambda: came)
    return came[0] - sent


def test_on_a_server_that_lags_everything_takes_its_time_there_and_back(start_server: Start) -> None:
    server = start_server(network=BadNetwork(lag=LAG))
    began = time.monotonic()
    with join(server.address(), name="red") as red:
        assert time.monotonic() - began >= 2 * LAG - 0.01, "the hello and its answer"
        assert there_and_back(red) >= 2 * LAG - 0.01
        assert red.latency is None  # begins to measure
        until(red, lambda: red.latency is not None)
        assert red.latency is not None
        assert red.latency >= 2 * LAG - 0.01


def test_line_clients_lag_as_well_and_in_order(start_server: Start) -> None:
    server = start_server(network=BadNetwork(lag=LAG, jitter=LAG))
    assert server.starter_port is not None
    with PlainPlayer(server.starter_port) as ada, PlainPlayer(server.starter_port) as alan:
        assert ada.meet() == []
        assert alan.meet() == [ada.id]
        assert ada.hear() == f"newPlayer {alan.id}"
        for number in range(30):
            alan.say(f"playerMoved {number} 0")
        assert [ada.hear() for _ in range(30)] == [f"playerMoved {alan.id} {number} 0" for number in range(30)]


def test_one_player_alone_asks_for_it_by_the_environment(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOMCAST_LAG", "80ms")
    with join(server.address(), name="far away") as far:
        monkeypatch.delenv("ROOMCAST_LAG")
        with join(server.address(), name="near") as near:
            assert there_and_back(far) >= 2 * LAG - 0.01
            assert any(type(peer.connection).__name__ != "LaggedConnection" for peer in server.directory.peers)
            assert near.me.here


def test_who_asks_for_no_lag_has_none_on_a_server_that_lags(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server(network=BadNetwork(lag=1))
    monkeypatch.setenv("ROOMCAST_LAG", "0")
    with join(server.address(), name="red"):
        assert all(type(peer.connection).__name__ != "LaggedConnection" for peer in server.directory.peers)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ROOMCAST_LAG", "80", "ROOMCAST_LAG: '80' is no time: write it like 80ms or 0.08s"),
        ("ROOMCAST_DROP", "often", "ROOMCAST_DROP: 'often' is no chance: write it like 1%/min"),
    ],
)
def test_a_variable_with_a_slip_is_named(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadArgument) as caught:
        join(server.address())
    assert caught.value.message == says


def test_a_client_that_asks_wrongly_reads_how_it_is_done(server: RunningServer) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/?lag=soon", headers=upgrade | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
    answer = connection.getresponse()
    assert answer.status == 400
    assert answer.read().decode().startswith("lag: 'soon' is no time: write it like 80ms or 0.08s (help: ")
    connection.close()


def test_players_who_are_cut_come_back_and_nothing_is_lost(start_server: Start) -> None:
    server = start_server(network=BadNetwork(lag=0.005, jitter=0.005, drop=1 - 1e-15))  # every other second
    heard: list[int] = []
    lost: list[str] = []
    with join(server.address(), name="red") as red, join(server.address(), name="blue") as blue:
        blue.on("count")(lambda player, number: heard.append(number))
        red.on("count")(lambda player, number: None)
        red.on("offline")(lambda why: lost.append("a connection"))
        red.on("lost")(lambda *what: lost.append(f"for good: {what}"))
        sent = 0

        def play() -> bool:
            nonlocal sent
            red.send("count", sent)
            sent += 1
            red.pump()
            blue.pump()
            return len(lost) >= 2

        wait_for(play, within=6 * PATIENCE)
        wait_for(lambda: (red.pump(), blue.pump(), len(heard) == sent)[-1])
    assert heard == list(range(sent))
    assert set(lost) == {"a connection"}


def test_monitoring_and_the_doctor_say_that_it_is_on_purpose(start_server: Start) -> None:
    server = start_server(network=BadNetwork(lag=0.01))
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=10) as answer:
        assert json.load(answer)["bad_network"] == "10 ms late each way"
    findings = list(path_checks.path_to("127.0.0.1", server.port))
    assert findings[-1].level is Severity.WARNING
    assert findings[-1].words == "that server makes the network bad on purpose: 10 ms late each way"


def test_a_server_that_lags_closes_well(start_server: Start) -> None:
    server = start_server(network=BadNetwork(lag=0.05))
    with Foreign(server) as one:
        one.hello()
        server.stop()
        heard, code = one.farewell()
    assert heard[-1]["code"] == "closing"
    assert code is not None


@needs_node
def test_a_program_in_javascript_asks_for_it_as_well(server: RunningServer) -> None:
    said = run("node", HERE / "lagging.mjs", server.address(), ROOMCAST_LAG="60ms")
    late = json.loads(said.splitlines()[-1])
    assert late["environment"] >= 0.12 - 0.01
    assert late["option"] >= 0.16 - 0.01
