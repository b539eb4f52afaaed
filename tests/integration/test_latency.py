"""`room.latency`: how long a message takes to the server and back, through a network that takes its time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest

import roomcast
from roomcast import join
from roomcast.client import link
from tests.integration.conftest import RunningServer
from tests.integration.passage import Line, TraceReport
from tests.waiting import wait_for

DELAY = 0.05  # seconds that the network takes, each way


class Delayed(TraceReport):
    """Everything arrives `DELAY` later."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.bytes_up = 0

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if reader is line.from_client:
                    self.bytes_up += len(data)
                await asyncio.sleep(DELAY)
                writer.write(data)
                await writer.drain()

    def _should_cut(self, line: Line) -> bool:
        return False


@pytest.fixture
def network(server: RunningServer) -> Iterator[Delayed]:
    with Delayed(server.port) as one:
        yield one


def test_a_game_learns_how_long_a_round_trip_takes(network: Delayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PING_EVERY", 0.2)
    with join(f"127.0.0.1:{network.port}/dots", name="red") as red:
        before = network.bytes_up
        assert red.latency is None, "nobody has asked before"
        first = wait_for(lambda: red.latency, what="the first answer")
        assert first >= 2 * DELAY
        wait_for(lambda: red.latency != first, what="it is measured again")
        latest = red.latency
        assert latest is not None
        assert latest >= 2 * DELAY
        assert red.pump() == 0, "nobody else hears of it"
        assert before < network.bytes_up


def test_who_never_asks_never_pings(network: Delayed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PING_EVERY", 0.0)
    with join(f"127.0.0.1:{network.port}/dots", name="red") as red:
        red.send("move")
        wait_for(lambda: red.pump() and not red.unacknowledged)
        before = network.bytes_up
        red.send("move")
        wait_for(lambda: red.pump() and not red.unacknowledged)
        assert network.bytes_up - before < 60, "the command alone"


def test_an_asyncio_program_learns_it_too(network: Delayed) -> None:
    async def play() -> float:
        room = roomcast.connect(f"127.0.0.1:{network.port}/dots", name="red")
        assert room.latency is None
        async with room:  # asked before there was a network
            while room.latency is None:  # noqa: ASYNC110  # nothing tells when
                await asyncio.sleep(0.001)
            return room.latency

    assert asyncio.run(asyncio.wait_for(play(), 30)) >= 2 * DELAY
