"""A player on the asyncio client, in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

import roomcast
from roomcast import Player


class AsyncioMover:
    """It joins a room where dots are moved, and writes all moves down."""

    def __init__(self, address: str, name: str) -> None:
        self.saw: list[tuple[str, int, int]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(address, name))
        self._thread.start()

    def do(self, what: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(what)

    def leave(self) -> None:
        self.do(lambda: asyncio.ensure_future(self.room.leave()))
        self._thread.join()

    def _run(self, address: str, name: str) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._play(address, name))

    async def _play(self, address: str, name: str) -> None:
        async with roomcast.connect(address, name=name) as self.room:

            @self.room.everywhere
            def move(player: Player, dx: int, dy: int) -> None:
                self.saw.append((player.id, dx, dy))

            async for _ in self.room:
                pass
