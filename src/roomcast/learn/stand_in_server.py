"""A simulated server on a plain socket: it speaks the starter protocol to a learner's client, as the check wishes."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterable
from typing import Self

from roomcast.learn.plain_friend import PlainFriend


class StandInServer:
    """Listens on a free port of this computer, and takes one client."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._client: PlainFriend | None = None

    def accept(self) -> bool:
        """Whether the client is there."""
        if self._client is None:
            with contextlib.suppress(BlockingIOError):
                connection, _ = self._listener.accept()
                self._client = PlainFriend("the client", connection)
        return self._client is not None

    def say(self, line: str) -> None:
        assert self._client is not None
        self._client.say(line)

    def trickle(self, line: str, sizes: Iterable[int] = (3, 4, 1), pause: float = 0.03) -> None:
        """Send a line in pieces, so far apart that they arrive one by one."""
        assert self._client is not None
        rest = f"{line}\n".encode()
        for size in sizes:
            self._client.send(rest[:size])
            rest = rest[size:]
            time.sleep(pause)
        self._client.send(rest)

    @property
    def heard(self) -> list[str]:
        """All whole lines from the client so far, without their ends."""
        return [] if self._client is None else self._client.listen()

    @property
    def unfinished(self) -> str:
        """What the client has sent since its last newline."""
        return "" if self._client is None else self._client.unfinished

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        if self._client is not None:
            self._client.close()
