"""The network between clients and a server, as tests want it: connections go through it byte for byte."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Self

NO_GOODBYE = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


@dataclass(eq=False)
class Line:
    """One connection through the passage: two sockets, each with a reader and a writer."""

    from_client: asyncio.StreamReader
    to_client: asyncio.StreamWriter
    from_server: asyncio.StreamReader
    to_server: asyncio.StreamWriter

    def end(self) -> None:
        """After what was written."""
        for writer in self.to_client, self.to_server:
            writer.close()

    def cut(self) -> None:
        """Now, with a reset, as a pulled cable looks to one side."""
        for writer in self.to_client, self.to_server:
            connection = writer.get_extra_info("socket")
            if connection.fileno() != -1:  # not closed before
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_GOODBYE)
                writer.transport.abort()


class TraceReport:
    """Listens on `port` and forwards each connection to a server's, in a thread of its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lines: set[asyncio.Task[None]] = set()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stop.wait()
        listener.close()
        await asyncio.gather(*self._lines)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        # A small window: what is not read here soon waits at the server, not in the system's buffers.
        there = socket.socket()
        there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        there.setblocking(False)
        try:
            await self._loop.sock_connect(there, ("127.0.0.1", self._target))
        except OSError:
            there.close()
            writer.close()
        else:
            await self._forward(Line(reader, writer, *await asyncio.open_connection(sock=there)))
        self._lines.discard(task)

    async def _forward(self, line: Line) -> None:
        """Forward until one side ends, the passage is left, or `_should_cut`."""
        tasks = [
            asyncio.create_task(self._pass_on(line, line.from_client, line.to_server)),
            asyncio.create_task(self._pass_on(line, line.from_server, line.to_client)),
            asyncio.create_task(self._stop.wait()),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._stop.is_set() or self._should_cut(line):
            line.cut()
        else:
            line.end()

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on in one direction, for as long as there are any."""
        raise NotImplementedError

    def _should_cut(self, line: Line) -> bool:
        """Whether a line that is over ends with a reset."""
        raise NotImplementedError
