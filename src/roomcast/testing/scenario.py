"""One random scenario for each seed: programs join rooms, act and leave while faults happen; then all is checked.

This is what `make simulate` runs. Everything is drawn from the seed: how many programs take part, how they act, how
rooms are kept, the server's limits, the faults.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from random import Random
from typing import ClassVar, Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.testing import time_invariants
from roomcast.testing.fault_injector import random_weather
from roomcast.testing.own_state import LIES
from roomcast.testing.random_player import RandomPlayer
from roomcast.testing.random_program import RandomProgram
from roomcast.testing.simulated_line_client import SimulatedLineClient
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation
from roomcast.testing.world_invariants import begins_with_the_world

ROOMS: Final = ("dots", "chess")
AMPLE: Final = 20_000  # bytes: a world is never larger, nor is all that a server keeps beside it
_MANY: Final = 60  # commands: more than most of the rooms keep
_TIMERS_WITHIN: Final = 1.0  # seconds in which what is due has run, when all faults have ended


class Scenario:
    """The scenario of one seed. `follow`: keep everything that was carried, for people to read."""

    names: ClassVar[tuple[str, ...]] = ROOMS  # of the rooms in which somebody may be

    def __init__(self, seed: int, *, follow: bool = False) -> None:
        chance = Random(seed)
        self.levels = {room: chance.choice([*Level, Level.FULL]) for room in self.names}
        self._hashes = chance.random() < 0.25  # programs compare their states
        limits = random_limits(chance, Random(f"limits {seed}"))
        self.simulation = self._simulate(seed, limits, chance.choice((7, 40, 5000)), follow=follow)
        self._chance = self.simulation.chance
        self.simulation.network.weather = random_weather(self._chance)
        disk = self.simulation.server.disk
        disk.delay = disk.usual_delay = self._chance.choice(((0.0005, 0.02), (0.01, 0.4)))
        self._late = Random(f"late {seed}")  # who comes late: other scenarios stay as they are without these
        self.worlds = self._late.random() < 0.5
        self.lies = self._late.choice((0.0, 0.0, 0.3))
        self.rooms = self.names[: 1 + (chance.random() < 0.3)]
        self._players: list[RandomProgram] = []
        self._over = False

    def _simulate(self, seed: int, limits: Limits, snapshot_every: int, *, follow: bool) -> Simulation:
        return Simulation(seed, levels=self.levels, limits=limits, snapshot_every=snapshot_every, follow=follow)

    @property
    def setting(self) -> str:
        """The server's levels and limits, for people to read."""
        levels = ", ".join(f"{room} {self.levels[room]}" for room in self.rooms)
        limits = self.simulation.server.limits
        return f"{levels}; " + ", ".join(f"{one.name} {getattr(limits, one.name):g}" for one in fields(limits))

    def run(self) -> None:
        """Run the whole scenario. Raises `Broken`."""
        simulation, chance = self.simulation, self._chance
        for _ in range(chance.randint(3, 5)):
            self._join()
        if chance.random() < 0.3:
            self._join_by_lines()
        length = 10 + 20 * chance.random()
        for step in self._steps():
            for _ in range(chance.choice((0, 0, 1, 2))):
                simulation.timeline.call_at(length * chance.random(), step)
        simulation.run(length, faults=chance.randint(3, 12))
        self._stop()
        simulation.settle()
        if chance.random() < 0.5:
            simulation.wait_until_forgotten()
            simulation.settle()
            self._join_last()
        simulation.read_all()  # programs ask to be told the time, behind all else that they have sent
        simulation.run(_TIMERS_WITHIN)
        for player in self._players:
            player.check()
            self._check_timers(player.room)

    def _steps(self) -> tuple[Callable[[], object], ...]:
        """What happens now and then."""
        return self._join, self._leave, self._crash, self._twin

    def _join_last(self) -> None:
        """Who comes when all is quiet begins with the world, wherever somebody has it and nobody has a false one.

        The server has started again since they began, and what it has kept of the world is out of date.
        """
        simulation, limits = self.simulation, self.simulation.server.limits
        if not self.worlds or self.lies or limits.world_size < AMPLE or limits.state_total < AMPLE:
            return
        simulation.faults.restart_server()
        simulation.settle()
        for name in self.rooms:
            speaker = next((one for one in self._players if one.room.name == name and one.room.view.present), None)
            if speaker is not None:
                speaker.say(_MANY)
        simulation.settle()
        newcomers = []
        for name in self.rooms:
            views = [room.view for room in simulation.present if room.name == name]
            whole = any(view.whole and view.keeps_world for view in views)
            if whole and len(views) < limits.room_players and not any(view.taint or view.shared for view in views):
                newcomers.append(simulation.join(name, f"last{len(self._players)}", wait=False))
                self._players.append(self._player(newcomers[-1], world=True))
        self._stop()
        simulation.settle()
        for room in newcomers:
            begins_with_the_world(room.view)

    def _check_timers(self, room: SimulatedRoom) -> None:
        """What is due was told to a program that is there, and reads."""
        server, view = self.simulation.server, room.view
        if view.present and not view.shared and view.log.room in server.running.rooms.values():
            time = view.log.room.log.time(server.machine.clock)
            time_invariants.no_timer_is_late(view, time - _TIMERS_WITHIN * 1000)

    def _stop(self) -> None:
        self._over = True
        for player in self._players:
            player.stop()

    def _join(self) -> None:
        name = f"player{len(self._players)}"
        room = self.simulation.join(self._chance.choice(self.rooms), name, wait=False)
        room.core.sends_again = self._chance.random() < 0.4
        self._add_player(room, late=True)

    def _add_player(self, room: SimulatedRoom, *, late: bool = False) -> None:
        """`late`: in some scenarios, most of those who join begin with all that was before."""
        kind = self._late.choice(("", "beginning", "world", "world", "world", "later")) if self.worlds and late else ""
        room.core.start = "beginning" if kind == "beginning" else ""
        if kind in ("world", "later") and self._late.random() < self.lies:
            room.core.lies = self._late.choice(LIES)
        self._players.append(self._player(room, world=kind in ("world", "later"), late=kind == "later"))

    def _player(self, room: SimulatedRoom, *, world: bool, late: bool = False) -> RandomPlayer:
        return RandomPlayer(room, len(self._players), self._chance, hashes=self._hashes, world=world, late=late)

    def _join_by_lines(self) -> None:
        client = self.simulation.join_by_lines(self.rooms[0], "starter")
        self._say(client, 0)

    def _say(self, client: SimulatedLineClient, count: int) -> None:
        if not self._over:
            client.say("mark", "-1", str(count))
            client.machine.call_later(self._chance.expovariate(2.0), self._say, client, count + 1)

    def _one_present(self) -> SimulatedRoom | None:
        present = [room for room in self.simulation.present if room.joined and room.machine.awake]
        return self._chance.choice(present) if present else None

    def _leave(self) -> None:
        if (room := self._one_present()) is not None:
            self.simulation.counts["program: left"] += 1
            room.leave()

    def _crash(self) -> None:
        if (room := self._one_present()) is not None:
            self.simulation.faults.crash(room)

    def _twin(self) -> None:
        player = self._chance.choice(self._players)
        if player.room.view.present and player.room.machine.awake and not player.room.unacknowledged:
            second = self.simulation.faults.twin(player.room)
            if second is not None:
                player.stop()  # the second program acts, whichever of the two stays connected
                self._add_player(second)


def random_limits(chance: Random, late: Random) -> Limits:
    """Small random limits, so that scenarios reach them. `late` draws those for late players."""
    return Limits(
        message_size=chance.choice((1_000, 65_536)),
        kept_entries=chance.choice((15, 40, 150, 10_000)),
        kept_bytes=chance.choice((8_000, 40_000, 8_000_000)),
        unread=chance.choice((400, 2_000, 20_000)),
        unread_for=4 + 8 * chance.random(),
        rate=chance.choice((5.0, 30.0, 1000.0)),
        burst=chance.choice((5, 30)),
        ping_every=2 + 2 * chance.random(),
        silent_for=6 + 4 * chance.random(),
        seat_kept=2 + 4 * chance.random(),
        resume_window=8 + 15 * chance.random(),
        empty_room=5.0,
        room_players=chance.choice((8, 64)),
        kept_total=chance.choice((20_000, 8_000_000)),
        hello_within=5.0,
        pace=chance.choice((0.0, 0.004, 0.05)),
        player_state=2_000,
        room_state=chance.choice((150, 4_000)),
        world_size=late.choice((300, 20_000, 20_000)),
        state_total=late.choice((12_000, 1_000_000, 1_000_000)),
    )
