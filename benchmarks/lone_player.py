"""A player that joins, acts now and then, and measures the round trip of each action."""

from __future__ import annotations

import socket
import time
from typing import Self

from conversation import Conversation

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Hello, Welcome

WITHIN = 10.0  # seconds


class LonePlayer:
    """One blocking connection to the room "dots": no thread and no event loop between the socket and the clock."""

    def __init__(self, port: int) -> None:
        """Connect and join. Raises OSError where nobody listens."""
        self._socket = socket.create_connection(("127.0.0.1", port), WITHIN)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._conversation = Conversation(f"ws://127.0.0.1:{port}/")
        self._n = 0
        self._write()
        while not self._conversation.is_open:
            self._read()
        self._say(codec.encode(Hello("dots", "Ada")))
        self._wait_for(Welcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def act(self) -> float:
        """Send a command; returns the seconds until it is back."""
        self._n += 1
        message = b'{"t":"do","n":%d,"c":"move","a":[1,2]}' % self._n
        began = time.perf_counter()
        self._say(message)
        self._wait_for(Do)
        return time.perf_counter() - began

    def _wait_for(self, kind: type) -> None:
        while not any(isinstance(codec.decode_server(line), kind) for line in self._read()):
            pass

    def _say(self, message: bytes) -> None:
        self._conversation.say(message)
        self._write()

    def _write(self) -> None:
        self._socket.sendall(self._conversation.to_send())

    def _read(self) -> list[bytes]:
        """The messages of the next piece that arrives."""
        data = self._socket.recv(65536)
        if not data:
            raise SystemExit("the server has ended the connection")
        return self._conversation.receive(data)
