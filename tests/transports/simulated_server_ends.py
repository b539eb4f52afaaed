"""The connections of a simulated server, and clients on a simulated network."""

from __future__ import annotations

import random
from typing import Any

from roomcast.core.room.connection import Connection, Wire
from roomcast.testing.actions import ActionLog
from roomcast.testing.environment import Environment
from roomcast.testing.network import CLOSE, FRAME_END, LINES, PING, PONG, WIRE, End, Network, connect_ends
from roomcast.testing.session_times import SessionTimes
from roomcast.testing.simulated_peer import LineEnd, ServerEnd
from roomcast.testing.timeline import Machine
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.lagged_connection import Lagging
from roomcast.transports.transport_peer import TransportPeer
from tests.transports.server_ends import LIMITS, Client, RecordingPeer, World


class SimulatedWorld(World):
    """The server of a simulation, as far as its connections need one."""

    ping = PING + FRAME_END
    pong = PONG + FRAME_END
    close = CLOSE + b"1001" + FRAME_END
    kind = ServerEnd

    def __init__(self, network: BadNetwork = NOT_BAD) -> None:
        self.network = network
        self.environment = Environment(seed=1)
        self.limits = LIMITS
        self.machine = Machine(self.environment.timeline)
        self.sessions = SessionTimes(self.environment.timeline)
        self._accept = Lagging(self._recorded, LIMITS, self.machine, random.Random(1)).acceptor(network)
        self._peers: list[RecordingPeer] = []

    def check(self, sender: object) -> None:
        """What a simulated server checks here has its own tests."""

    def look_at(self, reader: object, data: bytes) -> None:
        """See `check`."""

    def let_in(self, room: object, program: object) -> None:
        """See `check`."""

    def connect(self) -> tuple[Client, RecordingPeer]:
        client = SimulatedClient(self)
        server = self.kind(self.environment, self, ActionLog("client"))
        connect_ends("client", client.end, server)
        server.out.reading = False
        server.accepted(Listed(self._accept(server, self.wire, "10.0.0.1", self.machine.clock)))
        return client, self._peers[-1]

    def _recorded(self, connection: Connection, wire: Wire, address: str, now: float) -> RecordingPeer:
        self._peers.append(RecordingPeer(connection, wire, address, now))
        return self._peers[-1]

    @property
    def wire(self) -> Wire:
        return WIRE

    def turn(self) -> None:
        self.environment.timeline.run_until(self.now() + 0.001)

    def now(self) -> float:
        return self.environment.timeline.now


class Listed:
    """A peer, with what a simulated server looks at of each."""

    session = None

    def __init__(self, peer: TransportPeer) -> None:
        self._peer = peer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)


class SimulatedLineWorld(SimulatedWorld):
    ping = pong = close = b""
    kind = LineEnd

    @property
    def wire(self) -> Wire:
        return LINES


class SimulatedClient(Client):
    def __init__(self, world: SimulatedWorld) -> None:
        self.world = world
        self.has_frames = world.kind is ServerEnd
        self.end = RawEnd(world.environment.network, Machine(world.environment.timeline))

    @property
    def read(self) -> bytearray:
        return self.end.read

    @property
    def ended(self) -> bool:
        return not self.end.open

    def read_until(self, size: int) -> None:
        incoming = self.end.other.out
        incoming.reading, incoming.slowness = True, 0.0001  # slow enough to stop before all is read
        incoming.read()
        self.world.until(lambda: self.ended or len(self.read) >= size)
        incoming.reading = False

    def send(self, payload: bytes) -> None:
        self.end.out.write(payload + FRAME_END if self.has_frames else payload)

    def ping(self) -> None:
        self.send(PING)

    def leave(self, code: int = 1000) -> None:
        if self.has_frames:
            self.send(CLOSE + str(code).encode())
        else:
            self.end.shut("the client has left")

    def vanish(self) -> None:
        self.end.shut("the client is gone")


class RawEnd(End):
    """A client's end that takes bytes as they come."""

    def __init__(self, network: Network, machine: Machine) -> None:
        super().__init__(network, machine)
        self.read = bytearray()

    def data_received(self, data: bytes) -> None:
        self.read += data

    def connection_lost(self, why: str) -> None: ...
