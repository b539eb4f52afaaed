"""The own state of a program that acts at random: one text that all that it has run is in, for late players.

A program that has run the room from its beginning, or from a world, has the same as all others that have, at the same
place of the order. Some programs lie about theirs, each in its own way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final
from zlib import crc32

from roomcast.testing import state_invariants
from roomcast.testing.simulated_room import SimulatedRoom

LIES: Final = ("world", "same", "hash", "text", "half")
"""What a liar sends instead of its world: a false one (its own, or the same as other liars), a false hash, another text
than that of its hash, or a part of it."""


class OwnState:
    """The own state of one program. `run` adds to it."""

    def __init__(self, room: SimulatedRoom) -> None:
        self.chain = ""  # a hash of all commands to everyone and all timers that have run
        self.rings: dict[str, int] = {}  # by timer: how often it has run
        self.timers: dict[str, int] = {}  # ids of those that wait, by what set them
        self.rang: Callable[..., None] = lambda *what: None  # what a timer does
        self._room = room
        self._stretch = room.view.stretch
        self._keeps_world = False

    def register(self) -> None:
        """Let the program begin with the world, and give its own to those who come later."""
        self._keeps_world = True
        self._room.world(self._save).load(self._load)
        self._room.timer(self.ring)

    @property
    def mark(self) -> int:
        """What tells timers of one stretch of the log from those of others; 0 where they are all the world's.

        A liar's world may bring timers of its own stretches: those of different programs are never the same.
        """
        view = self._room.view
        return 0 if self._keeps_world and view.whole else 1000 * crc32(view.name.encode()) + view.stretch

    def run(self, *what: object) -> None:
        """A function has run, in every program."""
        room, view = self._room, self._room.view
        if not self._keeps_world and self._stretch != view.stretch:
            self._stretch, self.chain, self.rings, self.timers = view.stretch, "", {}, {}
        rolled = room.random.random()
        self.chain = hashlib.sha256(f"{self.chain} {room.seq} {what} {rolled}".encode()).hexdigest()[:16]
        state_invariants.own_states_agree(view, self.chain)

    def ring(self, *what: Any) -> None:
        """What all timers run."""
        self.rang(*what)

    def _save(self) -> dict[str, Any]:
        view = self._room.view
        return {
            "chain": self.chain,
            "rings": self.rings,
            "timers": self.timers,
            "rung": view.before + len(view.runs),
            "taint": view.taint,
        }

    def _load(self, saved: dict[str, Any]) -> None:
        self.chain, self.rings, self.timers = saved["chain"], dict(saved["rings"]), dict(saved["timers"])
        self._room.view.begin_with_world(saved["rung"], saved["taint"])
