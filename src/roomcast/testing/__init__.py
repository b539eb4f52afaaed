"""Simulated rooms, for tests: of Roomcast itself, and of games that are played on it.

Whole rooms run in one thread and in simulated time: real rooms, real clients, and between them a network and a disk
that fail. Time and chance come from one seed, so that whatever happens can be made to happen again.

    from roomcast.testing import simulate

    def everyone_sees_the_same(simulation):
        red, blue = simulation.join("dots", "red"), simulation.join("dots", "blue")
        red.state["level"] = 2
        simulation.run(10, faults=3)
        simulation.settle()
        assert blue.state["level"] == 2

    simulate(everyone_sees_the_same, seeds=100)

General layout, from the bottom up:

    timeline     simulated time, and machines with clocks
    network      simulated connections
    disk         a store in memory that loses at a crash what it has not synced
    chronicle    the whole log of a room, as it truly was
    invariants   what must never happen, on one page
    views        what one program was told, held against the chronicle
    truth        what the server does, held against the chronicle
    server       the real hub on a simulated machine; server_end: its ends of connections
    rooms        programs with a room as `roomcast.join` gives one; starters: those that speak in lines
    faults       what can go wrong; trouble: chance chooses
    simulation   all of it together
    seeds        a test of yours, once for each seed; plugin: the same for pytest
    story        what `make simulate` runs for each seed; campaign: many of them, on all processors
"""

from roomcast.testing.disk import MemoryStore
from roomcast.testing.faults import Faults
from roomcast.testing.invariants import PROMISES, Broken
from roomcast.testing.network import Weather
from roomcast.testing.seeds import simulate
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation

__all__ = ["PROMISES", "Broken", "Faults", "MemoryStore", "SimulatedRoom", "Simulation", "Weather", "simulate"]
