"""Timers over real sockets: the same runs at the same places, through cuts and a server that is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from math import inf
from pathlib import Path

import pytest

import roomcast
from roomcast import AsyncRoom, Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.gate import Gate
from tests.integration.rooms import pump_until
from tests.integration.test_durable import Serving, player
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(25)

Run = tuple[int, float, str]
"""After which entry a timer ran, when it was due, and which it was."""


class World:
    """Steps from when somebody says start, and bombs that somebody lights; notes each run."""

    def __init__(self, room: Room | AsyncRoom) -> None:
        self.room = room
        self.runs: list[Run] = []
        self.entries: list[tuple[int, int]] = []  # seq of each move, and how many runs were before it

        @room.command("start")
        def start() -> None:
            room.every(1 / 20, self.step)

        @room.command("light")
        def light(player: Player, name: str, seconds: float) -> None:
            room.after(seconds, self.explode, name)

        @room.command("move")
        def move() -> None:
            self.entries.append((room.seq, len(self.runs)))

    def step(self) -> None:
        self.runs.append((self.room.seq, self.room.time, "step"))

    def explode(self, name: str) -> None:
        self.runs.append((self.room.seq, self.room.time, name))

    @property
    def steps(self) -> int:
        return sum(name == "step" for _, _, name in self.runs)

    @property
    def bombs(self) -> int:
        return sum(name == "bomb" for _, _, name in self.runs)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serving]]:
    with ExitStack() as stack:

        def start(*flags: str) -> Serving:
            server = Serving(tmp_path / "rooms.db", *flags)
            stack.callback(lambda: server.program.stop())
            return server

        yield start


def agree(*worlds: World) -> None:
    """All have run the same timers in one order, at the same places among the moves; some are further than others."""
    least = min(len(world.runs) for world in worlds)
    assert least > 0
    for world in worlds[1:]:
        assert world.runs[:least] == worlds[0].runs[:least]
        for one, other in zip(world.entries, worlds[0].entries, strict=False):
            assert one == other


def test_three_programs_make_the_same_steps_and_the_log_has_none_of_them(serve: Callable[..., Serving]) -> None:
    server = serve()
    with player(server, "red") as red, player(server, "blue") as blue:
        red.send("start")  # before green is here: it does not see it
        worlds = [World(red), World(blue)]
        pump_until(lambda: all(world.steps > 5 for world in worlds), red, blue)
        red.send("light", "bomb", 0.333)
        for _ in range(20):
            blue.send("move")
            steps = worlds[0].steps
            pump_until(lambda steps=steps: worlds[0].steps > steps, red, blue)  # type: ignore[misc]
        last = max(red.seq, blue.seq)
        pump_until(lambda: all(world.steps >= 60 for world in worlds), red, blue)
        agree(*worlds)
        assert worlds[0].bombs == 1
        times = [time for _, time, name in worlds[0].runs if name == "step"]
        assert all(later - earlier == pytest.approx(0.05, abs=1e-6) for earlier, later in pairwise(times))
        assert red.seq == blue.seq == last == 2 + 1 + 1 + 20  # two joins, start, light, and the moves
        with roomcast.join(server.address(), name="green", replay=True) as green:
            third = World(green)
            pump_until(lambda: third.steps > worlds[0].steps, green)
            pump_until(lambda: all(world.steps > 80 for world in (*worlds, third)), red, blue, green)
            agree(*worlds, third)


@contextmanager
def killed(server: Serving, fuse: float, *, after: int, **environment: str) -> Iterator[tuple[list[World], int]]:
    """Two worlds whose server was killed after so many steps and started again; and how many steps they had then.

    `fuse`: seconds until a bomb explodes that was lit before. `environment`: of the server that goes on.
    """
    with player(server, "red") as red, player(server, "blue") as blue:
        worlds = [World(red), World(blue)]
        lost: list[str] = []
        for room in (red, blue):
            room.on("lost")(lost.append)
            room.on("offline")(lambda why: None)
        red.send("start")
        blue.send("light", "bomb", fuse)
        pump_until(lambda: all(world.steps > after for world in worlds), red, blue)
        server.kill()
        steps = max(world.steps for world in worlds)
        server.start(**environment)
        pump_until(lambda: all(world.steps > steps + 60 for world in worlds), red, blue)
        red.send("move")
        pump_until(lambda: all(world.entries for world in worlds), red, blue)
        agree(*worlds)
        yield worlds, steps
        assert lost == []


def test_timers_go_on_where_they_were_after_the_server_was_killed(serve: Callable[..., Serving]) -> None:
    with killed(serve("--level", "full"), 1.0, after=3) as (worlds, _):
        assert worlds[1].bombs == 1


def test_an_hour_in_which_a_killed_server_was_down_is_no_hour_of_steps(
    serve: Callable[..., Serving], tmp_path: Path
) -> None:
    server = serve()
    with killed(server, 600.0, after=40, PYTHONPATH=clock_ahead(tmp_path, hours=1)) as (worlds, steps):
        assert all(world.steps < steps + 20 * 600 for world in worlds), "of the hour, 72,000 would have been"
        assert not any(world.bombs for world in worlds)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            third = World(green)
            pump_until(lambda: third.steps > steps + 60, *(world.room for world in worlds), green)  # type: ignore[arg-type]
            agree(*worlds, third)


def clock_ahead(folder: Path, hours: float) -> str:
    """A folder that, in `PYTHONPATH`, has a program's clock ahead."""
    shift = f"import time\n\nreal = time.time\ntime.time = lambda: real() + {3600 * hours}\n"
    (folder / "sitecustomize.py").write_text(shift)
    return str(folder)


