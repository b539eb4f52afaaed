"""Every kind of server connection, with a client whose reading a test controls and a peer that notes what it is told.

Clients see raw bytes, so a test compares what has arrived with what was written, to the byte.
"""

from __future__ import annotations

import asyncio
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.connection import Connection, Wire
from roomcast.testing.actions import ActionLog
from roomcast.testing.environment import Environment
from roomcast.testing.network import CLOSE, FRAME_END, End, Network, connect_ends
from roomcast.testing.network import LINES as SIMULATED_LINES
from roomcast.testing.network import PING as SIMULATED_PING
from roomcast.testing.network import PONG as SIMULATED_PONG
from roomcast.testing.network import WIRE as SIMULATED_WIRE
from roomcast.testing.session_times import SessionTimes
from roomcast.testing.simulated_peer import LineEnd, ServerEnd
from roomcast.testing.timeline import Machine
from roomcast.transports import line_connection, websocket
from roomcast.transports.http_message import Response
from roomcast.transports.scheduling import AsyncioScheduler
from tests.integration import foreign

PATIENCE = 20.0  # seconds, real or simulated
UNREAD = 100_000  # bytes: the limit of these servers
LIMITS = Limits(unread=UNREAD, message_size=50_000)


class RecordingPeer:
    """A peer that notes what its transport tells it, and that nothing is told from inside a call of the connection."""

    def __init__(self, connection: Connection, wire: Wire, address: str, now: float) -> None:
        self.connection = connection
        self.wire = wire
        self.address = address
        self.heard = False
        self.session = None
        self.received: list[bytes] = []
        self.waits: list[float] = []  # what the next calls of `receive` and `read_on` return; 0.0 after that
        self.told: list[str] = []
        self.told_inside: list[str] = []
        self._inside = ""

    # -- what a test does with the connection

    def call(self, name: str, *args: Any) -> Any:
        """Call a method of the connection."""
        self._inside = name
        try:
            return getattr(self.connection, name)(*args)
        finally:
            self._inside = ""

    def inside(self, name: str) -> None:
        """From now on, a call with this name is going on; "": none."""
        self._inside = name

    # -- what the transport tells

    def receive(self, data: bytes, now: float) -> float:
        self.received.append(data)
        return self._wait("received")

    def read_on(self, now: float) -> float:
        return self._wait("read on")

    def resumed(self) -> None:
        self._tell("resumed")

    def fell_behind(self) -> None:
        self._tell("fell behind")

    def gone(self, now: float, *, clean: bool) -> None:
        self._tell("gone, clean" if clean else "gone")

    def disconnect(self, code: str, message: str) -> None:
        self._tell(f"disconnect {code}")

    def _wait(self, what: str) -> float:
        self._tell(what)
        return self.waits.pop(0) if self.waits else 0.0

    def _tell(self, what: str) -> None:
        self.told.append(what)
        if self._inside:
            self.told_inside.append(f"{what} inside {self._inside}")


class Client(ABC):
    """A client that reads when a test says so."""

    has_frames = True

    @property
    @abstractmethod
    def read(self) -> bytearray:
        """All bytes read so far."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether it has read the end of the connection."""

    @abstractmethod
    def read_until(self, size: int) -> None:
        """Read until that many bytes have been read altogether, or the connection has ended."""

    @abstractmethod
    def send(self, payload: bytes) -> None:
        """Send a message."""

    @abstractmethod
    def ping(self) -> None:
        """Ask for a sign of life."""

    @abstractmethod
    def leave(self, code: int = 1000) -> None:
        """End the connection as the protocol has it; `code` where that has codes (RFC 6455, section 7.4)."""

    @abstractmethod
    def vanish(self) -> None:
        """End the connection without a word."""


class World(ABC):
    """A listener of one kind of connection."""

    ping = b""  # what a client reads when the server asks for a sign of life
    pong = b""  # … when it answers a ping without a payload
    close = b""  # … when the server closes with code 1001 and the reason "closing"

    @abstractmethod
    def connect(self) -> tuple[Client, RecordingPeer]: ...

    @abstractmethod
    def turn(self) -> None:
        """Let the event loop run a little."""

    @abstractmethod
    def now(self) -> float: ...

    def until(self, condition: Callable[[], object]) -> None:
        """Let the event loop run until the condition holds."""
        give_up = self.now() + PATIENCE
        while not condition():
            assert self.now() < give_up, "it did not come to pass"
            self.turn()

    def run_for(self, seconds: float) -> None:
        end = self.now() + seconds
        while self.now() < end:
            self.turn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:  # noqa: B027  # there may be nothing to close
        pass


# ---------------------------------------------------------------------- real connections


