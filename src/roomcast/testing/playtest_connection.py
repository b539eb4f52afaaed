"""The server's end of a connection in a playtest: what it writes waits until the game is run on."""

from __future__ import annotations

from collections import deque
from typing import Final

from roomcast.core.room.wire_formats import JsonWire

WIRE: Final = JsonWire(lambda payload: payload)


class PlaytestConnection:
    """A connection in memory, as `roomcast.core.room.connection` asks for."""

    behind = False

    def __init__(self) -> None:
        self.frames: deque[bytes] = deque()
        self.open = True

    def write(self, data: bytes, /) -> bool:
        if self.open:
            self.frames.append(data)
        return True

    def unread(self) -> int:
        return 0

    def read_again(self) -> None: ...

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None:
        self.open = False

    def abort(self) -> None:
        self.open = False
