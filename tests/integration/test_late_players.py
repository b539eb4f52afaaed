"""Who comes late runs what was before: from the beginning, or from the oldest place that the room keeps."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

import roomcast
from roomcast import BadArgument
from roomcast.core.room.worlds import Worlds
from roomcast.core.server.accounts import Account
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.js.node import HERE, needs_node, run
from tests.waiting import wait_for

Start = Callable[..., RunningServer]


def test_who_comes_late_and_sees_nothing_of_it_is_told_once(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "roomcast.hints")
    with roomcast.join(server.address(), name="red") as red:
        dots_of(red)
        red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
        for replay in (False, True):
            with roomcast.join(server.address(), name="green", replay=replay) as green:
                dots_of(green)
                pump_until(lambda: green.me in green.players, green)
                green.pump()
    (told,) = [one.getMessage() for one in caplog.records if one.name == "roomcast.hints.late"]
    assert "there was one call in the room 'dots', of which it sees nothing" in told
    assert "replay=True" in told


@pytest.mark.parametrize("kept", [20, 1000])
def test_who_wants_all_from_the_beginning_is_told_where_the_room_has_forgotten_that(
    start_server: Start, caplog: pytest.LogCaptureFixture, kept: int
) -> None:
    server = start_server(kept_entries=kept)
    with roomcast.join(server.address(), name="red") as red:
        dots_of(red)
        for _ in range(200):
            red.send("move", 1, 1)
        red.state["level"] = 3  # shared state is there: what the functions have made is not
        pump_until(lambda: red.state.get("level") == 3, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            pump_until(lambda: green.me in green.players, green)
            green.pump()
            told = [one for one in caplog.records if one.name == "roomcast.hints.late"]
            if kept == 1000:
                assert (late["red"], told) == ([200, 200], [])
            else:
                assert late["red"] != [200, 200]
                assert [one.levelname for one in told] == ["WARNING"]
                assert "the room 'dots' has forgotten its first " in told[0].getMessage()


def dots_of(room: Any) -> dict[str, list[int]]:
    """A first game: everyone has a dot, which everyone moves."""
    dots: dict[str, list[int]] = {}

    @room.on("join")
    def joined(player: roomcast.Player) -> None:
        dots[player.id] = [0, 0]

    @room.on("leave")
    def left(player: roomcast.Player) -> None:
        del dots[player.id]

    @room.command("move")
    def move(player: roomcast.Player, dx: int, dy: int) -> None:
        dots[player.id][0] += dx
        dots[player.id][1] += dy

    return dots


def test_a_late_player_runs_all_that_happened_in_the_one_order(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        dots = dots_of(red)
        with roomcast.join(server.address(), name="blue") as blue:
            blue.send("move", 7, 7)
        for step in range(100):
            red.send("move", step, 1)
        red.me["colour"] = "red"
        red.state["level"] = 3
        pump_until(lambda: red.state.get("level") == 3, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            seen = notes(green, "join", "leave", "set")
            assert (green.seq, len(green.players), dict(green.state)) == (0, 0, {})
            assert green.me.id == "green"
            pump_until(lambda: green.me in green.players and green.seq == red.seq, red, green)
            assert late == dots == {"red": [4950, 100], "green": [0, 0]}
            assert seen == [
                ("join", "red"),
                ("join", "blue"),
                ("leave", "blue"),
                ("set", "red", {"colour": "red"}),
                ("set", "red", {"level": 3}),
                ("join", "green"),
            ]
            assert (green.players["red"]["colour"], green.state["level"]) == ("red", 3)


def test_what_it_sends_meanwhile_comes_back_as_ever(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        for step in range(500):
            red.send("move", step, 0)
        pump_until(lambda: not red.unacknowledged, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            late = dots_of(green)
            green.send("move", 1, 2)
            pump_until(lambda: not green.unacknowledged and late.get("green") == [1, 2], green)
            assert late["red"] == [sum(range(500)), 0]


@needs_node
def test_the_asyncio_client_and_a_page_do_so_too(server: RunningServer) -> None:
    async def late(at: str) -> dict[str, list[int]]:
        async with roomcast.connect(at, name="green", replay=True) as green:
            dots = dots_of(green)
            async for entry in green:
                if entry.kind == "join" and entry.player == green.me:
                    return dots
        raise AssertionError("the room was left")

    with roomcast.join(server.address(), name="red") as red:
        for _ in range(20):
            red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
        assert asyncio.run(late(server.address())) == {"red": [20, 20], "green": [0, 0]}
        printed = run("node", HERE / "late_player.mjs", server.address())
        assert printed == '{"red":[20,20],"page":[0,0]}\n'
        printed, told = run("node", HERE / "late_player.mjs", server.address(), "now").splitlines()
        assert "there were 20 calls in the room 'dots', of which it sees nothing" in told
        assert printed == '{"red":[0,0],"page":[0,0]}'


def test_one_whose_session_is_forgotten_runs_all_again(start_server: Start) -> None:
    server = start_server(resume_window=0.01, seat_kept=0.01)
    with roomcast.join(server.address(), name="red", replay=True) as red:
        dots = dots_of(red)
        red.send("move", 1, 1)
        pump_until(lambda: dots == {"red": [1, 1]}, red)
        lost = notes(red, "lost")
        port = server.port
        server.stop()
        start_server(port=port)
        pump_until(lambda: lost and red.me in red.players, red)
        assert dots == {"red": [0, 0]}  # of the new room, which nobody has moved in


def test_of_a_long_log_it_runs_what_is_kept_with_the_state_of_that_place(start_server: Start) -> None:
    server = start_server(kept_entries=80)
    with roomcast.join(server.address(), name="red") as red:
        for step in range(500):
            red.state["step"] = step
            red.send("at", step)
            pump_until(lambda: not red.unacknowledged, red)
        with roomcast.join(server.address(), name="green", replay=True) as green:
            assert 1000 - 88 <= green.seq <= 1000 - 60
            first = green.state["step"]
            steps: list[tuple[int, int]] = []
            green.command("at")(lambda player, step: steps.append((step, green.state["step"])))
            pump_until(lambda: green.me in green.players, green)
            assert [one for one, _ in steps][-1] == 499
            assert steps == [(step, step) for step in range(steps[0][0], 500)]
            assert steps[0][0] in (first, first + 1)


@pytest.mark.parametrize("given", ["yes", 1, None])
def test_replay_is_true_or_false(server: RunningServer, given: Any) -> None:
    with pytest.raises(BadArgument, match="replay= is True or False, not"):
        roomcast.join(server.address(), replay=given)
    with pytest.raises(BadArgument, match="replay= is True or False, not"):
        roomcast.connect(server.address(), replay=given)


def test_the_log_that_a_newcomer_is_sent_is_charged_to_its_address(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    with roomcast.join(server.address(), name="red") as red:
        for _ in range(100):
            red.send("say", "x" * 10_000)
        pump_until(lambda: not red.unacknowledged, red)
        charged: list[float] = []
        charge = Account.charge
        monkeypatch.setattr(Account, "charge", lambda *args: charged.append(args[1]) or charge(*args))
        with roomcast.join(server.address(), name="green", replay=True) as green:
            pump_until(lambda: green.me in green.players, green)
            wait_for(lambda: sum(charged) > 0.002 * 1_000_000, what="the million bytes are charged")


def test_a_room_that_opens_again_is_run_as_far_as_it_was_kept(start_server: Start, tmp_path: Any) -> None:
    server = start_server(keep=tmp_path / "rooms.db")
    with roomcast.join(server.address(), name="red") as red:
        for _ in range(30):
            red.send("move", 1, 1)
        pump_until(lambda: not red.unacknowledged, red)
    server.stop()
    again = start_server(keep=tmp_path / "rooms.db")
    with roomcast.join(again.address(), name="green", replay=True) as green:
        moved: list[int] = []
        green.command("move")(lambda player, dx, dy: moved.append(dx))
        pump_until(lambda: green.me in green.players, green)
        assert moved == [1] * 30


class Marbles:
    """A program whose own state is nowhere else: what has been rolled, and by whom."""

    def __init__(self, room: Any) -> None:
        self.room = room
        self.rolled: dict[str, int] = {}
        self.loads = 0
        self.joined: list[str] = []
        room.on("join")(self.on_join)
        room.command("roll")(self.roll)
        world = room.world(lambda: {"rolled": self.rolled})
        world.load(self.load)

    def on_join(self, player: roomcast.Player) -> None:
        self.joined.append(player.id)
        self.rolled[player.id] = 0

    def roll(self, player: roomcast.Player, by: int) -> None:
        self.rolled[player.id] += by

    def load(self, saved: Any) -> None:
        self.loads += 1
        self.rolled.clear()
        self.rolled.update(saved["rolled"])


def world_of(server: RunningServer) -> Any:
    return server.ask(lambda: server.directory.rooms["dots"]._worlds.newest)


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


def with_world(server: RunningServer, *rooms: roomcast.Room) -> None:
    """Let the room have a world of now, from the programs that are there."""

    def there() -> bool:
        server.ask(lambda: setattr(server.directory.rooms["dots"]._worlds, "_asked_at", -1e9))
        world = world_of(server)
        return world is not None and world.seq == rooms[0].seq

    pump_until(there, *rooms, what="the room has a world")


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


@contextmanager
def without_asking() -> Iterator[None]:
    """Meanwhile, no room asks for its world, so none is kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worlds, "mark", lambda worlds, point: None)
        yield


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