class RealWorld(World):
    """A listener on a real event loop, in the test's own thread."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.loop = new_loop()
        self.scheduler = AsyncioScheduler(self.loop)
        self.peers: list[RecordingPeer] = []
        self.clients: list[SocketClient] = []
        self.listener: asyncio.Server

    def accept(self, connection: Connection, wire: Wire, address: str, now: float) -> RecordingPeer:
        self.peers.append(RecordingPeer(connection, wire, address, now))
        return self.peers[-1]

    def connect(self) -> tuple[Client, RecordingPeer]:
        client = self._client(self.listener.sockets[0].getsockname()[1])
        self.clients.append(client)
        count = len(self.clients)
        self.until(lambda: len(self.peers) == count)
        client.opened()
        return client, self.peers[-1]

    @abstractmethod
    def _client(self, port: int) -> SocketClient: ...

    def turn(self) -> None:
        self.loop.run_until_complete(asyncio.sleep(0))

    def now(self) -> float:
        return time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        for client in self.clients:
            client.socket.close()
        for peer in self.peers:
            peer.connection.abort()
        self.run_for(0.01)
        self.loop.close()


class SocketClient(Client):
    def __init__(self, world: RealWorld, port: int) -> None:
        self.world = world
        self._read_so_far = bytearray()
        self._ended = False
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)  # the system's buffers hide little
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)

    @property
    def read(self) -> bytearray:
        return self._read_so_far

    @property
    def ended(self) -> bool:
        return self._ended

    def opened(self) -> None:
        """The server has accepted the connection."""

    def read_until(self, size: int) -> None:
        self.world.until(lambda: self._read(size))

    def _read(self, size: int) -> bool:
        """Read what is there; tells whether it is enough, or the end."""
        while not self._ended and len(self._read_so_far) < size:
            try:
                piece = self.socket.recv(min(size - len(self._read_so_far), 65536))
            except BlockingIOError:
                return False
            except ConnectionError:
                piece = b""
            self._read_so_far += piece
            self._ended = not piece
        return True

    def vanish(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # RST, as a crash would
        self.socket.close()


class WebSocketWorld(RealWorld):
    ping = bytes.fromhex("89 00")
    pong = bytes.fromhex("8a 00")
    close = bytes.fromhex("88 09 03e9") + b"closing"

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        super().__init__(new_loop)
        page = Response(HTTPStatus.OK, body=b"a page")
        self.listener = self.loop.run_until_complete(
            websocket.listen(self.accept, LIMITS, self.scheduler, "127.0.0.1", 0, lambda request: page)
        )

    def _client(self, port: int) -> SocketClient:
        return WebSocketClient(self, port)


class WebSocketClient(SocketClient):
    def __init__(self, world: RealWorld, port: int) -> None:
        super().__init__(world, port)
        self.socket.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )

    def opened(self) -> None:
        while not self.read.endswith(b"\r\n\r\n") and not self.ended:
            self.read_until(len(self.read) + 1)
        assert self.read.startswith(b"HTTP/1.1 101 ")
        self.read.clear()

    def send(self, payload: bytes) -> None:
        self.socket.sendall(foreign.frame(payload))

    def ping(self) -> None:
        self.socket.sendall(foreign.frame(b"", foreign.PING))

    def leave(self, code: int = 1000) -> None:
        self.socket.sendall(foreign.frame(code.to_bytes(2), foreign.CLOSE))


class LineWorld(RealWorld):
    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        super().__init__(new_loop)
        self.listener = self.loop.run_until_complete(
            line_connection.listen(self.accept, LIMITS, self.scheduler, "127.0.0.1", 0)
        )

    def _client(self, port: int) -> SocketClient:
        return LineClient(self, port)


class LineClient(SocketClient):
    has_frames = False

    def send(self, payload: bytes) -> None:
        self.socket.sendall(payload)

    def ping(self) -> None: ...

    def leave(self, code: int = 1000) -> None:
        self.socket.shutdown(socket.SHUT_WR)


# ---------------------------------------------------------------------- simulated connections


class SimulatedWorld(World):
    """The server of a simulation, as far as its connections need one."""

    ping = SIMULATED_PING + FRAME_END
    pong = SIMULATED_PONG + FRAME_END
    close = CLOSE + b"1001" + FRAME_END
    kind = ServerEnd

    def __init__(self) -> None:
        self.environment = Environment(seed=1)
        self.limits = LIMITS
        self.machine = Machine(self.environment.timeline)
        self.sessions = SessionTimes(self.environment.timeline)

    def check(self, sender: object) -> None:
        """What a simulated server checks here has its own tests."""

    def connect(self) -> tuple[Client, RecordingPeer]:
        client = SimulatedClient(self)
        server = self.kind(self.environment, self, ActionLog("client"))
        connect_ends("client", client.end, server)
        server.out.reading = False
        peer = RecordingPeer(server, self.wire, "10.0.0.1", self.machine.clock)
        server.accepted(peer)
        return client, peer

    @property
    def wire(self) -> Wire:
        return SIMULATED_WIRE

    def turn(self) -> None:
        self.environment.timeline.run_until(self.now() + 0.001)

    def now(self) -> float:
        return self.environment.timeline.now


class SimulatedLineWorld(SimulatedWorld):
    ping = pong = close = b""
    kind = LineEnd

    @property
    def wire(self) -> Wire:
        return SIMULATED_LINES


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
        self.send(SIMULATED_PING)

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
