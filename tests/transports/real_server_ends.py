"""Listeners of WebSockets and of lines on a real event loop, and clients on real sockets."""

from __future__ import annotations

import asyncio
import socket
import time
from abc import abstractmethod
from collections.abc import Callable
from http import HTTPStatus

from roomcast.core.room.connection import Connection, Wire
from roomcast.core.server.failures import Failures
from roomcast.transports import line_connection, websocket
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.http_message import Request, Response
from roomcast.transports.scheduling import AsyncioScheduler
from tests.integration import foreign
from tests.transports.server_ends import LIMITS, Client, RecordingPeer, World


class Anybody:
    """Lets all requests in."""

    def resolved(self, request: Request) -> Request:
        return request

    def refusal(self, request: Request) -> Response | None:
        return None


class RealWorld(World):
    """A listener on a real event loop, in the test's own thread."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop], network: BadNetwork = NOT_BAD) -> None:
        self.network = network
        self.loop = new_loop()
        self.scheduler = AsyncioScheduler(self.loop)
        self.peers: list[RecordingPeer] = []
        self.clients: list[SocketClient] = []
        self.sockets = 0
        self.listener: asyncio.Server

    def accept(self, connection: Connection, wire: Wire, address: str, now: float) -> RecordingPeer:
        self.peers.append(RecordingPeer(connection, wire, address, now))
        return self.peers[-1]

    def accepted(self, address: str, now: float) -> bool:
        """Everyone may stay; `sockets` counts them."""
        self.sockets += 1
        return True

    def moved(self, address: str, client: str, now: float) -> str | None:
        return None

    def charge(self, address: str, microseconds: float, size: int, now: float) -> float:
        return 0.0

    def ended(self, address: str, now: float) -> None:
        self.sockets -= 1

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

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop], network: BadNetwork = NOT_BAD) -> None:
        super().__init__(new_loop, network)
        page = Response(HTTPStatus.OK, body=b"a page")
        self.listener = self.loop.run_until_complete(
            websocket.listen(
                self.accept,
                LIMITS,
                self.scheduler,
                "127.0.0.1",
                0,
                lambda request: page,
                Anybody(),
                self,
                Failures(),
                network=network,
            )
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
    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop], network: BadNetwork = NOT_BAD) -> None:
        super().__init__(new_loop, network)
        self.listener = self.loop.run_until_complete(
            line_connection.listen(
                self.accept, LIMITS, self.scheduler, "127.0.0.1", 0, self, Failures(), network=network
            )
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
