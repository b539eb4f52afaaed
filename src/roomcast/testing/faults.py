"""Everything that can go wrong, one method each. A test calls them itself, or lets `fault_injector.py` choose."""

from __future__ import annotations

import functools
from typing import Final

from roomcast.testing.environment import Environment
from roomcast.testing.network import Direction, Weather, make_half_open
from roomcast.testing.programs import Programs
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulated_server import SimulatedServer

_DISK_FULL: Final = "the disk is full"


class Faults:
    """The faults of one simulation. A `room` is a program: what `simulation.join` returns. Times are in seconds."""

    def __init__(self, environment: Environment, server: SimulatedServer, programs: Programs) -> None:
        self._chance = environment.chance
        self._network = environment.network
        self._timeline = environment.timeline
        self._trace = environment.trace
        self._server = server
        self._programs = programs

    # ------------------------------------------------------------------ the network

    def drop(self, room: SimulatedRoom) -> None:
        """Close the program's connection. Both sides are told."""
        if room.end is not None:
            self._trace.count("fault: connection dropped", room.view.name, "loses its connection")
            room.end.other.shut("the connection was cut")

    def cut_after(self, room: SimulatedRoom, *, up: int | None = None, down: int | None = None) -> None:
        """Close the program's connection after that many more bytes to the server (`up`) or from it (`down`)."""
        if room.end is not None:
            for direction, size in ((room.end.out, up), (room.end.other.out, down)):
                if size is not None:
                    direction.cut_after(size, functools.partial(self.drop, room))

    def silence(self, room: SimulatedRoom) -> None:
        """Make the program's connection half open: what is sent is lost, and nobody is told (no FIN)."""
        if room.end is not None and not room.end.out.dead:
            self._trace.count("fault: half-open connection", room.view.name, "has a half-open connection")
            make_half_open(room.end)

    def hold_up(self, room: SimulatedRoom, seconds: float) -> None:
        """Deliver nothing to or from the program for a while; then deliver all of it."""
        if room.end is not None:
            self._trace.count("fault: connection held up", room.view.name, f"is held up for {seconds:.1f} s")
            room.end.out.hold_up(seconds)
            room.end.other.out.hold_up(seconds)

    def weather(self, weather: Weather) -> None:
        """Change the network conditions, for all connections, from now on."""
        self._trace.count("fault: network conditions", "network", f"conditions are now {weather}")
        self._network.weather = weather

    def outage(self, seconds: float) -> None:
        """Make every connection half open, and let nobody connect for a while."""
        self._trace.count("fault: network outage", "network", f"is down for {seconds:.1f} s")
        self._network.down = True
        for room in self._programs.present:
            self.silence(room)
        self._timeline.call_later(seconds, self._end_outage)

    def _end_outage(self) -> None:
        self._network.down = False

    # ------------------------------------------------------------------ programs

    def read_slowly(self, room: SimulatedRoom, slowness: float, seconds: float) -> None:
        """Let the program take `slowness` seconds to read each 200 bytes, for `seconds`."""
        if room.end is not None:
            what = f"reads 200 bytes every {slowness:.2f} s for {seconds:.1f} s"
            self._trace.count("fault: program reads slowly", room.view.name, what)
            direction = room.end.other.out
            direction.slowness = slowness
            self._timeline.call_later(seconds, setattr, direction, "slowness", 0.0)

    def stop_reading(self, room: SimulatedRoom, seconds: float) -> None:
        """Let the program read nothing for a while. It may still send."""
        if room.end is not None:
            self._trace.count("fault: program stops reading", room.view.name, f"reads nothing for {seconds:.1f} s")
            direction = room.end.other.out
            direction.reading = False
            self._timeline.call_later(seconds, self._read_on, room, direction)

    def _read_on(self, room: SimulatedRoom, direction: Direction) -> None:
        if room.end is not None and room.end.other.out is direction:
            direction.reading = True
            direction.read()

    def hang(self, room: SimulatedRoom, seconds: float) -> None:
        """Let the program run nothing of what arrives for a while. Its connection stays up."""
        self._trace.count("fault: program hangs", room.view.name, f"hangs for {seconds:.1f} s")
        room.hang(seconds)

    def sleep(self, room: SimulatedRoom, seconds: float, *, clock_stands: bool = False) -> None:
        """Put the program's computer to sleep for a while; `clock_stands`: its monotonic clock stops meanwhile."""
        what = f"sleeps for {seconds:.1f} s{', its clock too' if clock_stands else ''}"
        self._trace.count("fault: computer sleeps", room.view.name, what)
        room.machine.sleep(seconds, clock_stands=clock_stands)

    def crash(self, room: SimulatedRoom) -> None:
        """End the program at once. It does not come back as the same player."""
        self._trace.count("fault: program crashes", room.view.name, "crashes")
        room.crash()

    def twin(self, room: SimulatedRoom) -> SimulatedRoom | None:
        """Connect a second program with the same session: the newer connection wins. None if `room` is not in."""
        second = room.twin()
        if second is not None:
            what = f"connects a second time, as {second.view.name}"
            self._trace.count("fault: session connects a second time", room.view.name, what)
            self._programs.rooms.append(second)
            second.connect()
        return second

    # ------------------------------------------------------------------ the server and its disk

    def crash_server(self, down: float = 1.0, *, power: bool = False) -> None:
        """Kill the server's process, or (`power`) cut its computer's power. It starts again after `down` seconds.

        A loss of power also loses what was written and not synced, up to a random point, and closes no connection.
        """
        server = self._server
        if server.directory is None:
            return
        kept = int(self._chance.random() * (server.store.written + 1)) if power else None
        if power:
            self._trace.count("fault: power lost", "server", "loses power")
        else:
            self._trace.count("fault: server killed", "server", "is killed")
        server.crash(power=power, kept=kept)
        self._timeline.call_later(down, server.start)

    def restart_server(self, down: float = 1.0) -> None:
        """Shut the server down gracefully, and start it again after `down` seconds."""
        server = self._server
        if server.machine.awake and server.directory is not None and not server.closing:
            self._trace.count("fault: server restarted", "server", "is restarted")
            server.close(down)

    def sleep_server(self, seconds: float, *, clock_stands: bool = False) -> None:
        """Suspend the server's computer for a while, as happens to virtual machines."""
        machine = self._server.machine
        if machine.on:
            what = f"is suspended for {seconds:.1f} s{', its clock too' if clock_stands else ''}"
            self._trace.count("fault: computer sleeps", "server", what)
            machine.sleep(seconds, clock_stands=clock_stands)

    def set_wall_clock(self, seconds: float) -> None:
        """Move the server's wall clock forward, or back where `seconds` is negative."""
        self._trace.count("fault: wall clock set", "server", f"its wall clock jumps by {seconds:.0f} s")
        self._server.wall += seconds

    def fail_disk(self, seconds: float) -> None:
        """Let the server's disk be full for a while."""
        store = self._server.store
        if not self._server.machine.awake or store.failure:
            return
        self._trace.count("fault: disk full", "disk", f"is full for {seconds:.1f} s")
        store.fail(_DISK_FULL, kept=int(self._chance.random() * (store.written + 1)))
        self._server.check(None)
        self._timeline.call_later(seconds, store.recover)

    def slow_disk(self, takes: tuple[float, float], seconds: float) -> None:
        """Let each write and each sync of the disk take a random time (from … to, in seconds), for a while."""
        what = f"takes {takes[0]:.2f} to {takes[1]:.2f} s for {seconds:.1f} s"
        self._trace.count("fault: disk slow", "disk", what)
        self._server.disk.delay = takes
        self._timeline.call_later(seconds, self._server.disk.reset)

    # ------------------------------------------------------------------ the end of all faults

    def end(self) -> None:
        """End every fault: the disk writes, the network delivers, everyone reads.

        Who hangs or sleeps goes on when its time is over; `Simulation.settle` waits for that.
        """
        self._trace.note("simulation", "all faults end")
        self._network.weather = Weather()
        self._network.down = False
        self._network.release()
        self._server.store.recover()
        self._server.disk.reset()
        for room in self._programs.rooms:
            if room.end is not None:
                direction = room.end.other.out
                direction.slowness = 0.0
                self._read_on(room, direction)
        for client in self._programs.line_clients:
            if client.end is not None and client.end.out.dead:  # no pings: the operating system would find out
                client.end.shut("the server does not answer")
