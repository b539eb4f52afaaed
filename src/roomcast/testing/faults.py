"""Everything that can go wrong, one method each. A test calls them itself, or lets `trouble.py` choose."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from roomcast.testing.network import Weather, go_dead
from roomcast.testing.simulated_room import SimulatedRoom

if TYPE_CHECKING:
    from roomcast.testing.simulation import Simulation

_FULL: Final = "the disk is full"


class Faults:
    """The faults of one simulation. Rooms are programs here: `simulation.join` returns them."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def _note(self, count: str, who: str, what: str) -> None:
        self._simulation.counts[count] += 1
        self._simulation.trace(who, what)

    # ------------------------------------------------------------------ the network

    def drop(self, room: SimulatedRoom) -> None:
        """The program's connection ends, and both sides hear of it."""
        if room.end is not None:
            self._note("fault: connection dropped", room.view.name, "loses its connection")
            room.end.other.shut("the connection was cut")

    def cut_after(self, room: SimulatedRoom, *, up: int | None = None, down: int | None = None) -> None:
        """The program's connection ends when so many more bytes have come through, to the server or from it."""
        if room.end is not None:
            for way, size in ((room.end.out, up), (room.end.other.out, down)):
                if size is not None:
                    way.cut_at = way.carried + size
                    way.cut = functools.partial(self.drop, room)

    def silence(self, room: SimulatedRoom) -> None:
        """The program's connection is half open: what is sent vanishes, and nobody is told (no FIN)."""
        if room.end is not None and not room.end.out.dead:
            self._note("fault: half-open link", room.view.name, "has a half-open link")
            go_dead(room.end)

    def hold_up(self, room: SimulatedRoom, seconds: float) -> None:
        """The network gets nothing through to or from the program for a while; then all of it comes."""
        if room.end is not None:
            self._note("fault: connection held up", room.view.name, f"is held up for {seconds:.1f} s")
            room.end.out.hold_up(seconds)
            room.end.other.out.hold_up(seconds)

    def weather(self, weather: Weather) -> None:
        """From now on the network is so."""
        self._note("fault: other weather", "network", f"{weather}")
        self._simulation.network.weather = weather

    def outage(self, seconds: float) -> None:
        """Every link is dead, and no new one can be made for a while."""
        self._note("fault: outage of the network", "network", f"is down for {seconds:.1f} s")
        self._simulation.outage = True
        for room in self._simulation.present:
            self.silence(room)
        self._simulation.timeline.after(seconds, self._end_outage)

    def _end_outage(self) -> None:
        self._simulation.outage = False

    # ------------------------------------------------------------------ programs

    def read_slowly(self, room: SimulatedRoom, slowness: float, seconds: float) -> None:
        """The program takes `slowness` seconds over each 200 bytes; for so long."""
        if room.end is not None:
            self._note(
                "fault: program reads slowly",
                room.view.name,
                f"takes {slowness:.2f} s over 200 bytes for {seconds:.1f} s",
            )
            way = room.end.other.out
            way.slowness = slowness
            self._simulation.timeline.after(seconds, setattr, way, "slowness", 0.0)

    def stop_reading(self, room: SimulatedRoom, seconds: float) -> None:
        """The program reads nothing for a while, though it may still act."""
        if room.end is not None:
            self._note("fault: program stops reading", room.view.name, f"reads nothing for {seconds:.1f} s")
            way = room.end.other.out
            way.reading = False
            self._simulation.timeline.after(seconds, self._read_on, room, way)

    def _read_on(self, room: SimulatedRoom, way: object) -> None:
        if room.end is not None and room.end.other.out is way:
            room.end.other.out.reading = True
            room.end.other.out.read()

    def hang(self, room: SimulatedRoom, seconds: float) -> None:
        """The program is busy with something else and runs nothing for a while; its connection is kept up."""
        self._note("fault: program hangs", room.view.name, f"hangs for {seconds:.1f} s")
        room.hang(seconds)

    def sleep(self, room: SimulatedRoom, seconds: float, *, clock_stands: bool = False) -> None:
        """The lid of the program's computer is closed for a while."""
        self._note(
            "fault: computer sleeps",
            room.view.name,
            f"sleeps for {seconds:.1f} s{', its clock too' if clock_stands else ''}",
        )
        room.machine.sleep(seconds, clock_stands=clock_stands)

    def crash(self, room: SimulatedRoom) -> None:
        """The program ends in the middle of everything, and does not come back as the same player."""
        self._note("fault: program crashes", room.view.name, "crashes")
        room.crash()

    def twin(self, room: SimulatedRoom) -> SimulatedRoom | None:
        """A second program has the same session, and comes to the server: the newer wins."""
        one = room.twin()
        if one is not None:
            self._note(
                "fault: session connects a second time", room.view.name, f"is there a second time, as {one.view.name}"
            )
            self._simulation.rooms.append(one)
            one.connect()
        return one

    # ------------------------------------------------------------------ the server and its disk

    def crash_server(self, down: float = 1.0, *, power: bool = False) -> None:
        """The server's program is killed, or (`power`) its computer loses power, and is back after `down` seconds.

        With the power goes what was written and not synced, down to any beginning of it; and nobody is told.
        """
        simulation, server = self._simulation, self._simulation.server
        if server.directory is None:
            return
        kept = int(simulation.chance.random() * (server.store.written + 1)) if power else None
        self._note(
            "fault: power lost" if power else "fault: server killed", "server", "loses power" if power else "is killed"
        )
        server.crash(power=power, kept=kept)
        simulation.timeline.after(down, server.start)

    def restart_server(self, down: float = 1.0) -> None:
        """The server is ended as one should, and started again."""
        server = self._simulation.server
        if server.machine.awake and server.directory is not None and not server.directory.closing:
            self._note("fault: server restarted", "server", "ends as it should")
            server.close(down)

    def sleep_server(self, seconds: float, *, clock_stands: bool = False) -> None:
        """The server's computer stands still for a while, as a virtual one may."""
        machine = self._simulation.server.machine
        if machine.on:
            what = f"stands still for {seconds:.1f} s{', its clock too' if clock_stands else ''}"
            self._note("fault: computer sleeps", "server", what)
            machine.sleep(seconds, clock_stands=clock_stands)

    def set_wall_clock(self, seconds: float) -> None:
        """Somebody sets the server's clock on the wall, forward or back."""
        self._note("fault: wall clock set", "server", f"its wall clock jumps by {seconds:.0f} s")
        self._simulation.server.wall += seconds

    def fail_disk(self, seconds: float) -> None:
        """The server's disk is full for a while."""
        simulation, store = self._simulation, self._simulation.server.store
        if not simulation.server.machine.awake or store.failure:
            return
        self._note("fault: disk full", "disk", f"is full for {seconds:.1f} s")
        store.fail(_FULL, kept=int(simulation.chance.random() * (store.written + 1)))
        simulation.server.look(None)
        simulation.timeline.after(seconds, store.recover)

    def slow_disk(self, takes: tuple[float, float], seconds: float) -> None:
        """The disk takes so long (from … to, in seconds) to write and to sync, for a while."""
        server = self._simulation.server
        self._note("fault: disk slow", "disk", f"takes {takes[0]:.2f} to {takes[1]:.2f} s for {seconds:.1f} s")
        server.disk_delay = takes
        self._simulation.timeline.after(seconds, server.free_disk)

    # ------------------------------------------------------------------ the end of all that

    def end(self) -> None:
        """From now on all is well: the disk writes, the network carries, all are awake and read."""
        simulation = self._simulation
        simulation.trace("simulation", "from here on all is well")
        simulation.network.weather = Weather()
        simulation.outage = False
        simulation.server.store.recover()
        simulation.server.free_disk()
        for room in simulation.rooms:
            if room.end is not None:
                way = room.end.other.out
                way.slowness = 0.0
                self._read_on(room, way)
        for one in simulation.starters:
            if one.end is not None and one.end.out.dead:  # it has no pings; the system would find out
                one.end.shut("the server does not answer")
