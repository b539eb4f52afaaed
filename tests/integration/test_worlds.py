"""Who comes late begins with the world: the programs' own state, which one of them has saved."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

import roomcast
from roomcast import BadArgument
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.integration.world_programs import Marbles, with_world, with_world_asked, without_asking, world_of

Start = Callable[..., RunningServer]


def test_a_newcomer_begins_with_the_world_and_what_came_after_it(start_server: Start, often: None) -> None:
    server = start_server(kept_entries=400)
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        first, second = Marbles(red), Marbles(blue)
        for by in range(2000):
            red.send("roll", by)
            if by % 20 == 0:
                pump_until(lambda: not red.unacknowledged, red, blue)
        pump_until(lambda: not red.unacknowledged and red.seq == blue.seq, red, blue)
        assert first.rolled == second.rolled == {"red": sum(range(2000)), "blue": 0}
        assert first.loads == second.loads == 0
        with roomcast.join(server.address(), name="green") as green:
            late = Marbles(green)
            pump_until(lambda: green.me in green.players and green.seq == red.seq == blue.seq, red, blue, green)
            assert late.loads == 1
            assert late.joined in (["green"], [])  # none, where it is in the world already
            assert late.rolled == first.rolled | {"green": 0} == second.rolled
            assert [one.id for one in green.players] == [one.id for one in red.players]


def test_the_world_of_a_player_who_was_alone_is_there_for_the_next(server: RunningServer, often: None) -> None:
    with roomcast.join(server.address(), name="red") as red:
        Marbles(red)
        red.send("roll", 7)
        pump_until(lambda: not red.unacknowledged, red)
        with_world(server, red)
        red.send("roll", 1)
        pump_until(lambda: not red.unacknowledged, red)
    with roomcast.join(server.address(), name="green") as green:
        late = Marbles(green)
        pump_until(lambda: green.me in green.players, green)
        assert (late.loads, late.rolled) == (1, {"red": 8, "green": 0})


def test_a_room_that_was_kept_opens_with_its_world(start_server: Start, tmp_path: Any, often: None) -> None:
    server = start_server(keep=tmp_path / "rooms.db", kept_entries=20)
    with roomcast.join(server.address(), name="red") as red:
        Marbles(red)
        for by in range(100):
            red.send("roll", by)
        pump_until(lambda: not red.unacknowledged, red)
        with_world(server, red)
        red.send("roll", 1)
        pump_until(lambda: not red.unacknowledged, red)
    server.stop()
    again = start_server(keep=tmp_path / "rooms.db", kept_entries=20)
    with roomcast.join(again.address(), name="green") as green:
        late = Marbles(green)
        pump_until(lambda: green.me in green.players, green)
        assert late.loads == 1
        assert late.rolled["red"] == sum(range(100)) + 1


def test_after_a_restart_newcomers_begin_with_the_world_of_one_who_stayed(start_server: Start, tmp_path: Any) -> None:
    settings = {"keep": tmp_path / "rooms.db", "kept_entries": 20}
    server = start_server(**settings)
    with roomcast.join(server.address(), name="red") as red:
        stayed = Marbles(red)
        back = notes(red, "resumed", "lost")
        with without_asking():
            for by in range(100):
                red.send("roll", by)
            pump_until(lambda: not red.unacknowledged, red)
            assert world_of(server) is None
            port = server.port
            server.stop()
        again = start_server(port=port, **settings)
        pump_until(lambda: bool(back), red)
        assert [what for what, _ in back] == ["resumed"]
        with roomcast.join(again.address(), name="green") as green:
            late = Marbles(green)
            pump_until(lambda: green.me in green.players and green.seq == red.seq, red, green)
            assert late.loads == 1
            assert late.rolled == stayed.rolled == {"red": sum(range(100)), "green": 0}


def test_one_who_skips_goes_on_with_the_world(start_server: Start, often: None) -> None:
    server = start_server(kept_entries=60)
    with roomcast.join(server.address(), name="red") as red, Dam(server.port) as dam:
        Marbles(red)
        with roomcast.join(f"127.0.0.1:{dam.port}/dots", name="blue") as blue:
            away = Marbles(blue)
            pump_until(lambda: not blue._core.holding and blue.seq == red.seq >= 2, red, blue)
            before = away.loads
            dam.cut()
            for by in range(300):
                red.send("roll", by)
                if by % 10 == 0:
                    pump_until(lambda: not red.unacknowledged, red)
            dam.mend()
            pump_until(lambda: away.rolled.get("red") == sum(range(300)), red, blue)
            assert away.loads == before + 1


def test_the_answer_is_lost_with_the_connection(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red, Dam(server.port) as dam:
        Marbles(red)
        red.send("roll", 5)
        pump_until(lambda: not red.unacknowledged, red)
        with roomcast.join(f"127.0.0.1:{dam.port}/dots", name="blue") as blue:
            dam.hold()
            late = Marbles(blue)
            dam.cut()
            dam.release()
            dam.mend()
            pump_until(lambda: late.rolled == {"red": 5, "blue": 0}, red, blue)


def test_a_false_world_is_named_and_harms_nobody(server: RunningServer, often: None) -> None:
    with ExitStack() as stack:
        rooms = [stack.enter_context(roomcast.join(server.address(), name=name)) for name in ("a", "b", "mallory")]
        programs = [Marbles(room) for room in rooms]
        told = notes(rooms[0], "desync")
        rooms[0].send("roll", 5)
        pump_until(lambda: all(one.rolled == {"a": 5, "b": 0, "mallory": 0} for one in programs), *rooms)
        rooms[2].world(lambda: {"rolled": {"a": -1, "b": -1, "mallory": 10**6}})
        for _ in range(4):  # each is the one who sends all of it
            with_world_asked(server, *rooms)
        pump_until(lambda: bool(told), *rooms)
        ((_, seq, who),) = told
        assert [one.id for one in who] == ["mallory"]
        assert seq <= rooms[0].seq
        with_world(server, rooms[0], rooms[1], rooms[2])
        late_room = stack.enter_context(roomcast.join(server.address(), name="late"))
        late = Marbles(late_room)
        pump_until(lambda: late_room.me in late_room.players, late_room, *rooms)
        assert late.rolled == {"a": 5, "b": 0, "mallory": 0, "late": 0}


def test_a_room_that_begins_anew_gives_the_world_before_anything_happened(start_server: Start) -> None:
    server = start_server()
    with roomcast.join(server.address(), name="red") as red:
        program = Marbles(red)
        red.send("roll", 5)
        pump_until(lambda: program.rolled == {"red": 5}, red)
        port = server.port
        server.stop()
        start_server(port=port)
        lost = notes(red, "lost")
        pump_until(lambda: lost and program.rolled == {"red": 0}, red)
        assert program.loads == 1


@pytest.mark.parametrize(
    ("save", "why"),
    [
        (lambda: {"dots": {1, 2}}, "the world"),
        (lambda: {"dots": float("nan")}, "the world"),
        (lambda: "x" * 3_000_000, "world-size"),
    ],
)
def test_a_state_that_cannot_be_kept_is_said_and_the_game_goes_on(
    server: RunningServer, often: None, save: Callable[[], Any], why: str
) -> None:
    with roomcast.join(server.address(), name="red") as red:
        red.world(dict).load(print)
        red.world(save)
        errors: list[str] = []
        red.on("error")(lambda error: errors.append(error.message))
        rolled = notes(red, "roll")
        with_world_asked(server, red)
        pump_until(lambda: errors and rolled, red)
        assert why in errors[0]


def test_the_functions_come_before_the_first_pump(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        red.pump()
        red.on("join")(print)
        red.pump()
        with pytest.raises(BadArgument, match="before the first pump"):
            red.world(dict)


def test_a_world_that_nothing_loads_is_said(start_server: Start, often: None) -> None:
    server = start_server(kept_entries=20)
    with roomcast.join(server.address(), name="red") as red:
        Marbles(red)
        for by in range(100):
            red.send("roll", by)
            pump_until(lambda: not red.unacknowledged, red)
        with_world(server, red)
        with roomcast.join(server.address(), name="green") as green:
            green.world(dict)
            with pytest.raises(BadArgument, match=r"@world\.load"):
                pump_until(lambda: False, green)
