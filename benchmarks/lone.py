"""A player who comes in, and now and then does something and measures how soon it is back."""

from __future__ import annotations

import socket
import time
from typing import Self

from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import SUBPROTOCOL, Do, Hello, Welcome

WITHIN = 10.0  # seconds


class Player:
    """One connection to the room "dots", without a thread or a loop: nothing between the socket and the clock."""

    def __init__(self, port: int) -> None:
        """Connect and come in. Raises OSError where nobody listens."""
        self._socket = socket.create_connection(("127.0.0.1", port), WITHIN)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        where = parse_uri(f"ws://127.0.0.1:{port}/")
        self._protocol = ClientProtocol(where, subprotocols=[Subprotocol(SUBPROTOCOL)])
        self._n = 0
        self._protocol.send_request(self._protocol.connect())
        self._write()
        while self._protocol.state is State.CONNECTING:
            self._read()
        self._say(codec.encode(Hello("dots", "Ada")))
        self._wait_for(Welcome)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def act(self) -> float:
        """Do something; seconds until it is back."""
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
        self._protocol.send_text(message)
        self._write()

    def _write(self) -> None:
        for data in self._protocol.data_to_send():
            self._socket.sendall(data)

    def _read(self) -> list[bytes]:
        """The messages of what comes next."""
        data = self._socket.recv(65536)
        if not data:
            raise SystemExit("the server has ended the connection")
        self._protocol.receive_data(data)
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        return [line for frame in frames for line in codec.lines_of(bytes(frame.data))]
