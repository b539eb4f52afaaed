"""A network that stands still and breaks when a test says so."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

from tests.integration.passage import Line, TraceReport


class Dam(TraceReport):
    """Open at first. Its methods return when it is done."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._broken = False
        self._all: set[Line] = set()
        self._server_heard = asyncio.Event()
        self._clients_heard = asyncio.Event()
        self._server_heard.set()
        self._clients_heard.set()

    def hold(self, *, clients_too: bool = False) -> None:
        """Nothing comes from the server any more; what clients send goes there, or waits, too."""
        self._do(self._server_heard.clear)
        if clients_too:
            self._do(self._clients_heard.clear)

    def release(self) -> None:
        self._do(self._server_heard.set)
        self._do(self._clients_heard.set)

    def cut(self) -> None:
        """Cut all connections with a reset, and each new one, until `mend`."""
        self._do(self._cut)

    def mend(self) -> None:
        self._broken = False

    def _cut(self) -> None:
        self._broken = True
        for line in self._all:
            line.cut()

    def _do(self, change: Callable[[], object]) -> None:
        done: Future[object] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(change()))
        done.result(10)

    async def _forward(self, line: Line) -> None:
        if self._broken:
            line.cut()
            return
        self._all.add(line)
        await super()._forward(line)
        self._all.discard(line)

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = self._server_heard if reader is line.from_server else self._clients_heard
        try:
            while data := await reader.read(4096):
                await heard.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            return

    def _should_cut(self, line: Line) -> bool:
        return self._broken
