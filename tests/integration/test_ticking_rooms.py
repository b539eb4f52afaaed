"""A room with ticks and timers over real sockets: programs see it move, and it goes on while nobody is here."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import roomcast
from roomcast.rules import maker_reports
from roomcast.rules.app_file import RuledKinds
from roomcast.rules.maker_reports import MakerReports
from roomcast.server import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.waiting import wait_for


class Balls(Room):
    tick_rate = 50

    def on_create(self) -> None:
        self.state["rung"] = 0
        self.state["ticks"] = 0
        self.every(0.02, self.ring)

    def on_join(self, player: Player) -> None:
        player["x"], player["dx"] = 0, 0

    def on_steer(self, player: Player, dx: int) -> None:
        player["dx"] = dx

    def on_where(self, player: Player) -> int:
        x: int = player["x"]
        return x

    def on_sleep(self, player: Player) -> None:
        time.sleep(0.3)

    def on_tick(self, dt: float) -> None:
        self.state["ticks"] += 1
        for player in self.players:
            player["x"] += player["dx"]

    def ring(self) -> None:
        self.state["rung"] += 1


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def server(told: list[str]) -> Iterator[RunningServer]:
    reports = MakerReports(lambda sentence, error: told.append(sentence), time.perf_counter)
    running = RunningServer(kinds=RuledKinds({"balls": Balls}, reports))
    yield running
    running.stop()


def test_programs_see_what_ticks_move(server: RunningServer) -> None:
    with (
        roomcast.join(server.address("balls"), name="red") as red,
        roomcast.join(server.address("balls"), name="blue") as blue,
    ):
        pump_until(lambda: "blue" in red.players and "red" in blue.players, red, blue)
        red.send("steer", 3)
        pump_until(lambda: blue.players["red"]["x"] >= 30 and not red.unacknowledged, red, blue)
        assert blue.players["red"]["x"] % 3 == 0
        answer = red.ask("where")
        pump_until(lambda: answer.done, red, blue)
        assert answer.result() >= 30


def test_timers_go_on_while_nobody_is_here_and_ticks_rest(server: RunningServer) -> None:
    with roomcast.join(server.address("balls"), name="red") as red:
        pump_until(lambda: red.state["rung"] > 2 and red.state["ticks"] > 2, red)
    room = server.directory.rooms["balls"]

    def state() -> dict[str, int]:
        return server.ask(lambda: room.state.shared.decoded())

    wait_for(lambda: server.ask(lambda: not room.state.players), what="she has left")
    before = state()
    wait_for(lambda: state()["rung"] > before["rung"] + 5, what="the timer goes on")
    assert state()["ticks"] == before["ticks"]


def test_a_handler_that_holds_up_the_server_is_told_to_its_maker(server: RunningServer, told: list[str]) -> None:
    assert maker_reports.SLOW < 0.3
    with roomcast.join(server.address("balls"), name="red") as red:
        red.send("sleep")
        pump_until(lambda: not red.unacknowledged, red)
    slow = [one for one in told if one.startswith("Balls.on_sleep took 0.")]
    assert len(slow) == 1
    assert slow[0].endswith("s in the room 'balls': meanwhile no room of this server went on")