def with_world_asked(server: RunningServer, *rooms: roomcast.Room) -> None:
    """Let the room ask once, and judge."""
    worlds = server.ask(lambda: server.directory.rooms["dots"]._worlds)
    rooms[0].send("roll", 0)
    before = worlds._turn, worlds._asked_at
    server.ask(lambda: setattr(worlds, "_asked_at", -1e9))
    pump_until(lambda: worlds._asked_at > 0 and worlds._question is None, *rooms, what=f"asked again: {before}")


class Clockwork(Marbles):
    """With timers that go on: one that ticks, and bombs."""

    def __init__(self, room: Any) -> None:
        self.ticks: list[float] = []
        self.exploded: list[tuple[str, str, list[int]]] = []
        super().__init__(room)
        room.world(lambda: {"rolled": self.rolled, "ticks": self.ticks, "exploded": self.exploded})
        room.timer(self.tick)
        room.timer(self.explode)
        room.command("start")(lambda player: room.every(0.05, self.tick))
        room.command("light")(lambda player, seconds: room.after(seconds, self.explode, player, "boom", [1, 2]))

    def tick(self) -> None:
        self.ticks.append(self.room.time)
        self.rolled["dice"] = self.room.random.randint(1, 10**9)

    def explode(self, player: roomcast.Player, sound: str, what: list[int]) -> None:
        self.exploded.append((player.id, sound, what))

    def load(self, saved: Any) -> None:
        super().load(saved)
        self.ticks[:] = saved["ticks"]
        self.exploded[:] = [tuple(one) for one in saved["exploded"]]

    @property
    def all(self) -> Any:
        return self.rolled, self.ticks, self.exploded


