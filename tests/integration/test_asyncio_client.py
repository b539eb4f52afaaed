"""The client for asyncio, on a real server: the same names, and entries by `async for`."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.asyncio.client import connect as websocket

import roomcast
from roomcast import AsyncRoom, LogEntry, Player
from roomcast.transports.event_loop import new_loop
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes

Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.new_event_loop, new_loop], ids=["asyncio", "ours"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine on either event loop, for at most 20 seconds."""

    def run_within(play: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.wait_for(play, 20))

    return run_within


async def first(room: AsyncRoom, count: int) -> list[LogEntry]:
    """The next so many entries."""
    return [await anext(room) for _ in range(count)]


async def until(room: AsyncRoom, condition: Callable[[], object]) -> None:
    """Run what comes until the condition holds."""
    while not condition():
        await anext(room)


def test_entries_come_in_order_each_after_its_functions_have_run(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address(), name="red") as red,
            roomcast.connect(server.address(), name="blue") as blue,
        ):
            ran: list[Any] = []

            @red.everywhere
            def move(player: Player, dx: int, dy: int = 0) -> None:
                ran.append((player.id, dx, dy))

            red.on("join")(lambda player: ran.append(player.id))
            red.on("set")(lambda player, patch: ran.append(patch))
            started = time.time()
            move(5)
            await until(blue, lambda: blue.seq == 3)  # so that red's is before those of blue
            blue.send("move", 1, 2)
            blue.me["x"] = 3
            blue.send("nobody_listens", colour="navy")

            entries = []
            async for entry in red:
                entries.append((entry.kind, entry.player.id, len(ran)))
                assert entry.seq == red.seq
                assert started - 60 < entry.at < time.time() + 60
                if entry.command == "nobody_listens":
                    assert (entry.args, entry.kwargs) == ((), {"colour": "navy"})
                    break
            assert [kind for kind, *_ in entries] == ["join", "do", "do", "set", "do"]
            assert ran[:2] == ["red", "blue"]  # red was there before blue's join, the first entry
            assert ran[2:] == [("red", 5, 0), ("blue", 1, 2), {"x": 3}]
            assert [so_far for *_, so_far in entries] == [2, 3, 4, 5, 5]
            assert red.players["blue"]["x"] == 3
            assert red.players["blue"] is entry.player

    run(play())


def test_coroutine_functions_are_awaited_before_the_next_entry(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            ran: list[str] = []

            @red.everywhere
            async def step(number: int) -> None:
                ran.append(f"begin {number}")
                await asyncio.sleep(0.01)
                ran.append(f"end {number}")

            @red.on("step")
            def after(number: int) -> None:
                ran.append(f"after {number}")

            for number in range(3):
                step(number)
            await first(red, 3)
            assert ran == [f"{what} {number}" for number in range(3) for what in ("begin", "end", "after")]

    run(play())


def test_an_exception_comes_out_of_the_iteration_and_nothing_that_waits_is_lost(
    run: Run, server: RunningServer
) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            ran: list[str] = []

            @red.on("step")
            async def one(number: int) -> None:
                ran.append(f"one {number}")
                if number == 1:
                    raise ZeroDivisionError("in the program")

            @red.on("step")
            def two(number: int) -> None:
                ran.append(f"two {number}")

            for number in range(3):
                red.send("step", number)
            entries: list[LogEntry] = []
            with pytest.raises(ZeroDivisionError, match="in the program"):
                entries += [entry async for entry in red]
            assert ran == ["one 0", "two 0", "one 1"]
            entries = await first(red, 2)
            assert [entry.args for entry in entries] == [(1,), (2,)]
            assert ran == ["one 0", "two 0", "one 1", "two 1", "one 2", "two 2"]

    run(play())


def test_sending_from_many_tasks_loses_nothing(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address(), name="red") as red,
            roomcast.connect(server.address(), name="blue") as blue,
        ):
            heard: list[tuple[int, int]] = []
            blue.on("count")(lambda task, number: heard.append((task, number)))

            async def count(task: int) -> None:
                for number in range(200):
                    red.send("count", task, number)
                    if number % 10 == 0:
                        await asyncio.sleep(0)

            async with asyncio.TaskGroup() as tasks:
                for task in range(8):
                    tasks.create_task(count(task))
                await until(blue, lambda: len(heard) == 1600)
            for task in range(8):
                assert [number for who, number in heard if who == task] == list(range(200))
            while red.unacknowledged:
                await anext(red)

    run(play())


def test_two_rooms_in_one_loop_do_not_mix(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address("one"), name="red") as one,
            roomcast.connect(server.address("two"), name="red") as two,
        ):

            async def pass_on(here: AsyncRoom, there: AsyncRoom, until_number: int) -> list[int]:
                numbers = []
                async for entry in here:
                    if entry.kind == "do":
                        number = int(entry.args[0])
                        numbers.append(number)
                        there.send("ball", number + 1)
                        if number >= until_number:
                            break
                return numbers

            one.send("ball", 0)
            in_one, in_two = await asyncio.gather(pass_on(one, two, 20), pass_on(two, one, 19))
            assert in_one == list(range(0, 21, 2))
            assert in_two == list(range(1, 20, 2))

    run(play())


