"""Two players of one simulated room, and what they hear of."""

from __future__ import annotations

from roomcast.testing import SimulatedRoom, Simulation


def two(simulation: Simulation) -> tuple[SimulatedRoom, SimulatedRoom]:
    return simulation.join("dots", "red"), simulation.join("dots", "blue")


def heard(room: SimulatedRoom, event: str) -> list[object]:
    """The arguments of an event, each time that it happens from now on."""
    calls: list[object] = []
    room.on(event)(lambda *args: calls.append(args if len(args) > 1 else args[0]))
    return calls
