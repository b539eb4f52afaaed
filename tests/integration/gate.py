"""A network that a test opens and closes: while it is closed, connections are cut and none are made."""

import asyncio

from tests.integration.passage import Line, TraceReport


class Gate(TraceReport):
    """Open at the start."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self._closed = asyncio.Event()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closed.set)

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._closed.clear)

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = asyncio.create_task(_pass(reader, writer))
        closing = asyncio.create_task(self._closed.wait())
        try:
            await asyncio.wait((passing, closing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            passing.cancel()
            closing.cancel()
            await asyncio.gather(passing, closing, return_exceptions=True)

    def _should_cut(self, line: Line) -> bool:
        return self._closed.is_set()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
