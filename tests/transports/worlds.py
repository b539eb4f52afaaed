"""Worlds for the contract of a client's network: a server that does what a test says, and a network to reach it by."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from socket import SO_SNDBUF, SOL_SOCKET
from types import ModuleType, TracebackType
from typing import Any, Protocol

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from roomcast.transports.client_network import ClientConnection, ClientNetwork, ConnectionEnd

CERTIFICATE = Path(__file__).parent / "localhost.pem"  # with its key, which protects nothing; good for a hundred years
SUBPROTOCOL = "roomcast.1"


class Recorder:
    """Writes down the events of a connection, and notices one that comes from within a call."""

    def __init__(self) -> None:
        self.connection: ClientConnection
        self.is_open = False
        self.frames: list[bytes] = []
        self.writables = 0
        self.ends: list[ConnectionEnd] = []
        self.on_frame: Callable[[], object] = lambda: None
        self._calling = False

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call something of the connection or the network: no event may come from within."""
        self._calling = True
        try:
            return function(*args)
        finally:
            self._calling = False

    def write(self, frame: bytes) -> bool:
        return bool(self.call(self.connection.write, frame))

    def close(self) -> None:
        self.call(self.connection.close)

    def abort(self) -> None:
        self.call(self.connection.abort)

    def pause_reading(self) -> None:
        self.call(self.connection.pause_reading)

    def resume_reading(self) -> None:
        self.call(self.connection.resume_reading)

    # -- events

    def opened(self) -> None:
        self._check()
        assert not self.is_open
        self.is_open = True

    def received(self, frame: bytes) -> None:
        self._check()
        assert self.is_open
        assert type(frame) is bytes
        self.frames.append(frame)
        self.on_frame()

    def writable(self) -> None:
        self._check()
        self.writables += 1

    def closed(self, end: ConnectionEnd) -> None:
        self._check()
        self.ends.append(end)

    def _check(self) -> None:
        assert not self._calling, "an event came from within a call"
        assert not self.ends, "an event came after the end"


class Server(Protocol):
    """The other end of the last connection."""

    frames: list[bytes]  # what has come

    def send(self, frame: bytes) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def cut(self) -> None:
        """End the connection without a word."""

    def stop_reading(self) -> None: ...

    def read_on(self) -> None: ...


class World(Protocol):
    """A server, a network, and time."""

    server: Server

    def connect(self, where: str = "server", then: Callable[[Recorder], object] | None = None) -> Recorder:
        """Begin to connect to the "server", to "nobody" (refused), or to one that is "silent" (never answers).

        `then` is called in the same turn of the event loop.
        """

    def until(self, condition: Callable[[], object]) -> None:
        """Let time pass until the condition holds."""

    def let_pass(self, seconds: float) -> None: ...