def test_who_was_cut_off_makes_up_for_what_it_missed(server: RunningServer) -> None:
    with (
        Gate(server.port) as gate,
        roomcast.join(f"127.0.0.1:{gate.port}/dots", name="red") as red,
        roomcast.join(f"127.0.0.1:{server.port}/dots", name="blue") as blue,
    ):
        worlds = [World(red), World(blue)]
        catching: list[bool] = []
        red.command("move")(lambda: catching.append(red.catching_up))
        offline: list[str] = []
        red.on("offline")(offline.append)
        blue.send("start")
        pump_until(lambda: all(world.steps > 3 for world in worlds), red, blue)
        gate.close()
        pump_until(lambda: offline, red, blue)
        for _ in range(5):
            blue.send("move")
            steps = worlds[1].steps
            pump_until(lambda steps=steps: worlds[1].steps > steps + 2, blue)  # type: ignore[misc]
        missed = blue.seq
        gate.open()
        pump_until(lambda: red.seq >= missed, red, blue)
        pump_until(lambda: worlds[0].steps > worlds[1].steps - 3, red, blue)
        blue.send("move")
        pump_until(lambda: len(catching) == 6, red, blue)
        agree(*worlds)
        assert catching == [True] * 5 + [False]


def test_programs_for_asyncio_run_them_too_and_wait_for_coroutines(server: RunningServer) -> None:
    address = f"127.0.0.1:{server.port}/dots"

    async def play() -> list[Run]:
        async with roomcast.connect(address, name="green") as room:
            world = World(room)
            done = asyncio.Event()

            async def slow(name: str) -> None:
                await asyncio.sleep(0.01)
                world.explode(name)
                if len(world.runs) >= 20:
                    done.set()

            room.command("slow")(lambda: room.every(0.05, slow, "slow"))
            room.send("start")
            room.send("slow")

            async def run() -> None:
                async for entry in room:
                    if entry.command == "slow":
                        room.after(0.125, world.explode, "under the loop")

            running = asyncio.create_task(run())
            await asyncio.wait_for(done.wait(), 20)
            running.cancel()
            return world.runs

    runs = asyncio.run(play())
    assert [time for _, time, _ in runs] == sorted(time for _, time, _ in runs)
    names = [name for _, _, name in runs]
    assert names.count("under the loop") == 1
    assert names.count("slow") >= 8


def test_on_asyncio_a_timer_runs_where_an_earlier_one_was_cancelled_and_nothing_else_happens(
    server: RunningServer,
) -> None:
    async def play() -> list[Run]:
        async with roomcast.connect(server.address(), name="green") as room:
            world = World(room)
            timers: list[roomcast.Timer] = []

            @room.command("both")
            def both() -> None:
                timers.append(room.after(0.5, world.explode, "earlier"))
                room.after(0.7, world.explode, "later")

            room.command("cancel")(lambda: timers[0].cancel())

            async def run() -> None:
                async for _ in room:
                    pass

            running = asyncio.create_task(run())
            room.send("both")
            ticks = server.directory.rooms["dots"].ticks
            await asyncio.to_thread(wait_for, lambda: ticks.due < inf, what="the server knows when to tell the time")
            room.send("cancel")
            await asyncio.to_thread(wait_for, lambda: world.runs, what="the later one runs")
            running.cancel()
            return world.runs

    assert [name for _, _, name in asyncio.run(asyncio.wait_for(play(), 20))] == ["later"]


def test_the_time_outside_of_functions_is_near_that_of_the_server(server: RunningServer) -> None:
    with roomcast.join(f"127.0.0.1:{server.port}/dots", name="red") as red:
        seen: list[float] = []
        red.command("mark")(lambda: seen.append(red.time))
        last = red.time
        for _ in range(5):
            red.send("mark")
            count = len(seen)
            pump_until(lambda count=count: len(seen) > count, red)  # type: ignore[misc]
            assert red.time >= max(last, seen[-1])
            last = red.time
        wait_for(lambda: red.latency is not None)
        room = server.directory.rooms["dots"]
        before = room.log.time(server._driver._scheduler.now())
        estimate = red.time * 1000
        after = room.log.time(server._driver._scheduler.now())
        assert before - 50 < estimate < after + 50  # how near it is, benchmarks measure
