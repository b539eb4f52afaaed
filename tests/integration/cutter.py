"""A network that breaks: connections go through it, until it cuts them where it likes."""

import asyncio
import random
import weakref

from tests.integration.passage import Line, TraceReport


class Cutter(TraceReport):
    """Each connection is cut after a random number of bytes, until `cuts` are done."""

    def __init__(self, port: int, cuts: int, seed: int, most_bytes: int = 6000) -> None:
        super().__init__(port)
        self.cuts_left = cuts
        self.cuts_done = 0
        self._chance = random.Random(seed)
        self._most_bytes = most_bytes
        self._budgets: weakref.WeakKeyDictionary[Line, int] = weakref.WeakKeyDictionary()  # bytes, both ways together

    async def _forward(self, line: Line) -> None:
        self._budgets[line] = self._chance.randrange(1, self._most_bytes) if self.cuts_left > 0 else 2**60
        await super()._forward(line)

    async def _pass_on(self, line: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while self._budgets[line] > 0 and (data := await reader.read(65536)):
                piece = data[: max(0, self._budgets[line])]
                self._budgets[line] -= len(data)
                writer.write(piece)
                await writer.drain()
        except OSError:
            return

    def _should_cut(self, line: Line) -> bool:
        if self._budgets[line] > 0:
            return False
        self.cuts_left -= 1
        self.cuts_done += 1
        return self._chance.random() < 0.5