class RealServer:
    """One connection of a server on `websockets`."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.sent = 0  # frames that TCP has taken
        self._out: asyncio.Queue[Any] = asyncio.Queue()
        self._reads = asyncio.Event()
        self._reads.set()
        self._socket: ServerConnection

    async def serve(self, socket: ServerConnection) -> None:
        self._socket = socket
        writing = asyncio.create_task(self._write())
        try:
            while True:
                await self._reads.wait()
                frame = await socket.recv(decode=False)
                await self._reads.wait()
                self.frames.append(frame)
        except ConnectionClosed:
            pass
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            await (await self._out.get())()
            self.sent += 1

    def send(self, frame: bytes) -> None:
        self._out.put_nowait(lambda: self._socket.send(frame, text=True))

    def send_fragments(self, parts: Iterable[str]) -> None:
        self._out.put_nowait(lambda: self._socket.send(parts))

    def ping(self) -> asyncio.Task[Any]:
        """A task that is done when the ping is answered."""

        async def ping() -> None:
            await (await self._socket.ping())

        return asyncio.get_running_loop().create_task(ping())

    def close(self, code: int, reason: str) -> None:
        self._out.put_nowait(lambda: self._socket.close(code, reason))

    def cut(self) -> None:
        self._socket.transport.abort()

    def go_silent(self) -> None:
        """Neither read nor answer any more, as if the network had swallowed everything."""
        self._socket.transport.pause_reading()

    def stop_reading(self) -> None:
        self._reads.clear()

    def read_on(self) -> None:
        self._reads.set()


class RealWorld:
    """Sockets on this computer, and an event loop that runs while a test waits."""

    def __init__(
        self, network: ClientNetwork, module: ModuleType, loop: Callable[[], asyncio.AbstractEventLoop]
    ) -> None:
        self.network = network
        self.module = module  # of the network: where its limits in time are
        self.server: RealServer
        self._runner = asyncio.Runner(loop_factory=loop)
        self._recorders: list[Recorder] = []
        self._listeners: list[Any] = []
        self._kept_waiting = 0  # connections of "silent"
        self._silent_to: set[Any] = set()  # their other ends
        self.urls: dict[str, str] = {}

    def __enter__(self) -> RealWorld:
        self._runner.run(self._listen())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._runner.run(self._end())
        self._runner.close()

    async def _listen(self) -> None:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(CERTIFICATE)
        plain = await asyncio.start_server(self._say_nothing, "127.0.0.1", 0)
        web = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        slamming = await asyncio.start_server(self._slam, "127.0.0.1", 0)
        nobody = await asyncio.start_server(self._slam, "127.0.0.1", 0)
        self.urls = {
            "server": f"ws://127.0.0.1:{await self._serve()}/",
            "secure": f"wss://localhost:{await self._serve(secure)}/",
            "silent": f"ws://127.0.0.1:{_port(plain)}/",
            "web": f"ws://127.0.0.1:{_port(web)}/",
            "slamming": f"ws://127.0.0.1:{_port(slamming)}/",
            "nobody": f"ws://127.0.0.1:{_port(nobody)}/",
            "nowhere": "ws://no-such-computer.invalid/",
        }
        nobody.close()
        self._listeners += plain, web, slamming

    async def _serve(self, secure: ssl.SSLContext | None = None) -> int:
        listener = await serve(
            self._accept,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            ssl=secure,
            max_queue=2,
            max_size=None,
            compression=None,
            ping_interval=None,
            close_timeout=0.5,
        )
        self._listeners.append(listener)
        return _port(listener)

    async def _accept(self, socket: ServerConnection) -> None:
        assert socket.subprotocol == SUBPROTOCOL
        # Little on its way at a time: so a test needs few frames until a connection is full.
        socket.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_SNDBUF, 64 * 1024)
        self.server = RealServer()
        await self.server.serve(socket)

    async def _say_nothing(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._kept_waiting += 1
        self._silent_to.add(writer.get_extra_info("peername"))
        await reader.read()
        writer.close()
        await writer.wait_closed()
        self._kept_waiting -= 1

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    async def _slam(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def _end(self) -> None:
        for recorder in self._recorders:
            recorder.abort()
        _, last = await asyncio.open_connection("127.0.0.1", _port(self._listeners[-3]))
        await _until(lambda: last.get_extra_info("sockname") in self._silent_to)  # and so all before it are accepted
        last.close()
        for listener in self._listeners:
            listener.close()
        await _until(lambda: all(recorder.ends for recorder in self._recorders) and not self._kept_waiting)

    # -- what tests use

    def connect(self, where: str = "server", then: Callable[[Recorder], object] | None = None) -> Recorder:
        async def connect() -> Recorder:
            recorder = Recorder()
            recorder.connection = recorder.call(self.network.connect, self.urls[where], SUBPROTOCOL, recorder)
            self._recorders.append(recorder)
            if then is not None:
                then(recorder)
            return recorder

        return self._runner.run(connect())

    def until(self, condition: Callable[[], object]) -> None:
        self._runner.run(_until(condition))

    def let_pass(self, seconds: float) -> None:
        self._runner.run(asyncio.sleep(seconds))

    def run(self, function: Callable[[], Any]) -> Any:
        """Call something in the running loop."""

        async def call() -> Any:
            return function()

        return self._runner.run(call())


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # it is about anything, and nothing tells when it changes
            await asyncio.sleep(0.001)


def _port(listener: Any) -> int:
    return int(next(iter(listener.sockets)).getsockname()[1])
