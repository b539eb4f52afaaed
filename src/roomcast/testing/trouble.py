"""Chance chooses what goes wrong, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from roomcast.testing.network import Weather
from roomcast.testing.simulated_room import SimulatedRoom

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation

_OfARoom: TypeAlias = Callable[[SimulatedRoom], object]
_OfAll: TypeAlias = Callable[[], object]


class Trouble:
    """Lets faults happen to a simulation at random moments: to the network, the programs, the server, its disk."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._chance = chance = simulation.chance
        faults = simulation.faults
        seconds = self._seconds
        self._of_a_room: list[_OfARoom] = [
            faults.drop,
            faults.drop,
            faults.silence,
            lambda room: faults.hold_up(room, seconds()),
            lambda room: faults.read_slowly(room, chance.random(), seconds() * 2),
            lambda room: faults.stop_reading(room, seconds() * 2),
            lambda room: faults.hang(room, seconds() * 2),
            lambda room: faults.sleep(room, seconds() * 2, clock_stands=chance.random() < 0.5),
        ]
        self._of_all: list[_OfAll] = [
            lambda: faults.crash_server(seconds()),
            lambda: faults.crash_server(seconds(), power=True),
            lambda: faults.restart_server(seconds()),
            lambda: faults.sleep_server(seconds(), clock_stands=chance.random() < 0.5),
            lambda: faults.set_wall_clock(chance.uniform(-5000, 5000)),
            lambda: faults.fail_disk(seconds()),
            lambda: faults.slow_disk((0.0, 2 * chance.random()), seconds()),
            lambda: faults.weather(weather(simulation)),
            lambda: faults.outage(seconds()),
        ]

    def one(self) -> None:
        """Let one thing go wrong, now."""
        present = [room for room in self._simulation.present if room.machine.awake]
        if present and self._chance.random() < 0.6:
            self._chance.choice(self._of_a_room)(self._chance.choice(present))
        else:
            self._chance.choice(self._of_all)()

    def _seconds(self) -> float:
        """How long something takes: mostly little, sometimes longer than a server's patience."""
        return float(0.05 * 600 ** self._chance.random())  # up to 30


def weather(simulation: Simulation) -> Weather:
    """Some weather, of those that there are."""
    chance = simulation.chance
    fast = 0.0005 * 100 ** chance.random()
    slow = fast * (1 + 20 * chance.random() ** 3)
    return Weather((fast, slow), chance.choice((0, 0, 3, 40, 500)), chance.choice((300, 2000, 65536, 65536)))
