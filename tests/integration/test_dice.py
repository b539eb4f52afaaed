"""The room's dice over real connections: who may roll where, and what a server's restart leaves of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.errors import BadArgument
from tests.integration.conftest import RunningServer
from tests.waiting import wait_for


def rolling(room: roomcast.Room) -> tuple[Callable[[], None], list[list[int]]]:
    rolled: list[list[int]] = []

    @room.everywhere
    def roll() -> None:
        rolled.append([room.seq, *(room.random.randint(1, 6) for _ in range(5))])

    return roll, rolled


def run(rooms: list[roomcast.Room], until: Callable[[], object]) -> None:
    def pumped() -> object:
        for room in rooms:
            room.pump(wait=0.01)
        return until()

    wait_for(pumped, what="all have run it")


def test_a_kept_room_has_its_dice_after_the_server_was_started_again(
    start_server: Callable[..., RunningServer], tmp_path: Path
) -> None:
    kept = tmp_path / "rooms.db"
    server = start_server(keep=kept, kept_entries=100)
    with roomcast.join(server.address(), name="Ada") as ada:
        roll, first = rolling(ada)
        for _ in range(300):  # so that the first entry is forgotten
            roll()
        run([ada], lambda: len(first) == 300)
        seed = server.ask(lambda: server.directory.rooms["dots"].state.seed)
        assert len(seed) == 32
        server.stop()
        again = start_server(keep=kept, kept_entries=100, port=server.port)
        with roomcast.join(again.address(), name="Grace") as grace:
            _, second = rolling(grace)
            roll()
            run([ada, grace], lambda: len(first) == 301 and len(second) == 1)
            assert first[-1] == second[0]
        assert again.ask(lambda: again.directory.rooms["dots"].state.seed) == seed


def test_rooms_and_servers_have_other_dice(start_server: Callable[..., RunningServer]) -> None:
    found = []
    for server in (start_server(), start_server()):
        for name in ("one", "other"):
            with roomcast.join(server.address(name)) as room:
                roll, rolled = rolling(room)
                roll()
                run([room], lambda rolled=rolled: rolled)
                found.append(rolled[0])
    assert all(seq == 2 for seq, *_ in found)
    assert len({tuple(one) for one in found}) > 1


def test_another_thread_is_in_no_function(start_server: Callable[..., RunningServer]) -> None:
    caught: list[BaseException] = []
    with roomcast.join(start_server().address()) as room:

        def roll_there() -> None:
            try:
                room.random.random()
            except BadArgument as error:
                caught.append(error)

        @room.everywhere
        def roll() -> None:
            other = threading.Thread(target=roll_there)
            other.start()
            other.join()

        roll()
        run([room], lambda: caught)
    assert "outside of the room's functions" in str(caught[0])


def test_on_asyncio_a_function_that_waits_has_its_dice_and_no_other_task(
    start_server: Callable[..., RunningServer],
) -> None:
    found: dict[str, Any] = {}

    async def play(address: str) -> None:
        async with roomcast.connect(address) as room:
            in_the_middle, go_on = asyncio.Event(), asyncio.Event()

            @room.everywhere
            async def roll() -> None:
                first = room.random.randint(1, 6)
                in_the_middle.set()
                await go_on.wait()
                found["in it"] = [first, room.random.randint(1, 6)]
                found["in a task of it"] = await asyncio.gather(attempt(), return_exceptions=True)

            async def attempt() -> None:
                room.random.random()

            async def another_task() -> None:
                await in_the_middle.wait()
                found["in another task"] = await asyncio.gather(attempt(), return_exceptions=True)
                with pytest.raises(BadArgument):
                    room.random.random()
                go_on.set()

            with pytest.raises(BadArgument):
                room.random.random()
            other = asyncio.create_task(another_task())
            roll()
            async for entry in room:
                if entry.command == "roll":
                    found["under async for"] = [room.random.randint(1, 6), room.random.randint(1, 6)]
                    break
            await other

    asyncio.run(play(start_server().address()))
    assert found["in it"] == found["under async for"]
    for where in ("in another task", "in a task of it"):
        (error,) = found[where]
        assert isinstance(error, BadArgument)
