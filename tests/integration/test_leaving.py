"""Ways to leave a room: on purpose, by ending, by being killed."""

import asyncio
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast import Room
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.programs import Program
from tests.waiting import wait_for

CHILD = Path(__file__).with_name("child.py")

Enter = Callable[..., Room]


def child(server: RunningServer, *words: str) -> Program:
    return Program(CHILD, server.address(), "child", *words)


def test_leaving_waits_for_what_was_sent(server: RunningServer, enter: Enter) -> None:
    red = enter("red")
    heard = notes(red, "count", "leave")
    blue = roomcast.join(server.address(), name="blue")
    for number in range(1000):
        blue.send("count", number)
    blue.leave()
    assert blue.unacknowledged == 0
    pump_until(lambda: ("leave", "blue") in heard, red)
    assert heard == [*(("count", "blue", number) for number in range(1000)), ("leave", "blue")]


def test_with_leaves_at_its_end_even_after_an_exception(server: RunningServer, enter: Enter) -> None:
    red = enter("red")
    heard = notes(red, "leave", "away")
    with pytest.raises(ZeroDivisionError), roomcast.join(server.address(), name="blue"):
        raise ZeroDivisionError("in the game")
    pump_until(lambda: heard, red)
    assert heard == [("leave", "blue")]


def test_who_has_left_can_send_no_more(server: RunningServer) -> None:
    room = roomcast.join(server.address())
    act = room.everywhere(_act)
    assert not room.closed
    room.leave()
    room.leave()  # once more does nothing
    assert room.closed
    for attempt in (
        lambda: room.send("step"),
        act,
        lambda: room.me.update(x=1),
        lambda: room.state.update(x=1),
    ):
        with pytest.raises(roomcast.RoomClosed, match=r"the room 'dots' is over .* this program left"):
            attempt()
    assert room.pump(wait=10) >= 0  # at once: there is nothing to wait for
    with pytest.raises(ConnectionError):
        room.send("step")


def _act() -> None:
    pass


def test_what_had_arrived_can_still_be_run_after_leaving(server: RunningServer) -> None:
    room = roomcast.join(server.address(), name="red")
    heard = notes(room, "step", "closed")
    room.send("step")
    room.leave()
    room.pump()
    assert heard == [("step", "red"), ("closed", "this program left the room")]


def test_a_room_may_be_left_inside_a_callback_and_from_another_thread(server: RunningServer) -> None:
    one, two = (roomcast.join(server.address(), name=name) for name in ("one", "two"))
    one.on("step")(one.leave)
    two.send("step")
    pump_until(lambda: one.closed, one)
    leavers = [threading.Thread(target=two.leave) for _ in range(3)]
    for leaver in leavers:
        leaver.start()
    for leaver in leavers:
        leaver.join()
    assert two.closed


def test_the_network_thread_ends_with_the_room(server: RunningServer) -> None:
    room = roomcast.join(server.address("threads"))
    assert "roomcast threads" in (thread.name for thread in threading.enumerate())
    room.leave()
    assert "roomcast threads" not in (thread.name for thread in threading.enumerate())


def test_an_empty_room_goes_after_its_grace(often: None, start_server: Callable[..., RunningServer]) -> None:
    server = start_server(empty_room=0.2)
    with roomcast.join(server.address()) as room:
        room.state["level"] = 3
        pump_until(lambda: "level" in room.state, room)
    with roomcast.join(server.address()) as room:  # within the grace it is the same room
        assert room.state["level"] == 3
    wait_for(lambda: not server.ask(lambda: len(server.directory.rooms)), what="the room goes")
    with roomcast.join(server.address()) as room:
        assert len(room.state) == 0


# ---------------------------------------------------------------- real programs, really ended


@pytest.mark.parametrize(("how", "code"), [("returns", 0), ("exits", 3), ("fails", 1)])
def test_a_program_that_simply_ends_leaves_cleanly_and_loses_nothing(
    server: RunningServer, enter: Enter, how: str, code: int
) -> None:
    red = enter("red")
    heard = notes(red, "say", "leave", "away")
    with child(server, how) as program:
        program.line("in as child")
        assert program.wait() == code
    pump_until(lambda: ("leave", "child") in heard, red)
    assert heard == [*(("say", "child", number) for number in range(100)), ("leave", "child")]


def test_ctrl_c_leaves_cleanly(server: RunningServer, enter: Enter) -> None:
    red = enter("red")
    heard = notes(red, "leave", "away")
    with child(server) as program:
        program.line("in as child")
        program.signal(signal.SIGINT)
        program.wait()
    pump_until(lambda: heard, red)
    assert heard == [("leave", "child")]


def test_who_leaves_a_room_in_full_flood_has_left_and_is_not_just_away(
    start_server: Callable[..., RunningServer],
) -> None:
    server = start_server(kept_bytes=2**30)  # on a busy machine red reads late, and must not skip a leave
    with roomcast.join(server.address(), name="red") as red, child(server, "hurries") as program:
        heard = notes(red, "leave", "away")

        def flood() -> bool:
            for _ in range(40 if red.unacknowledged < 400 else 0):
                red.send("draw", "x" * 60_000)
            red.pump()
            return len(heard) >= 30

        wait_for(flood, 60, "the child has come and gone thirty times")
        assert program.wait() == 0
        assert heard == [("leave", "child")] * 30


def test_a_killed_program_is_away_and_gone_when_its_seat_is_kept_no_longer(
    often: None, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server(seat_kept=0.3)
    with roomcast.join(server.address(), name="red") as red:
        heard = notes(red, "leave", "away", "join")
        with child(server) as program:
            program.line("in as child")
            pump_until(lambda: ("join", "child") in heard, red)
            player = red.players["child"]
            program.signal(signal.SIGKILL)
            program.wait()
        pump_until(lambda: ("away", "child") in heard, red)
        assert not player.here
        assert player in red.players
        pump_until(lambda: ("leave", "child") in heard, red)
        assert player not in red.players
        assert heard == [("join", "red"), ("join", "child"), ("away", "child"), ("leave", "child")]


def test_a_program_that_stands_still_is_away_until_it_goes_on(
    often: None, start_server: Callable[..., RunningServer]
) -> None:
    server = start_server(ping_every=0.2, silent_for=60.0)
    with roomcast.join(server.address(), name="red") as red, child(server) as program:
        heard = notes(red, "leave", "away", "back")
        program.line("in as child")
        program.signal(signal.SIGSTOP)
        server.set_limits(silent_for=1.0)
        pump_until(lambda: ("away", "child") in heard, red)
        server.set_limits(silent_for=60.0)
        red.send("say", "still there?")
        pump_until(lambda: red.unacknowledged == 0, red)
        program.signal(signal.SIGCONT)
        pump_until(lambda: ("back", "child") in heard, red)
        assert program.line("red: ") == "still there?"  # said while it stood still
        assert heard == [("away", "child"), ("back", "child")]


def test_an_asyncio_program_that_is_cancelled_leaves_cleanly(server: RunningServer, enter: Enter) -> None:
    red = enter("red")
    heard = notes(red, "leave", "away")

    async def play() -> None:
        entered = asyncio.Event()

        async def stay() -> None:
            async with roomcast.connect(server.address(), name="blue") as room:
                entered.set()
                async for _ in room:
                    pass

        task = asyncio.create_task(stay())
        await entered.wait()
        task.cancel()
        results: list[Any] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)

    asyncio.run(play())
    pump_until(lambda: heard, red)
    assert heard == [("leave", "blue")]
