"""What programs that act at random have in common: they act in bursts, until they are stopped."""

from __future__ import annotations

from random import Random
from typing import ClassVar

from roomcast.errors import RoomcastError
from roomcast.testing.simulated_room import SimulatedRoom


class RandomProgram:
    """Acts until `stop`. Its `number` is part of what it sends."""

    longest_burst: ClassVar[int]  # actions; most bursts are of one

    def __init__(self, room: SimulatedRoom, number: int, chance: Random) -> None:
        self.room = room
        self._number = number
        self._chance = chance
        self._active = True
        self._count = 0  # actions so far
        self._calls = 0  # of the function for what it says to everyone
        self._pause = 0.2 + 2 * chance.random()  # mean seconds between two bursts

    def say(self, commands: int) -> None:
        """Send so many commands to everyone, at once."""
        for _ in range(commands):
            self._count += 1
            self._say()

    def stop(self) -> None:
        """Do nothing any more."""
        self._active = False

    def check(self) -> None:
        """In the end: has it heard what it should? Raises `Broken`."""
        raise NotImplementedError

    def _say(self) -> None:
        raise NotImplementedError

    def _act_once(self, choice: float) -> None:
        """`choice`: from 0 to 1, what to do. `_count` is the number of this action."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Act from now on."""
        self.room.machine.call_later(self._chance.random(), self._act)

    def _act(self) -> None:
        """Do something, and schedule the next time."""
        if not (self._active and self.room.view.present):
            return
        for _ in range(1 + int(self._chance.random() ** 4 * self.longest_burst)):
            choice = self._chance.random()
            self._count += 1
            try:
                self._act_once(choice)
            except RoomcastError:
                return  # the room is closed, or too many messages wait
        self.room.machine.call_later(self._chance.expovariate(1 / self._pause), self._act)
