"""A simulation: a server, its disk, a network, and programs in rooms, all of it in one thread and from one seed."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import Final

from roomcast.core.client.client_core import Stage
from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import SNAPSHOT_EVERY, Level
from roomcast.errors import CannotConnect
from roomcast.testing import invariants
from roomcast.testing.disk import MemoryStore
from roomcast.testing.faults import Faults
from roomcast.testing.invariants import Broken
from roomcast.testing.network import Network, Weather
from roomcast.testing.simulated_line_client import SimulatedStarter
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.timeline import Timeline
from roomcast.testing.trouble import Trouble
from roomcast.testing.truth import Truth

SETTLES_WITHIN: Final = 300.0  # seconds, once all faults have ended
_SIGNS: Final = {0: " | ", 1: "ping", 2: "pong", 3: "close ", ord("\n"): " "}  # how the network's own signs are shown
_LAST_LINES: Final = 200  # of the trace


class Simulation:
    """A server and programs. The same seed and the same calls give the same run, to the last byte.

    `level` says how rooms are kept on disk ("none", "relaxed", "full"), `levels` the same for rooms by name;
    `limits` are the server's. `chance` is the simulation's own `random.Random`: use it for all that your programs
    draw. `now` is the time, in seconds since the beginning. While it runs, what Roomcast promises is checked all the
    time (`roomcast.testing.invariants`), and `Broken` raised.
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
    ) -> None:
        self.seed = seed
        self.chance = Random(seed)
        self.timeline = Timeline()
        self.counts: Counter[str] = Counter()
        self.lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.network = Network(self.timeline, self.chance, self._carried)
        if weather is not None:
            self.network.weather = weather
        self.outage = False  # nobody can connect, though the server is there
        self.truth = Truth(self.counts)
        self.rooms: list[SimulatedRoom] = []
        self.starters: list[SimulatedStarter] = []
        limits = limits or Limits()
        store = MemoryStore(
            Level(level),
            levels={room: Level(one) for room, one in (levels or {}).items()},
            kept=limits.kept_entries,
            snapshot_every=snapshot_every,
            given=lambda: self.server.disk_given(),
        )
        self.server = SimulatedServer(self, limits, store)
        self.faults = Faults(self)
        self._follow = follow
        self._digest = blake2b(digest_size=16)
        self.server.start()

    @property
    def now(self) -> float:
        return self.timeline.now

    # ------------------------------------------------------------------ programs

    def join(self, room: str, name: str = "", *, wait: bool = True) -> SimulatedRoom:
        """A new program joins a room: what `roomcast.join` returns, in this simulation.

        It returns when the server has let it in, or at once where `wait` is false. Functions that you register then get
        everything, as they do outside. Raises `CannotConnect`.
        """
        one = SimulatedRoom(self, room, name)
        self.rooms.append(one)
        one.connect()
        give_up = self.now + SETTLES_WITHIN
        while wait and not one.joined:
            if one.closed:
                raise CannotConnect(f"the server did not let {name!r} into {room!r}")
            if self.now > give_up:
                raise Broken(invariants.END, f"{name!r} could not join {room!r} within {SETTLES_WITHIN:g} seconds")
            self.timeline.step()
        return one

    def join_by_lines(self, room: str, name: str) -> SimulatedStarter:
        """A new starter client joins a room."""
        one = SimulatedStarter(self, room, name)
        self.starters.append(one)
        return one

    # ------------------------------------------------------------------ time

    def run(self, seconds: float, *, faults: int = 0) -> None:
        """Let so much time pass, in which so many things go wrong, by chance: any of `simulation.faults`."""
        trouble = Trouble(self)
        for _ in range(faults):
            self.timeline.after(seconds * self.chance.random(), trouble.one)
        self.timeline.run_until(self.now + seconds)

    def settle(self) -> None:
        """End all faults, and let time pass until everything has arrived everywhere; then check that it has.

        Raises `Broken` if that never happens, or something is missing.
        """
        self.faults.end()
        give_up = self.now + SETTLES_WITHIN
        while not self._quiet():
            if self.now > give_up:
                raise Broken(invariants.END, f"it is not quiet after {SETTLES_WITHIN:g} seconds")
            self.run(0.25)
        self._check_end()

    def _quiet(self) -> bool:
        directory = self.server.directory
        return (
            directory is not None
            and self.server.machine.awake
            and not directory.closing
            and not (self.server.store.waits and self.server.machine.on)
            and all(self._has_all(room) for room in self.present)
            and all(one.end is None or (one.end.heard_all and one.end.other.out.empty) for one in self.starters)
        )

    def _has_all(self, room: SimulatedRoom) -> bool:
        return (
            room.joined
            and room.connected
            and room._client.stage is Stage.LIVE
            and not room.unacknowledged
            and not room._waiting
            and not room._client.has_output
            and room.view.chronicle is self.truth.newest(room.view.chronicle)
            and room.seq == room.view.chronicle.last
        )

    @property
    def present(self) -> list[SimulatedRoom]:
        """The programs that have not left, crashed, or been sent away."""
        return [room for room in self.rooms if room.view.present]

    # ------------------------------------------------------------------ what is checked

    def swept(self) -> None:
        """A second has passed at the server."""
        directory = self.server.directory
        assert directory is not None
        invariants.bounded(directory)
        for end in self.server.ends:
            invariants.little_unread(end)
        for program in self.rooms:
            invariants.little_unacknowledged(program.view, program.unacknowledged)
        for name, room in directory.rooms.items():
            chronicle = self.truth.of(room)
            invariants.is_the_fold(f"the room {name}", room.state, chronicle, chronicle.last)
            invariants.knows_who_is_here(room)

    def _check_end(self) -> None:
        for room in self.rooms:
            if room.view.sessions:
                newest = self.truth.newest(room.view.chronicle)
                invariants.still_there(room.view, newest)
                if room.view.present:
                    invariants.all_there(room.view, newest)
                    invariants.is_the_fold(room.view, room._fold, newest, newest.last)
        for chronicle in self.truth.all_newest:
            invariants.nobody_comes_apart(chronicle)

    def wait_until_forgotten(self) -> None:
        """Let time pass until nobody who is gone may come back, and check that nobody is known who is not there."""
        limits = self.server.limits
        for starter in self.starters:
            starter.leave()
        self.run(limits.silent_for + limits.ping_every + limits.resume_window + limits.empty_room + 5.0)
        present = Counter(room.view.chronicle.room.name for room in self.present)
        assert self.server.directory is not None
        invariants.forgotten(self.server.directory, self.server.store, present)

    # ------------------------------------------------------------------ what happened

    @property
    def digest(self) -> str:
        """A hash of every byte that was carried, and of everything that happened, so far."""
        return self._digest.hexdigest()

    def story(self) -> str:
        """What happened last, for people to read."""
        return "\n".join(self.lines)

    def trace(self, who: str, what: str) -> None:
        """Note that something happened."""
        line = f"{self.now:10.4f}  {who:<12} {what}"
        self._digest.update(line.encode())
        self.lines.append(line)

    def _carried(self, way: str, data: bytes) -> None:
        self._digest.update(data)
        if self._follow:
            self.lines.append(f"{self.now:10.4f}  {way:<12} {_shown(data)}")


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "replace").translate(_SIGNS)
    return text if len(text) < 160 else f"{text[:157]}…"
