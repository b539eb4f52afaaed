"""Who begins with the world goes on with the timers that wait in it."""

import asyncio
from typing import Any

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.rooms import pump_until
from tests.integration.world_programs import Clockwork, Marbles, with_world


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