def test_leaving_waits_for_what_was_sent_and_then_the_iteration_ends(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address(), name="blue") as blue,
            roomcast.connect(server.address(), name="red") as red,
        ):
            heard = notes(blue, "count", "leave", "away")
            for number in range(300):
                red.send("count", number)
            await red.leave()
            await red.leave()  # once more does nothing
            assert red.unacknowledged == 0
            entries = [entry.args[0] async for entry in red if entry.kind == "do"]
            assert entries == list(range(300))
            assert red.closed
            with pytest.raises(roomcast.RoomClosed, match="this program left"):
                red.send("step")
            await until(blue, lambda: len(heard) == 301)
            assert heard == [*(("count", "red", number) for number in range(300)), ("leave", "red")]

    run(play())


def test_the_block_ends_when_the_room_is_left_for_good_whoever_left_it(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            leaving = asyncio.create_task(red.leave())
            async for _ in red:
                pass
        assert leaving.done()
        assert red._network is not None
        assert not red._network.connected

    run(play())


def test_a_room_that_was_left_is_not_entered_again(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        room = roomcast.connect(server.address())
        async with room:
            pass
        with pytest.raises(roomcast.CannotConnect, match="left the room"):
            await room.__aenter__()
        await room.leave()

    run(play())


def test_who_is_sent_away_gets_room_closed_from_the_iteration(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            closed = notes(red, "closed")
            hello = {"session": red._core._secret, "seen": red.seq}
            async with websocket(f"ws://127.0.0.1:{server.port}") as thief:
                await thief.send(str({"t": "hello", "room": "dots", "resume": hello}).replace("'", '"'))
                for _ in range(2):  # and every time after that
                    with pytest.raises(roomcast.RoomClosed, match="connected anew from elsewhere"):
                        async for _ in red:
                            pass
            assert closed == [("closed", "this session has connected anew from elsewhere")]
            with pytest.raises(roomcast.RoomClosed, match="connected anew from elsewhere"):
                red.send("step")

    run(play())


def test_a_lost_connection_comes_back_and_nothing_is_lost(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(f"127.0.0.1:{dam.port}/dots", name="red") as red:
            felt = notes(red, "offline", "resumed", "error", "step")
            dam.cut()
            red.send("step", 1)
            dam.mend()
            await until(red, lambda: ("step", "red", 1) in felt)
            assert [what[0] for what in felt] == ["offline", "resumed", "step"]

    with Dam(server.port) as dam:
        run(play())


def test_a_room_must_be_entered_first(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        room = roomcast.connect(server.address(), name="red")
        for attempt in (lambda: room.send("step"), lambda: room.state.update(x=1)):
            with pytest.raises(roomcast.RoomClosed, match="enter the room 'dots' first: async with"):
                attempt()
        with pytest.raises(roomcast.RoomClosed, match="enter the room 'dots' first: async with"):
            await anext(room)
        async with room:  # none of it did any harm
            room.send("step")
            assert (await anext(room)).command == "step"

    run(play())


def test_waiting_can_be_cancelled_and_taken_up_again(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="red") as red:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(red)
            red.send("step", 1)
            assert (await anext(red)).args == (1,)

    run(play())


def test_an_exception_in_the_block_leaves_the_room(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with roomcast.connect(server.address(), name="blue") as blue:
            seen = notes(blue, "leave", "away")
            with pytest.raises(ZeroDivisionError):
                async with roomcast.connect(server.address(), name="red"):
                    raise ZeroDivisionError
            await until(blue, lambda: seen)
            assert seen == [("leave", "red")]

    run(play())


def test_both_clients_have_the_same_names() -> None:
    game = {name for name in dir(roomcast.Room) if not name.startswith("_")}
    aio = {name for name in dir(AsyncRoom) if not name.startswith("_")}
    assert game - aio == {"attach", "pump"}
    assert aio - game == set()


def test_sums_claims_and_swaps_are_entries_with_what_they_changed(run: Run, server: RunningServer) -> None:
    async def play() -> None:
        async with (
            roomcast.connect(server.address("sums"), name="red") as red,
            roomcast.connect(server.address("sums"), name="blue") as blue,
        ):
            heard = notes(red, "set")
            for room in (red, blue):
                room.state.add("total", 2.5)
                room.me.add("score", 1)
                room.state.claim("coin", room.me.id)
                room.state.compare_and_set("turn", None, room.me.id)
                await until(room, lambda room=room: "turn" in room.state)
            blue.state.compare_and_set("turn", "red", None)
            entries: list[LogEntry] = []
            async for entry in red:
                entries.append(entry)
                if entry.patch == {"turn": None}:
                    break
            assert red.state["total"] == 5
            assert (red.state["coin"], "turn" in red.state) == ("red", False)
            assert red.players["blue"]["score"] == 1
            assert [(entry.of, entry.patch) for entry in entries if entry.kind == "set"] == [
                ("room", {"total": 5}),
                ("me", {"score": 1}),
                ("room", {}),
                ("room", {}),
                ("room", {"turn": None}),
            ]
            assert {} not in [patch for _, _, patch in heard], "what changed nothing calls no function"

    run(play())