def test_timers_that_wait_go_on_at_the_newcomer_too(server: RunningServer, often: None) -> None:
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        first, second = Clockwork(red), Clockwork(blue)
        red.send("start")
        red.send("light", 0.3)
        red.send("light", 1.2)
        pump_until(lambda: len(first.ticks) > 10 and first.exploded, red, blue)
        with_world(server, red, blue)
        with roomcast.join(server.address(), name="green") as green:
            late = Clockwork(green)
            everyone = [first, second, late]
            pump_until(lambda: all(len(one.exploded) == 2 for one in everyone), red, blue, green)
            assert late.loads == 1
            assert late.exploded == first.exploded == [("red", "boom", [1, 2])] * 2
            red.send("roll", 1)
            pump_until(lambda: red.seq == blue.seq == green.seq, red, blue, green)
            count = min(len(one.ticks) for one in everyone)
            assert first.ticks[:count] == second.ticks[:count] == late.ticks[:count]
            assert count > 20


class Alarms(Marbles):
    """Sets an alarm, and keeps its id: whoever is there can stop it."""

    def __init__(self, room: Any) -> None:
        self.alarm = 0
        self.rung = 0
        super().__init__(room)
        room.world(lambda: {"rolled": self.rolled, "alarm": self.alarm, "rung": self.rung})
        room.command("start")(self.start)
        room.command("stop")(lambda: room.timers[self.alarm].cancel())
        room.timer(self.ring)

    def start(self) -> None:
        self.alarm = self.room.every(0.05, self.ring).id

    def ring(self) -> None:
        self.rung += 1

    def load(self, saved: Any) -> None:
        super().load(saved)
        self.alarm, self.rung = saved["alarm"], saved["rung"]
        assert self.room.timers[self.alarm].function == "ring"


def test_a_newcomer_cancels_a_timer_that_came_with_the_world(server: RunningServer, often: None) -> None:
    with roomcast.join(server.address(), name="red") as red, roomcast.join(server.address(), name="blue") as blue:
        first, second = Alarms(red), Alarms(blue)
        red.send("start")
        pump_until(lambda: first.rung > 2, red, blue)
        with_world(server, red, blue)
        with roomcast.join(server.address(), name="green") as green:
            late = Alarms(green)
            pump_until(lambda: late.rung > first.rung - 1 > 4, red, blue, green)
            assert late.loads == 1
            assert green.timers.keys() == red.timers.keys() == {first.alarm}
            green.send("stop")
            pump_until(lambda: not green.unacknowledged and red.seq == blue.seq == green.seq, red, blue, green)
            assert not green.timers
            assert late.rung == first.rung == second.rung


def test_a_program_for_asyncio_cancels_one_as_well(server: RunningServer, often: None) -> None:
    async def stops(at: str) -> tuple[Alarms, int]:
        async with roomcast.connect(at, name="green") as green:
            late = Alarms(green)
            green.send("stop")
            async for entry in green:
                if entry.command == "stop":
                    return late, len(green.timers)
        raise AssertionError("the room was left")

    with roomcast.join(server.address(), name="red") as red:
        alone = Alarms(red)
        red.send("start")
        pump_until(lambda: alone.rung > 2, red)
        with_world(server, red)
    late, waiting = asyncio.run(stops(server.address()))
    assert (late.loads, late.alarm, waiting) == (1, alone.alarm, 0)


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
