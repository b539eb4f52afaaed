"""Clients that are not ours: one on the `websockets` library, and one that writes frames byte by byte."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
from collections import deque
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from tests.integration.conftest import RunningServer

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA  # opcodes: RFC 6455, section 5.2


class Foreign:
    """Speaks the protocol as docs/protocol.md has it, over the `websockets` library."""

    def __init__(self, server: RunningServer, **options: Any) -> None:
        options = {"subprotocols": ["roomcast.1"], "ping_interval": None, "max_size": None, **options}
        self._until_end = ExitStack()
        self.socket: ClientConnection = self._until_end.enter_context(
            connect(f"ws://127.0.0.1:{server.port}/", **options)
        )
        self._heard: deque[dict[str, Any]] = deque()
        self.me = self.session = ""

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def hear(self) -> dict[str, Any]:
        """The next message, whether or not it came in a frame of its own."""
        while not self._heard:
            self._read(10)
        return self._heard.popleft()

    def _read(self, within: float) -> None:
        frame = self.socket.recv(timeout=within)
        assert isinstance(frame, str), "servers send text only"
        self._heard.extend(json.loads(line) for line in frame.split("\n"))

    def hear_now(self) -> list[dict[str, Any]]:
        """The messages that are there; at most a moment is waited for one."""
        try:
            self._read(0.01)
        except TimeoutError:
            pass
        heard = list(self._heard)
        self._heard.clear()
        return heard

    def hear_next(self, kind: str) -> dict[str, Any]:
        """The next message of this type; others before it are passed over."""
        while (message := self.hear())["t"] != kind:
            pass
        return message

    def hello(self, name: str = "", room: str = "dots", **more: Any) -> dict[str, Any]:
        """Say hello, and return the welcome."""
        self.say(t="hello", room=room, name=name, **more)
        welcome = self.hear()
        assert welcome["t"] == "welcome", welcome
        self.me, self.session = welcome["me"], welcome["session"]
        return welcome

    def farewell(self) -> tuple[list[dict[str, Any]], int | None]:
        """All messages until the server closes, and the close code."""
        heard = []
        try:
            while True:
                heard.append(self.hear())
        except ConnectionClosed:
            return heard, self.socket.close_code

    def drop(self) -> None:
        """Lose the connection, without a goodbye."""
        self.socket.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._until_end.close()


class Raw:
    """A WebSocket, frame by frame: it answers nothing by itself. `also`: bytes that go out with its request.

    `source`: the address that it comes from; on Linux, all of 127.0.0.0/8 are this computer's.
    """

    def __init__(
        self, server: RunningServer, headers: str = "", also: bytes = b"", *, source: str = "127.0.0.1"
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0))
        self._bytes = self.socket.makefile("rb")
        self._closing = False  # it has sent its close
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
            + also
        )
        self.status = self._bytes.readline().decode().split(" ", 1)[1].strip()
        while self._bytes.readline().strip():
            pass

    def send(self, payload: bytes, opcode: int = TEXT, *, final: bool = True) -> None:
        self._closing |= opcode == CLOSE
        self.socket.sendall(frame(payload, opcode, final=final))

    def hear(self) -> tuple[int, bytes] | None:
        """The next frame's opcode and payload; None when the connection has ended."""
        head = self._bytes.read(2)
        if len(head) < 2:
            return None
        size = head[1] & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._bytes.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._bytes.read(8))
        return head[0] & 0x0F, self._bytes.read(size)

    def farewell(self) -> list[tuple[int, bytes]]:
        """All frames until the connection ends; it answers the close, as one should, unless it closed first.

        An answer to the server's answer would come to a socket that is closed, and what is still unread would be lost.
        """
        frames = []
        while (heard := self.hear()) is not None:
            frames.append(heard)
            if heard[0] == CLOSE and not self._closing:
                self.send(heard[1][:2], CLOSE)
        return frames

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bytes.close()
        self.socket.close()


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True) -> bytes:
    """A client's frame; its mask is all zeros, and so is the payload as it was."""
    size = len(payload)
    first = opcode | (0x80 if final else 0)
    if size < 126:
        return struct.pack("!BB4x", first, 0x80 | size) + payload
    if size < 65536:
        return struct.pack("!BBH4x", first, 0x80 | 126, size) + payload
    return struct.pack("!BBQ4x", first, 0x80 | 127, size) + payload
