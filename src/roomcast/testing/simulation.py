"""A simulation: a server, its disk, a network, and programs in rooms, in one thread and from one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import SNAPSHOT_EVERY, Level
from roomcast.errors import CannotConnect
from roomcast.testing import (
    action_invariants,
    bounds_invariants,
    keeping_invariants,
    state_invariants,
    world_invariants,
)
from roomcast.testing.environment import Environment
from roomcast.testing.fault_injector import FaultInjector
from roomcast.testing.faults import Faults
from roomcast.testing.network import Weather
from roomcast.testing.programs import Programs
from roomcast.testing.promises import END, Broken
from roomcast.testing.random_rules import Lab
from roomcast.testing.simulated_line_client import SimulatedLineClient
from roomcast.testing.simulated_onlooker import SimulatedOnlooker
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulated_server import SimulatedServer

SETTLES_WITHIN: Final = 300.0  # seconds, once all faults have ended
_SETTLE_STEP: Final = 0.25  # seconds between two looks at whether everything has arrived


class Simulation:
    """A server and programs. The same seed and the same calls give the same run, to the last byte.

    `level` says how rooms are kept on disk ("none", "relaxed", "full"); `levels` is the same by room name. `limits`
    are the server's, `weather` the network conditions at the start. `follow` adds all carried messages to `story()`.
    `lab` has rules for its rooms that act at random, for Roomcast's own scenarios.

    `chance` is the simulation's own `random.Random`: use it for everything that your programs draw. `now` is the
    time, in seconds since the start. While the simulation runs, it checks what Roomcast promises
    (`roomcast.testing.promises`), and raises `Broken`.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        level: Level | str = Level.NONE,
        levels: Mapping[str, Level | str] | None = None,
        limits: Limits | None = None,
        weather: Weather | None = None,
        snapshot_every: int = SNAPSHOT_EVERY,
        follow: bool = False,
        lab: Lab | None = None,
    ) -> None:
        environment = Environment(seed, follow=follow)
        self.seed = seed
        self.chance = environment.chance
        self.timeline = environment.timeline
        self.network = environment.network
        self.trace = environment.trace
        self.counts = environment.trace.counts
        if weather is not None:
            self.network.weather = weather
        self.server = SimulatedServer(
            environment,
            limits or Limits(),
            level=Level(level),
            levels={room: Level(one) for room, one in (levels or {}).items()},
            snapshot_every=snapshot_every,
            lab=lab,
        )
        self.programs = Programs()
        self.faults = Faults(environment, self.server, self.programs)
        self._environment = environment
        self.server.start()

    @property
    def now(self) -> float:
        """Seconds since the simulation began."""
        return self.timeline.now

    # ------------------------------------------------------------------ programs

    def join(self, room: str, name: str = "", *, wait: bool = True) -> SimulatedRoom:
        """Start a program that joins a room, and return what `roomcast.join` returns.

        With `wait`, time passes until the server has let it in. Functions that you register then miss nothing, as with
        a real room. Raises `CannotConnect`.
        """
        one = SimulatedRoom(self._environment, self.server, room, name)
        self.programs.rooms.append(one)
        one.connect()
        give_up = self.now + SETTLES_WITHIN
        while wait and not one.joined:
            if one.closed:
                raise CannotConnect(f"the server did not let {name!r} into {room!r}")
            if self.now > give_up:
                raise Broken(END, f"{name!r} could not join {room!r} within {SETTLES_WITHIN:g} seconds")
            self.timeline.step()
        return one

    def join_by_lines(self, room: str, name: str) -> SimulatedLineClient:
        """Start a line client that joins a room."""
        one = SimulatedLineClient(self._environment, self.server, room, name)
        self.programs.line_clients.append(one)
        return one

    def look_on(self, room: str, *, observes: bool = False) -> SimulatedOnlooker:
        """Start a program that only looks on; `observes`: as an observer, else as a spectator."""
        one = SimulatedOnlooker(self._environment, self.server, room, observes=observes)
        self.programs.onlookers.append(one)
        return one

    @property
    def present(self) -> list[SimulatedRoom]:
        """The programs that have not left, crashed, or been disconnected for good."""
        return self.programs.present

    # ------------------------------------------------------------------ time

    def run(self, seconds: float, *, faults: int = 0) -> None:
        """Let time pass. Meanwhile that many random faults happen, any of `simulation.faults`."""
        injector = FaultInjector(self.chance, self.faults, self.programs)
        for _ in range(faults):
            self.timeline.call_later(seconds * self.chance.random(), injector.inject_one)
        self.timeline.run_until(self.now + seconds)

    def settle(self) -> None:
        """End all faults, let time pass until everything has arrived everywhere, and check that it has.

        Raises `Broken` if that never happens, or something is missing.
        """
        self.faults.end()
        give_up = self.now + SETTLES_WITHIN
        while not self._settled():
            if self.now > give_up:
                for room in self.server.running.rooms.values():
                    world_invariants.waits_for_no_world(room)
                raise Broken(END, f"it is not quiet after {SETTLES_WITHIN:g} seconds")
            self.run(_SETTLE_STEP)
        self._check_settled()

    def _settled(self) -> bool:
        server = self.server
        return (
            server.directory is not None
            and server.machine.awake
            and not server.closing
            and not (server.store.waits and server.machine.on)
            and all(room.view.sessions and room.up_to_date(server.audit.newest(room.view.log)) for room in self.present)
            and all(
                client.end is None or (client.end.heard_all and client.end.other.out.empty)
                for client in self.programs.line_clients
            )
        )

    def _check_settled(self) -> None:
        audit = self.server.audit
        for room in self.programs.rooms:
            if room.view.sessions:
                newest = audit.newest(room.view.log)
                keeping_invariants.still_there(room.view, newest)
                if room.view.present:
                    action_invariants.all_there(room.view, newest, room.outdated)
                    state_invariants.is_the_fold(room.view, room._replica.fold, newest, newest.last, room.view.me)
        for log in audit.all_newest:
            action_invariants.counted(log)

    def read_all(self) -> None:
        """Let time pass until the server has handled what it held back, because it came faster than the rate."""
        while any(end.held_back for end in self.server.ends):
            self.run(_SETTLE_STEP)

    def wait_until_forgotten(self) -> None:
        """Let time pass until no lost session can be resumed. Check that the server knows nobody but those present."""
        limits = self.server.limits
        for client in self.programs.line_clients:
            client.leave()
        for onlooker in self.programs.onlookers:
            onlooker.leave()
        self.read_all()  # a connection counts as alive while its input is handled
        self.run(limits.silent_for + limits.ping_every + limits.resume_window + limits.empty_room + 5.0)
        present = Counter(room.view.log.room.name for room in self.present)
        bounds_invariants.forgotten(self.server.running, self.server.store, present)

    # ------------------------------------------------------------------ what happened

    @property
    def digest(self) -> str:
        """A hash of every byte carried and of every event so far."""
        return self.trace.digest

    def story(self) -> str:
        """The last events, as lines of text."""
        return "\n".join(self.trace.lines)
