"""How a program may go on without its room: forks, rooms that nobody has any more, joining that is broken off."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

import roomcast
from roomcast.client import game
from roomcast.client.network_runner import NetworkThread
from tests.client.interruptions import interrupt
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.waiting import wait_for

FORK = """
import os, sys, roomcast
room = roomcast.join(sys.argv[1], name="red")
closed = []
room.on("closed")(closed.append)
room.send("before")
while room.unacknowledged:
    room.pump(wait=0.1)
child = os.fork()
if not child:
    said = []
    for attempt in (lambda: room.send("from_the_child_of_the_fork"), lambda: room.state.update(x=1)):
        try:
            attempt()
        except roomcast.RoomClosed as error:
            said.append(str(error))
    room.pump()
    room.leave()
    with roomcast.join(sys.argv[1], name="child") as mine:
        mine.send("from_the_child")
        while mine.unacknowledged:
            mine.pump(wait=0.1)
    print(len(said), room.closed, closed == [room._core.over.message], said[0], flush=True)
    sys.exit()
os.waitpid(child, 0)
room.send("after")
while room.unacknowledged:
    room.pump(wait=0.1)
print("parent", room.closed, closed, flush=True)
"""

FORK_IN_ASYNCIO = """
import asyncio, os, sys, roomcast

async def play():
    async with roomcast.connect(sys.argv[1], name="red") as room:
        child = os.fork()
        if not child:
            try:
                room.send("from_the_child_of_the_fork")
            except roomcast.RoomClosed as error:
                print("child:", error, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        room.send("after")
        while room.unacknowledged:
            await anext(room)
        print("parent", room.closed, flush=True)

asyncio.run(play())
"""


def run(program: str, *words: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_after_a_fork_the_room_is_the_parents_and_the_child_says_so(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="watcher") as watcher:
        felt = notes(watcher, "join", "leave", "away", "before", "after", "from_the_child")
        child, parent = run(FORK, server.address())
        assert child.startswith("2 True True the room 'dots' is over for this program: this process was forked")
        assert parent == "parent False []"
        pump_until(lambda: felt[-1:] == [("leave", "red")], watcher)
        assert [one for one in felt if one[1] == "red"] == [
            ("join", "red"), ("before", "red"), ("after", "red"), ("leave", "red")
        ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_after_a_fork_in_asyncio_the_child_writes_nothing(server: RunningServer) -> None:
    child, parent = run(FORK_IN_ASYNCIO, server.address())
    assert child.startswith("child: the room 'dots' is over for this program: this process was forked")
    assert parent == "parent False"


# ---------------------------------------------------------------------- rooms that nobody has any more


def threads() -> set[str]:
    return {one.name for one in threading.enumerate() if one.name.startswith("roomcast dots")}


def test_a_room_that_nobody_has_any_more_is_left_and_its_thread_ends(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="watcher") as watcher:
        felt = notes(watcher, "leave", "away")
        before = threading.active_count()

        def play() -> None:
            room = roomcast.join(server.address(), name="red")
            room.on("step")(lambda: room)  # a cycle
            room.send("step")

        play()
        gc.collect()
        pump_until(lambda: felt, watcher)
        assert felt == [("leave", "red")]
        wait_for(lambda: threading.active_count() == before)


def test_an_asyncio_room_that_nobody_has_any_more_is_left(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="watcher") as watcher:

            async def enter_and_forget() -> None:
                await roomcast.connect(server.address(), name="red").__aenter__()

            await enter_and_forget()
            gc.collect()
            async for entry in watcher:
                if entry.kind == "leave":
                    return

    asyncio.run(asyncio.wait_for(play(), 20))


# ---------------------------------------------------------------------- joining that is broken off


class CountingNetwork:
    """picows', and how many of its connections have not ended."""

    def __init__(self) -> None:
        from roomcast.transports.picows_client import PicowsNetwork

        self.network = PicowsNetwork()
        self.open = 0

    def connect(self, url: str, subprotocol: str, events: Any) -> Any:
        counted, self.open = self, self.open + 1

        class Counted:
            opened, received, writable = events.opened, events.received, events.writable

            def closed(self, end: Any) -> None:
                counted.open -= 1
                events.closed(end)

        return self.network.connect(url, subprotocol, Counted())


def test_ctrl_c_while_joining_leaves_no_thread_and_no_connection(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From when the thread runs: before that, there is nothing to leave."""
    started: list[NetworkThread] = []
    start = NetworkThread.start
    network = CountingNetwork()

    def start_and_note(one: NetworkThread) -> None:
        started.append(one)
        start(one)

    monkeypatch.setattr(NetworkThread, "start", start_and_note)
    for moment in range(0, 3000, 11):
        rooms: list[roomcast.Room] = []
        broken_off = interrupt(
            lambda rooms=rooms: rooms.append(roomcast.join(server.address(), name="red", network=network)), moment
        )
        for room in rooms:
            room.leave()
        if not broken_off:
            break
        gc.collect()  # a room that was made, and not given to anyone
        alive = [one._thread for one in started]
        wait_for(lambda alive=alive: not any(map(threading.Thread.is_alive, alive)) and not network.open)
        for one in started:
            if not one.loop.is_closed():
                one.loop.close()
        started.clear()
    else:
        raise AssertionError("it never ends")
    assert not game._open_rooms


@pytest.mark.parametrize("turns", range(0, 40, 3))
def test_joining_that_is_cancelled_leaves_no_connection(server: RunningServer, turns: int) -> None:
    network = CountingNetwork()

    async def play() -> None:
        async def enter() -> None:
            async with roomcast.connect(server.address(), name="red", network=network):
                pass

        task = asyncio.create_task(enter())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None
        async with asyncio.timeout(10):
            while network.open:  # noqa: ASYNC110  # nothing tells when
                await asyncio.sleep(0.001)

    asyncio.run(play())


@pytest.mark.parametrize("what", ["leave", "anext"])
@pytest.mark.parametrize("turns", range(0, 12, 2))
def test_leaving_and_iterating_may_be_cancelled_at_any_turn(server: RunningServer, what: str, turns: int) -> None:
    network = CountingNetwork()

    async def play() -> None:
        room = await roomcast.connect(server.address(), name="red", network=network).__aenter__()
        calls: dict[str, Callable[[], Any]] = {"leave": room.leave, "anext": room.__anext__}
        room.send("step", 1)
        task = asyncio.ensure_future(calls[what]())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if what == "anext" and task.cancelled():
            assert (await anext(room)).args == (1,)  # nothing is lost
        await room.leave()
        assert network.open == 0

    asyncio.run(asyncio.wait_for(play(), 20))
