"""Connections that break in their first moments: before the hello is heard, before the welcome, right after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.passage import Line, TraceReport
from tests.integration.rooms import notes, pump_until

MOMENTS = ("before hello", "before welcome", "after welcome")

Start = Callable[..., RunningServer]


class Doorway(TraceReport):
    """Cuts each of the next connections at its moment, as `slam` says; then it lets them through."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.cuts = 0
        self._moments: list[str] = []
        self._at: dict[Line, str] = {}
        self._open: set[Line] = set()

    def slam(self, *moments: str) -> None:
        """Cut all connections, and each of the next ones at its moment. Returns when it is done."""
        done: Future[None] = Future()

        def cut() -> None:
            self._moments = list(moments)
            for line in self._open:
                line.cut()
            done.set_result(None)

        self._loop.call_soon_threadsafe(cut)
        done.result(10)

    async def _forward(self, line: Line) -> None:
        self._at[line] = self._moments.pop(0) if self._moments else ""
        self._open.add(line)
        await super()._forward(line)
        self._open.discard(line)
        self.cuts += bool(self._at.pop(line))

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await reader.readuntil(b"\r\n\r\n"))  # HTTP
            at = self._at[line]
            if reader is line.from_client and at == "before hello":
                await reader.readexactly(2)  # a frame begins
                return
            if reader is line.from_server and at:
                welcome = await _frame(reader)
                if at == "after welcome":
                    writer.write(welcome)
                    await writer.drain()
                return
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except (OSError, EOFError):
            return

    def _should_cut(self, line: Line) -> bool:
        return self._at[line] not in ("", "after welcome")  # a reset might take back what was written just before


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """One frame from a server (RFC 6455, section 5.2)."""
    head = await reader.readexactly(2)
    size = head[1]
    if size >= 126:
        more = await reader.readexactly(2 if size == 126 else 8)
        head, size = head + more, int.from_bytes(more, "big")
    return head + await reader.readexactly(size)


@pytest.fixture
def doorway(server: RunningServer) -> Iterator[Doorway]:
    with Doorway(server.port) as between:
        yield between


@pytest.mark.parametrize("moment", MOMENTS)
def test_one_who_comes_back_through_broken_doors_is_back_and_everything_is_done_once(
    server: RunningServer, doorway: Doorway, moment: str
) -> None:
    with (
        roomcast.join(server.address(), name="blue") as blue,
        roomcast.join(f"127.0.0.1:{doorway.port}/dots", name="red") as red,
    ):
        ran, seen = notes(red, "count"), notes(blue, "count")
        felt = notes(red, "offline", "resumed", "lost", "skipped", "error")
        red.me["score"] = 7
        pump_until(lambda: red.unacknowledged == 0, red)
        doorway.slam(*[moment] * 4)
        pump_until(lambda: felt, red)
        for number in range(20):
            red.send("count", number)
            blue.send("count", -number)
        pump_until(lambda: doorway.cuts == 4, red, blue)
        pump_until(lambda: len(ran) == len(seen) == 40 and red.unacknowledged == 0, red, blue)
        assert ran == seen
        assert [number for _, who, number in ran if who == "red"] == list(range(20))
        pump_until(lambda: felt[-1][0] == "resumed", red)
        kinds = [kind for kind, _ in felt]
        assert kinds == ["offline", "resumed"] * (5 if moment == "after welcome" else 1)
        assert red.me["score"] == 7
        pump_until(lambda: red.seq == blue.seq, red, blue)
        assert blue.players["red"].here


@pytest.mark.parametrize("moment", MOMENTS)
def test_one_whose_very_first_connection_breaks_is_in_all_the_same(
    often: None, start_server: Start, moment: str
) -> None:
    # Who has heard no welcome cannot come back: that one is given up when its time is over.
    soon = {"seat_kept": 0.3, "resume_window": 0.5} if moment == "before welcome" else {}
    server = start_server(**soon)
    with Doorway(server.port) as doorway, roomcast.join(server.address(), name="blue") as blue:
        seen = notes(blue, "join", "leave", "count")
        doorway.slam(moment)
        with roomcast.join(f"127.0.0.1:{doorway.port}/dots", name="red") as red:
            felt = notes(red, "offline", "resumed", "lost", "skipped", "error")
            red.send("count", 1)
            pump_until(lambda: ("count", red.me.id, 1) in seen and red.unacknowledged == 0, red, blue)
            assert [kind for kind, _ in felt] == (["offline", "resumed"] if moment == "after welcome" else [])
            assert red.me.id == ("red2" if moment == "before welcome" else "red")
            pump_until(lambda: [player.id for player in blue.players] == ["blue", red.me.id], red, blue)
        assert seen.count(("count", red.me.id, 1)) == 1
