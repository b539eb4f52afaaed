"""A network with weather, for one player: it may break, fall silent, stand still in one direction, or become slow."""

from __future__ import annotations

import asyncio

from tests.integration.dam import Dam
from tests.integration.passage import Line

SLOW = 4096  # bytes a second


class Weather(Dam):
    """A dam that can also be slow. Its methods return when it is done; see `Dam`."""

    slow = False

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = self._server_heard if reader is line.from_server else self._clients_heard
        try:
            while data := await reader.read(512 if self.slow else 65536):
                await heard.wait()
                writer.write(data)
                await writer.drain()
                if self.slow and reader is line.from_server:
                    await asyncio.sleep(len(data) / SLOW)
        except OSError:
            return

    def clear_up(self) -> None:
        """Fine weather again."""
        self.slow = False
        self.mend()
        self.release()
