"""The one timer that serves all rooms that wait for their pace."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest

from roomcast.server.server import Server


def test_the_timer_rings_for_the_room_that_may_write_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def rings() -> list[float]:
        server = Server(host="127.0.0.1", port=0, starter_port=None)
        await server.start()
        loop = asyncio.get_running_loop()
        set_for: list[float] = []
        set_timer = loop.call_later

        def call_later(delay: float, *what: object) -> asyncio.TimerHandle:
            set_for.append(delay)
            return set_timer(delay, *what)  # type: ignore[arg-type]  # as it was given

        waits: Iterator[float] = iter([30.0, 20.0, 25.0, 10.0])  # a room changed: the first may write then
        monkeypatch.setattr(server.directory, "flush", lambda now: now + next(waits))
        monkeypatch.setattr(loop, "call_later", call_later)
        for _ in range(4):
            server._flush()
        monkeypatch.undo()
        await server.close()
        return set_for

    set_for = asyncio.run(rings())
    assert set_for == pytest.approx([30, 20, 10], abs=0.01)
    assert all(sooner < later for later, sooner in pairwise(set_for))
