"""Two at once: entries are run one at a time and in their order, or the second one gets an exception."""

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import roomcast
from roomcast import Player, Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.waiting import wait_for


def run(play: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(play, 20))


# ---------------------------------------------------------------------- pump


def test_a_second_thread_that_pumps_gets_an_exception_and_the_order_holds(red: Room, blue: Room) -> None:
    ran: list[int] = []
    inside, refused = threading.Event(), threading.Event()

    @red.on("step")
    def step(number: int) -> None:
        inside.set()
        assert refused.wait(10)
        ran.append(number)

    for number in range(10):
        blue.send("step", number)
    first = threading.Thread(target=lambda: pump_until(lambda: len(ran) == 10, red))
    first.start()
    assert inside.wait(10)
    with pytest.raises(roomcast.RoomBusy, match="another thread is in pump"):
        red.pump()
    refused.set()
    first.join()
    assert ran == list(range(10))
    assert red.pump() == 0  # now it is free, for this thread too


def test_threads_that_take_turns_pump_in_order(red: Room, blue: Room) -> None:
    ran: list[int] = []
    red.on("step")(ran.append)
    for number in range(200):
        blue.send("step", number)

    def pump() -> None:
        while len(ran) < 200:
            with contextlib.suppress(roomcast.RoomBusy):
                red.pump(wait=0.01)

    threads = [threading.Thread(target=pump) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == list(range(200))


def test_a_function_that_raises_leaves_the_room_free_for_other_threads(red: Room, blue: Room) -> None:
    red.on("step")(lambda: 1 / 0)
    blue.send("step")
    with pytest.raises(ZeroDivisionError):
        pump_until(lambda: False, red)
    thread = threading.Thread(target=red.pump)
    thread.start()
    thread.join()
    assert red.pump() == 0


# ---------------------------------------------------------------------- async for


def test_a_second_task_that_iterates_gets_an_exception(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            ran: list[int] = []

            @red.on("step")
            async def step(number: int) -> None:
                await asyncio.sleep(0.01)
                ran.append(number)

            async def iterate() -> None:
                async for entry in red:
                    assert ran[-1] == entry.args[0]  # given after its function has run
                    if len(ran) == 5:
                        return

            for number in range(5):
                red.send("step", number)
            first = asyncio.create_task(iterate())
            await asyncio.sleep(0)
            for _ in range(2):
                with pytest.raises(roomcast.RoomBusy, match="another task iterates"):
                    await anext(red)
            await first
            assert ran == list(range(5))

    run(play())


def test_in_the_body_of_the_loop_the_next_entry_may_be_asked_for(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            for number in range(4):
                red.send("step", number)
            pairs = []
            async for entry in red:
                pairs.append((entry.args[0], (await anext(red)).args[0]))
                if len(pairs) == 2:
                    break
            assert pairs == [(0, 1), (2, 3)]

    run(play())


def test_a_function_of_the_room_cannot_iterate_over_it(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:

            @red.on("step")
            async def step() -> None:
                await anext(red)

            red.send("step")
            with pytest.raises(roomcast.RoomBusy):
                await anext(red)

    run(play())


@pytest.mark.parametrize("times", [1, 3])
def test_a_function_that_has_begun_is_finished_where_its_waiter_is_cancelled(server: RunningServer, times: int) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            ran: list[str] = []
            go_on = asyncio.Event()

            @red.on("step")
            async def step(number: int) -> None:
                ran.append(f"begin {number}")
                await go_on.wait()
                ran.append(f"end {number}")

            @red.on("step")
            def after(number: int) -> None:
                ran.append(f"after {number}")

            red.send("step", 1)
            red.send("step", 2)
            for _ in range(times):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(red), 0.05)
            assert ran == ["begin 1"]
            go_on.set()
            assert (await anext(red)).args == (1,)  # given next time, and once
            assert ran == ["begin 1", "end 1", "after 1"]
            assert (await anext(red)).args == (2,)
            assert ran[3:] == ["begin 2", "end 2", "after 2"]

    run(play())


def test_a_function_that_fails_after_its_waiter_was_cancelled_fails_for_the_next(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            go_on = asyncio.Event()

            @red.on("step")
            async def step(number: int) -> None:
                await go_on.wait()
                raise ZeroDivisionError(number)

            red.send("step", 1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(red), 0.05)
            go_on.set()
            with pytest.raises(ZeroDivisionError):
                await anext(red)
            assert (await anext(red)).args == (1,)

    run(play())


def test_a_room_belongs_to_the_event_loop_that_entered_it_and_sends_from_any_thread(server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            failures: list[Exception] = []

            async def elsewhere(what: Callable[[], Coroutine[Any, Any, Any]]) -> None:
                try:
                    await what()
                except roomcast.RoomBusy as error:
                    failures.append(error)

            def in_a_thread() -> None:
                asyncio.run(elsewhere(red.__anext__))
                asyncio.run(elsewhere(red.leave))
                red.send("step", 1)
                red.state["x"] = 1

            await asyncio.to_thread(in_a_thread)
            assert len(failures) == 2
            assert "another event loop" in str(failures[0])
            assert [(await anext(red)).kind for _ in range(2)] == ["do", "set"]

    run(play())


def test_a_room_is_entered_once_at_a_time(server: RunningServer) -> None:
    async def play() -> None:
        room = roomcast.connect(server.address(), name="red")
        async with room:
            with pytest.raises(roomcast.RoomBusy, match="entered already"):
                await room.__aenter__()
            room.send("step")
            assert (await anext(room)).command == "step"
        fresh = roomcast.connect(server.address(), name="red")
        results = await asyncio.gather(fresh.__aenter__(), fresh.__aenter__(), return_exceptions=True)
        assert [type(one) for one in results] == [roomcast.AsyncRoom, roomcast.RoomBusy]
        await fresh.leave()

    run(play())


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_where_the_event_loop_has_ended_the_room_says_so(server: RunningServer) -> None:
    rooms = []

    async def play() -> None:
        rooms.append(await roomcast.connect(server.address(), name="red").__aenter__())

    run(play())
    (room,) = rooms
    room.send("step")  # nobody has noticed yet
    with pytest.raises(roomcast.RoomClosed, match="event loop that this room was entered on has ended"):
        room.send("step")
    del room
    rooms.clear()
    gc.collect()  # the transport warns, for its loop was closed before it


# ---------------------------------------------------------------------- signals


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer signal on Windows")
def test_a_signal_handler_sends_while_the_program_sends_and_pumps(red: Room, blue: Room) -> None:
    heard: list[str] = []

    @blue.everywhere
    def say(player: Player, text: str) -> None:
        heard.append(text)

    from_handler = 0

    def handle(number: int, frame: object) -> None:
        nonlocal from_handler
        from_handler += 1
        red.send("say", f"handler {from_handler}")

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    sent = 0
    try:
        while from_handler < 200:
            if red.unacknowledged < 1000:  # a slow machine must not make it too fast
                sent += 1
                red.send("say", f"main {sent}")
            red.pump()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    pump_until(lambda: len(heard) == sent + from_handler, red, blue, within=30)
    for who, count in (("main", sent), ("handler", from_handler)):
        said = [text for text in heard if text.startswith(who)]
        # One handler may be interrupted by the next.
        assert sorted(said) == sorted(f"{who} {n}" for n in range(1, count + 1))
    wait_for(lambda: red.unacknowledged == 0)
