"""A network that breaks: connections go through it byte for byte, until it cuts them where it likes."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset, as a pulled cable looks to one side


class Cutter:
    """Forwards connections to `port`; each is cut after a random number of bytes, until `cuts` are done."""

    def __init__(self, port: int, cuts: int, seed: int, most_bytes: int = 6000) -> None:
        self.cuts_left = cuts
        self.cuts_done = 0
        self._live = 0
        self._target = port
        self._chance = random.Random(seed)
        self._most_bytes = most_bytes
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def __enter__(self) -> Cutter:
        self._thread.start()
        assert self._listening.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._stop.wait()
        server.close()
        while self._live:
            await asyncio.sleep(0.01)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self._live += 1
        budget = [self._chance.randrange(1, self._most_bytes)] if self.cuts_left > 0 else [2**60]
        hard = self._chance.random() < 0.5
        both = [
            asyncio.create_task(self._pump(reader, there_writer, budget)),
            asyncio.create_task(self._pump(there_reader, writer, budget)),
        ]
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait([*both, stopped], return_when=asyncio.FIRST_COMPLETED)
        if budget[0] <= 0:
            self.cuts_left -= 1
            self.cuts_done += 1
        for task in (*both, stopped):
            task.cancel()
        await asyncio.gather(*both, stopped, return_exceptions=True)
        for end in (writer, there_writer):
            if hard:
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.transport.abort()
        self._live -= 1

    @staticmethod
    async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: list[int]) -> None:
        """Pass bytes on until they end or the budget, which both directions share, is used up."""
        try:
            while data := await reader.read(65536):
                piece = data[: max(0, budget[0])]
                budget[0] -= len(data)
                writer.write(piece)
                await writer.drain()
                if budget[0] <= 0:
                    return
        except OSError:
            return
