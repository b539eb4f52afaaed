"""More than a player's rate: it waits its turn, nothing is refused, and nobody else is kept waiting."""

import time
from collections.abc import Callable

import pytest

import roomcast
from roomcast.client import game, link
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.waiting import PATIENCE

Start = Callable[..., RunningServer]

RATE, BURST = 500, 50
SENT = 300
AT_LEAST = (SENT - BURST) / RATE  # seconds that it takes


def counted(player: str) -> list[tuple[str, str, int]]:
    return [("count", player, number) for number in range(SENT)]


def test_a_burst_over_the_rate_waits_and_nothing_is_refused(start_server: Start) -> None:
    server = start_server(rate=RATE, burst=BURST)
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        heard = notes(blue, "count")
        errors = notes(red, "error")
        started = time.monotonic()
        for number in range(SENT):
            red.send("count", number)
        pump_until(lambda: len(heard) == SENT, red, blue)
        assert time.monotonic() - started > AT_LEAST * 0.9
        assert heard == counted("red")
        pump_until(lambda: red.unacknowledged == 0, red)
        assert {code for _, code in errors} <= {"rate"}  # it is told that it waits, where that takes long


def test_who_keeps_to_the_rate_does_not_wait_for_one_who_does_not(start_server: Start) -> None:
    server = start_server(rate=5, burst=10)  # what red sends would take half a minute
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        heard = notes(blue, "step", "count")
        for number in range(150):
            red.send("count", number)
        for number in range(5):
            blue.send("step", number)
            pump_until(lambda: ("step", "blue", number) in heard, blue)  # noqa: B023  # run within this turn
        assert ("count", "red", 149) not in heard
        server.stop()


def test_a_burst_survives_a_cut_in_the_middle_of_it(start_server: Start) -> None:
    server = start_server(rate=RATE, burst=BURST)
    with (
        Dam(server.port) as dam,
        roomcast.join(server.address(), name="blue") as blue,
        roomcast.join(f"127.0.0.1:{dam.port}/dots", name="red") as red,
    ):
        heard = notes(blue, "count")
        errors = notes(red, "error", "lost")
        for number in range(SENT):
            red.send("count", number)
        pump_until(lambda: len(heard) >= SENT // 3, red, blue)
        dam.cut()
        pump_until(lambda: "red" in blue.players and not blue.players["red"].here, red, blue)
        dam.mend()
        pump_until(lambda: len(heard) >= SENT and red.unacknowledged == 0, red, blue)
        assert heard == counted("red")
        assert [what for what in errors if what != ("error", "rate")] == []  # it is told where that takes long


def test_leaving_waits_for_a_burst_that_waits(start_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (link, game):
        monkeypatch.setattr(module, "LEAVE_WITHIN", PATIENCE)
    server = start_server(rate=RATE, burst=BURST)
    with roomcast.join(server.address(), name="blue") as blue:
        heard = notes(blue, "count", "leave", "away")
        with roomcast.join(server.address(), name="red") as red:
            for number in range(SENT):
                red.send("count", number)
        assert red.unacknowledged == 0
        pump_until(lambda: len(heard) > SENT, blue)
        assert heard == [*counted("red"), ("leave", "red")]


def test_leaving_takes_its_time_but_no_more_however_much_waits(start_server: Start) -> None:
    server = start_server(rate=10, burst=10)
    red = roomcast.join(server.address(), name="red")
    for number in range(SENT):
        red.send("count", number)
    red.leave()
    assert red.unacknowledged > 0  # it did not wait for all of them: that would take half a minute


def test_who_sends_ever_faster_than_the_rate_is_told_once(start_server: Start) -> None:
    server = start_server(rate=100, burst=10)
    with roomcast.join(server.address(), name="red") as red:
        errors: list[roomcast.Refused] = []
        red.on("error")(errors.append)
        for number in range(400):
            red.send("count", number)
        red.pump()
        assert [error.code for error in errors] == ["rate"]
        assert "the server takes 100 a second from a player: send less often (setting: rate)" in str(errors[0])
        server.stop()
