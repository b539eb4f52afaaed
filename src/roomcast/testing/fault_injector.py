"""Chooses at random what goes wrong, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from roomcast.testing.faults import Faults
from roomcast.testing.network import Weather
from roomcast.testing.programs import Programs
from roomcast.testing.simulated_room import SimulatedRoom

_RoomFault: TypeAlias = Callable[[SimulatedRoom], object]
_GlobalFault: TypeAlias = Callable[[], object]


class FaultInjector:
    """Injects random faults into the network, the programs, the server and its disk."""

    def __init__(self, chance: Random, faults: Faults, programs: Programs) -> None:
        self._chance = chance
        self._programs = programs
        seconds = self._seconds
        self._room_faults: list[_RoomFault] = [
            faults.drop,
            faults.drop,
            faults.silence,
            lambda room: faults.hold_up(room, seconds()),
            lambda room: faults.read_slowly(room, chance.random(), seconds() * 2),
            lambda room: faults.stop_reading(room, seconds() * 2),
            lambda room: faults.hang(room, seconds() * 2),
            lambda room: faults.sleep(room, seconds() * 2, clock_stands=chance.random() < 0.5),
        ]
        self._global_faults: list[_GlobalFault] = [
            lambda: faults.crash_server(seconds()),
            lambda: faults.crash_server(seconds(), power=True),
            lambda: faults.restart_server(seconds()),
            lambda: faults.sleep_server(seconds(), clock_stands=chance.random() < 0.5),
            lambda: faults.set_wall_clock(chance.uniform(-5000, 5000)),
            lambda: faults.fail_disk(seconds()),
            lambda: faults.slow_disk((0.0, 2 * chance.random()), seconds()),
            lambda: faults.weather(random_weather(chance)),
            lambda: faults.outage(seconds()),
        ]

    def inject_one(self) -> None:
        """Inject one fault now."""
        present = [room for room in self._programs.present if room.machine.awake]
        if present and self._chance.random() < 0.6:
            self._chance.choice(self._room_faults)(self._chance.choice(present))
        else:
            self._chance.choice(self._global_faults)()

    def _seconds(self) -> float:
        """A duration: mostly short, sometimes longer than the server's timeouts."""
        return float(0.05 * 600 ** self._chance.random())  # up to 30


def random_weather(chance: Random) -> Weather:
    """Random network conditions, from fast to poor."""
    fast = 0.0005 * 100 ** chance.random()
    slow = fast * (1 + 20 * chance.random() ** 3)
    return Weather((fast, slow), chance.choice((0, 0, 3, 40, 500)), chance.choice((300, 2000, 65536, 65536)))
