"""Handlers that wait for something real, at a real server: ten players send meanwhile, and all is in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

import roomcast
from roomcast.core.client import backoff
from roomcast.server import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.cutter import Cutter
from tests.integration.rooms import pump_until
from tests.integration.ruled_server import ruled_server

PLAYERS, BUYS = 10, 20


async def price() -> int:
    """What something costs, asked of another server."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"7\n")
        price = int(await reader.readline())
        writer.close()
        return price


class Shop(Room):
    def on_create(self) -> None:
        self.state["sold"] = self.state["paid"] = 0

    async def on_buy(self, player: Player, number: int) -> int:
        self.state["sold"] += 1
        player["bought"] = [*player.get("bought", []), number]
        self.state["paid"] += await price()
        return int(self.state["sold"])

    def on_look(self, player: Player) -> int:
        return int(self.state["sold"] * 7 - self.state["paid"])

    async def on_forever(self, player: Player) -> None:
        self.state["sold"] += 1_000
        await asyncio.sleep(3600)


class Other(Room):
    def on_echo(self, player: Player, text: str) -> str:
        return text


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.05)
    with ruled_server({"shop": Shop, "other": Other}) as running:
        yield running


def test_ten_players_buy_at_once_and_nobody_meets_half_a_sale(server: RunningServer) -> None:
    with ExitStack() as stack:
        rooms = [
            stack.enter_context(roomcast.join(server.address("shop"), name=f"p{number}")) for number in range(PLAYERS)
        ]
        seen: set[int] = set()
        rooms[0].on("set")(lambda *_: seen.add(rooms[0].state["sold"] * 7 - rooms[0].state["paid"]))
        bought = [room.ask("buy", number) for number in range(BUYS) for room in rooms]
        looked = [room.ask("look") for room in rooms]
        pump_until(lambda: all(one.done for one in (*bought, *looked)), *rooms)
        assert sorted(answer.result() for answer in bought) == list(range(1, PLAYERS * BUYS + 1))
        assert [answer.result() for answer in looked] == [0] * PLAYERS
        pump_until(lambda: rooms[0].state["paid"] == 7 * PLAYERS * BUYS, *rooms)
        assert seen == {0}
        assert all(rooms[0].players[room.me.id]["bought"] == list(range(BUYS)) for room in rooms)


def test_each_is_done_once_while_connections_are_cut(server: RunningServer) -> None:
    with (
        Cutter(server.port, 6, seed=5, most_bytes=3000) as cutter,
        roomcast.join(f"127.0.0.1:{cutter.port}/shop", name="red") as red,
    ):
        for number in range(100):
            red.ask("buy", number)
        pump_until(lambda: cutter.cuts_left <= 0 and not red.unacknowledged, red)
        pump_until(lambda: red.state.get("sold") == 100, red)
        assert red.me["bought"] == list(range(100))


def test_other_rooms_go_on_and_a_server_that_closes_stops_what_waits(server: RunningServer) -> None:
    with (
        roomcast.join(server.address("shop"), name="red") as red,
        roomcast.join(server.address("other"), name="blue") as blue,
    ):
        answer = red.ask("forever")
        assert blue.ask("echo", "still here").result() == "still here"
        assert not answer.done
        closed: list[str] = []
        red.on("offline")(closed.append)
        server.stop()
        pump_until(lambda: answer.done or bool(closed), red)
        assert red.state["sold"] == 0
