"""All programs of a simulation: those with a room, line clients, and those that look on."""

from __future__ import annotations

from roomcast.testing.simulated_line_client import SimulatedLineClient
from roomcast.testing.simulated_onlooker import SimulatedOnlooker
from roomcast.testing.simulated_room import SimulatedRoom


class Programs:
    """Every program that was ever started, also those that have left or crashed."""

    def __init__(self) -> None:
        self.rooms: list[SimulatedRoom] = []
        self.line_clients: list[SimulatedLineClient] = []
        self.onlookers: list[SimulatedOnlooker] = []

    @property
    def present(self) -> list[SimulatedRoom]:
        """The programs with a room that have not left, crashed, or been disconnected for good."""
        return [room for room in self.rooms if room.view.present]
